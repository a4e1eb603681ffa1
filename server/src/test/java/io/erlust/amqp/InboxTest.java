package io.erlust.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.queues.BrokerQueue.Message;
import io.erlust.queues.BrokerQueue.Receiver;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Messages that come faster than they are taken. */
final class InboxTest {
    private static final int MIB = 1 << 20;

    private final CountDownLatch takes = new CountDownLatch(1);
    private final List<Long> received = new CopyOnWriteArrayList<>();
    private final List<Long> lost = new ArrayList<>();
    private final List<Long> full = new ArrayList<>();
    private final Inbox inbox = new Inbox(
            new Receiver() {
                @Override
                public void received(long session, List<Message> messages) {
                    try {
                        takes.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    messages.forEach(message -> received.add(message.tag()));
                }

                @Override
                public void lost(long session, int unseen) {
                    lost.add(session);
                    lost.add((long) unseen);
                }
            },
            full::add);

    private void add(int from, int to) {
        for (int tag = from; tag <= to; tag++) {
            inbox.add(1, new Message(tag, null, false, 0, new byte[MIB]));
        }
    }

    @Test
    void what_is_too_much_is_dropped_and_its_session_has_to_end() {
        inbox.begin(1);
        add(1, 100); // at most one handover has begun, of whatever was there then
        assertThat(full).containsExactly(1L);
        takes.countDown();
        inbox.flush();
        int taken = received.size();
        assertThat(taken).isBetween(32, 64);
        assertThat(received).isSorted();
        add(101, 110);
        inbox.flush();
        inbox.end(1);
        assertThat(received).hasSize(taken);
        assertThat(lost).containsExactly(1L, 110L - taken);
        assertThat(inbox.seen()).isEqualTo(110);
        inbox.begin(2);
        inbox.add(2, new Message(1, null, false, 0, new byte[MIB]));
        inbox.flush();
        assertThat(received).hasSize(taken + 1);
    }

    @Test
    void of_a_session_that_was_stopped_nothing_more_is_taken() {
        inbox.begin(1);
        takes.countDown();
        inbox.stop(1);
        add(1, 3);
        inbox.flush();
        inbox.end(1);
        assertThat(received).isEmpty();
        assertThat(lost).containsExactly(1L, 3L);
        assertThat(full).isEmpty();
    }
}
