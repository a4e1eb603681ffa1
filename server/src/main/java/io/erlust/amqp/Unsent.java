package io.erlust.amqp;

import io.erlust.amqp.Publishing.Letter;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is to be published, or published again, in the order in which it was asked for. What a queue
 * has refused is put off, and with it what follows to the same queue; the other queues' goes on.
 * Guarded by the publisher's lock.
 */
final class Unsent {
    /** By number. */
    private final TreeMap<Long, Letter> letters = new TreeMap<>();

    /** By address. */
    private final Map<String, List<Letter>> putOff = new HashMap<>();

    void add(Letter letter) {
        letters.put(letter.number, letter);
    }

    /** Null: nothing is to be sent now. What was answered meanwhile is dropped on the way. */
    @Nullable
    Letter first() {
        for (var first = letters.firstEntry(); first != null; first = letters.firstEntry()) {
            Letter letter = first.getValue();
            List<Letter> refused = putOff.get(letter.address());
            if (letter.pending.ended) {
                remove(letter);
            } else if (refused != null) {
                remove(letter);
                refused.add(letter);
            } else {
                return letter;
            }
        }
        return null;
    }

    /** What was answered meanwhile may be behind something that can't be sent. */
    void dropEnded() {
        letters.values().removeIf(letter -> letter.pending.ended);
        putOff.values().forEach(all -> all.removeIf(letter -> letter.pending.ended));
    }

    void remove(Letter letter) {
        letters.remove(letter.number);
    }

    /** True when it is the first to its address, whose {@link #resume} is to come then. */
    boolean putOff(Letter letter) {
        boolean isFirst = !putOff.containsKey(letter.address());
        putOff.computeIfAbsent(letter.address(), _ -> new ArrayList<>()).add(letter);
        return isFirst;
    }

    /** True when its {@link #resume} is to come then; else it comes anyway. */
    boolean rest(String address) {
        return putOff.putIfAbsent(address, new ArrayList<>()) == null;
    }

    void resume(String address) {
        putOff.getOrDefault(address, List.of()).forEach(this::add);
        putOff.remove(address);
    }
}
