package io.erlust.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** When a queue tries again; the clock is this test's. */
final class RetryTest {
    private final List<Long> waits = new ArrayList<>();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final Mailbox mailbox = new Mailbox("test");
    private final AtomicInteger attempts = new AtomicInteger();
    private final Retry retry = new Retry(
            (millis, task) -> {
                waits.add(millis);
                tasks.add(task);
            },
            mailbox,
            attempts::incrementAndGet);

    private void pass() {
        tasks.removeFirst().run();
        mailbox.idle().join();
    }

    @Test
    void a_failure_is_tried_again_once_whoever_asks() {
        retry.soon();
        retry.soon();
        assertThat(waits).containsExactly(500L);
        pass();
        assertThat(attempts).hasValue(1);
        retry.soon();
        assertThat(waits).containsExactly(500L, 500L);
    }

    @Test
    void what_gets_no_answer_rests_longer_each_time_until_it_works() {
        for (int i = 0; i < 8; i++) {
            retry.rest();
            assertThat(retry.isResting()).isTrue();
            pass();
            assertThat(retry.isResting()).isFalse();
        }
        assertThat(waits)
                .containsExactly(1000L, 2000L, 4000L, 8000L, 16000L, 32000L, 60000L, 60000L);
        assertThat(attempts).hasValue(8);
        retry.worked();
        retry.rest();
        assertThat(waits.getLast()).isEqualTo(1000L);
    }
}
