package io.erlust.jobs;

import org.jdbi.v3.core.Handle;

import java.util.List;

/**
 * Results of a run that are told together. By what is in the log and by the limits alone it is
 * always the same for the same beginning.
 *
 * @param results in their order; empty when there are none
 * @param cut there was more than a batch holds
 */
public record ResultBatch(List<Result> results, boolean cut) {
    public static final int RESULTS_MAX = 100;
    public static final int BYTES_MAX = 64 << 10;

    /** What each result has around its value, about. */
    private static final int AROUND_BYTES = 100;

    public ResultBatch {
        results = List.copyOf(results);
    }

    /**
     * Reads those above {@code after} and up to {@code last}, as many as fit; a single bigger one
     * goes alone.
     */
    public static ResultBatch read(
            Handle handle,
            long serial,
            int run,
            long after,
            long last,
            int resultsMax,
            int bytesMax) {
        int limit = (int) Math.min(resultsMax, last - after);
        List<Long> sizes = handle.createQuery("SELECT length(value) FROM result"
                        + " WHERE job_serial = ? AND run = ? AND seq > ? ORDER BY seq LIMIT ?")
                .bind(0, serial)
                .bind(1, run)
                .bind(2, after)
                .bind(3, limit)
                .mapTo(Long.class)
                .list();
        if (sizes.isEmpty()) {
            return new ResultBatch(List.of(), false);
        }
        int fit = fit(sizes, bytesMax);
        return new ResultBatch(Results.read(handle, serial, run, after, fit), fit < sizes.size());
    }

    private static int fit(List<Long> sizes, int bytesMax) {
        long bytes = 0;
        for (int i = 0; i < sizes.size(); i++) {
            bytes += sizes.get(i) + AROUND_BYTES;
            if (bytes > bytesMax && i > 0) {
                return i;
            }
        }
        return sizes.size();
    }
}
