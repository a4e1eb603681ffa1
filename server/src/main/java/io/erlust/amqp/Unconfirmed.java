package io.erlust.amqp;

import com.rabbitmq.client.ShutdownSignalException;

import io.erlust.amqp.Publishing.Letter;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What was sent on the channel that there is, and not answered. Guarded by the publisher. */
final class Unconfirmed {
    private static final int MAX = 4096;

    /** By the number that the channel has given. */
    private final TreeMap<Long, Letter> letters = new TreeMap<>();

    /** The ids of messages that found no queue. */
    private final Set<String> returned = new HashSet<>();

    /** When the broker last did anything about them. */
    private long movedNanos;

    /** So many go one at a time: one of them has ended a channel. */
    private int suspects;

    boolean hasRoom() {
        return letters.size() < (suspects > 0 ? 1 : MAX);
    }

    void add(long number, Letter letter, long now) {
        if (letters.isEmpty()) {
            movedNanos = now;
        }
        letters.put(number, letter);
    }

    /** The broker has answered something, or takes something again. */
    void moved(long now) {
        movedNanos = now;
    }

    /** The oldest, when there has been no answer at all for so long. */
    @Nullable
    Letter stalled(long now, long tooLong) {
        return letters.isEmpty() || now - movedNanos < tooLong
                ? null
                : letters.firstEntry().getValue();
    }

    /** It comes before the confirm of the same message. */
    void returned(String messageId) {
        returned.add(messageId);
    }

    /** Whether one of those that an answer is about had come back; each is told how often. */
    boolean hasReturned(long number, boolean multiple) {
        boolean any = false;
        for (Letter letter : upTo(number, multiple).values()) {
            if (!returned.isEmpty()
                    && returned.remove(letter.message.properties().getMessageId())) {
                letter.returns++;
                any = true;
            }
        }
        return any;
    }

    /** Those that an answer is about; they are here no more. */
    List<Letter> take(long number, boolean multiple) {
        SortedMap<Long, Letter> answered = upTo(number, multiple);
        List<Letter> taken = List.copyOf(answered.values());
        answered.clear();
        suspects = Math.max(0, suspects - taken.size());
        return taken;
    }

    private SortedMap<Long, Letter> upTo(long number, boolean multiple) {
        return multiple ? letters.headMap(number + 1) : letters.subMap(number, number + 1);
    }

    /** The channel has ended: those without an answer, in their order. */
    List<Letter> takeAll() {
        List<Letter> all = new ArrayList<>(letters.values());
        letters.clear();
        returned.clear();
        return all;
    }

    /**
     * The broker has ended the channel: because of this one of these, if that is clear. An exchange
     * that is not there is made on the next channel, if it can be.
     */
    Optional<Letter> guilty(ShutdownSignalException why) {
        boolean isMissing = Declarations.isMissing(why);
        if (!isMissing && !Declarations.isRefused(why)) {
            return Optional.empty();
        }
        suspects = Math.max(suspects, letters.size());
        if (letters.size() != 1) {
            return Optional.empty();
        }
        Letter only = letters.firstEntry().getValue();
        only.returns += isMissing ? 1 : 0;
        return isMissing && !only.hasNoPlace() ? Optional.empty() : Optional.of(only);
    }
}
