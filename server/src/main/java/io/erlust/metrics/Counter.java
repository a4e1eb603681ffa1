package io.erlust.metrics;

/** A number that only grows, one for each set of label values. Safe for all threads. */
public final class Counter {
    private final io.prometheus.metrics.core.metrics.Counter counter;

    Counter(io.prometheus.metrics.core.metrics.Counter counter) {
        this.counter = counter;
    }

    public void add(long amount, String... labels) {
        counter.labelValues(labels).inc(amount);
    }
}
