package io.erlust.callbacks;

import io.erlust.jobs.ResultBatch;

import java.time.Duration;

/**
 * How callbacks are made and sent.
 *
 * @param userAgent as sent: {@code Erlust/0.1.0}
 * @param batchDelay a result waits at most so long for others to share its callback
 * @param batchResultsMax results of one callback
 * @param batchBytesMax bytes of one callback's results; a single bigger result goes alone
 * @param connectTimeout for each address tried
 * @param attemptTimeout for the whole attempt: name, connection, TLS, request, answer
 * @param answerBytesMax bytes of an answer's body that are read (and thrown away)
 * @param inFlightMax attempts at once
 * @param inFlightPerHostMax attempts at once to one host and port
 * @param pendingPerJobMax callbacks made ahead for a job; the results behind them wait in their log
 */
public record CallbackConfig(
        String userAgent,
        Duration batchDelay,
        int batchResultsMax,
        int batchBytesMax,
        Duration connectTimeout,
        Duration attemptTimeout,
        int answerBytesMax,
        int inFlightMax,
        int inFlightPerHostMax,
        int pendingPerJobMax) {
    public CallbackConfig {
        positive("batch_results_max", batchResultsMax);
        positive("batch_bytes_max", batchBytesMax);
        positive("answer_bytes_max", answerBytesMax);
        positive("in_flight_per_host_max", inFlightPerHostMax);
        positive("pending_per_job_max", pendingPerJobMax);
        if (batchDelay.isNegative() || connectTimeout.isNegative() || connectTimeout.isZero()) {
            throw new IllegalArgumentException(
                    "expected batch_delay >= 0 and connect_timeout > 0, got " + batchDelay + ", "
                            + connectTimeout);
        }
        if (attemptTimeout.compareTo(connectTimeout) < 0) {
            throw new IllegalArgumentException(
                    "attempt_timeout: expected at least connect_timeout (" + connectTimeout
                            + "), got " + attemptTimeout);
        }
        if (inFlightMax < inFlightPerHostMax) {
            throw new IllegalArgumentException(
                    "in_flight_max: expected at least in_flight_per_host_max (" + inFlightPerHostMax
                            + "), got " + inFlightMax);
        }
    }

    public static CallbackConfig defaults(String version) {
        return new CallbackConfig(
                "Erlust/" + version,
                Duration.ofMillis(200),
                ResultBatch.RESULTS_MAX,
                ResultBatch.BYTES_MAX,
                Duration.ofSeconds(5),
                Duration.ofSeconds(20),
                64 << 10,
                64,
                4,
                64);
    }

    private static void positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": expected at least 1, got " + value);
        }
    }
}
