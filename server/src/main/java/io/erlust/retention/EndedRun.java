package io.erlust.retention;

/**
 * A run that has ended, in the order in which runs go: the oldest first, those of one job in order.
 *
 * @param archived another run of its job came after it
 * @param held it has to stay for now, by {@link PrunedRows#HELD}
 */
record EndedRun(long endedAt, long serial, int run, boolean archived, boolean held) {
    /** Before all others. */
    static final EndedRun FRONT = new EndedRun(Long.MIN_VALUE, 0, 0, true, true);
}
