package io.erlust.metrics;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The numbers of one server. What something else counts already is asked for when the numbers are
 * read. Names are snake case with their unit last; label values come from closed sets.
 */
public final class Metrics {
    /** {@link PrometheusTextFormatWriter} writes this form. */
    public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();

    /** Tells one value with the values of the labels, in the order they were declared. */
    @FunctionalInterface
    public interface Sample {
        void value(long value, String... labels);
    }

    /** Grows only; {@code _total} is appended to the name. */
    public Counter counter(String name, String help, String... labels) {
        return new Counter(io.prometheus.metrics.core.metrics.Counter.builder()
                .name(name)
                .help(help)
                .labelNames(labels)
                .register(registry));
    }

    /** A counter that something else keeps. */
    public void counted(String name, String help, LongSupplier total) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call((double) total.getAsLong()))
                .register(registry);
    }

    /** A value of this moment. */
    public void gauge(String name, String help, LongSupplier now) {
        gauges(name, help, sample -> sample.value(now.getAsLong()));
    }

    /** Values of this moment, one for each set of labels. */
    public void gauges(String name, String help, Consumer<Sample> now, String... labels) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames(labels)
                .callback(callback ->
                        now.accept((value, values) -> callback.call((double) value, values)))
                .register(registry);
    }

    public void write(OutputStream out) throws IOException {
        writer.write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    }
}
