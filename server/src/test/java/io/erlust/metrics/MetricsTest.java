package io.erlust.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

class MetricsTest {
    @Test
    void counters_and_gauges_are_written_in_the_text_form() throws IOException {
        Metrics metrics = new Metrics();
        Counter counter = metrics.counter("things", "Things", "kind");
        counter.add(2, "a");
        counter.add(1, "b");
        metrics.gauge("level", "Level", () -> 7);
        metrics.counted("seen", "Seen", () -> 5);
        metrics.gauges("sizes", "Sizes", sample -> sample.value(3, "x"), "name");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        metrics.write(out);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("things_total{kind=\"a\"} 2.0")
                .contains("things_total{kind=\"b\"} 1.0")
                .contains("level 7.0")
                .contains("seen_total 5.0")
                .contains("sizes{name=\"x\"} 3.0");
    }
}
