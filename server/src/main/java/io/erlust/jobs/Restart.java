package io.erlust.jobs;

import java.time.Duration;

/**
 * How a job's nodes are restarted: more than {@code intensity} restarts within {@code period} fail
 * the job (OTP's defaults: 1 in 5 s). {@code shutdown} is how long a node that is asked to stop may
 * take.
 */
public record Restart(int intensity, Duration period, Duration shutdown) {
    public static final Restart DEFAULT =
            new Restart(1, Duration.ofSeconds(5), Duration.ofSeconds(5));
}
