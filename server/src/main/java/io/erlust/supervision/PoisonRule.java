package io.erlust.supervision;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Decides whether a crash is the fault of the item in hand or of the code. An item is charged for
 * every crash anyway, and set aside after its attempts. So a crash says nothing about the code when
 * the job has acknowledged something since its crash before; nor when the code has worked on some
 * items and this one crashed it before. Every other crash counts against the restart intensity:
 * code that crashes on everything fails its job early.
 */
final class PoisonRule {
    /** Beyond these, the item whose crash is the longest ago is forgotten. */
    static final int ITEMS_MAX = 10_000;

    private final Map<String, Boolean> crashedOn = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > ITEMS_MAX;
        }
    };

    /** What the job had acknowledged when it crashed last. */
    private long acknowledgedAtCrash;

    /**
     * True when a crash counts against the intensity. To be asked exactly once for each crash.
     *
     * @param acknowledged items that the job has acknowledged so far
     */
    boolean counts(Optional<String> itemInHand, long acknowledged) {
        boolean acknowledgedSinceCrash = acknowledged > acknowledgedAtCrash;
        acknowledgedAtCrash = acknowledged;
        if (itemInHand.isEmpty()) {
            return true;
        }
        boolean again = crashedOn.put(itemInHand.get(), true) != null;
        return !acknowledgedSinceCrash && !(again && acknowledged > 0);
    }
}
