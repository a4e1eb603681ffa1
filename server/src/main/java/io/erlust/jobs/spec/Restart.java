package io.erlust.jobs.spec;

import java.time.Duration;

/**
 * How a job's nodes are supervised, in OTP's words. More than {@code intensity} restarts within
 * {@code period} fail the job (OTP's defaults: 1 in 5 s).
 *
 * @param shutdown how long a node that is asked to stop may take; zero: it is killed at once
 * @param autoShutdown when the job is done; means nothing for nodes that are permanent
 * @param rerunCompleted a restart of several nodes also starts those again that had ended normally,
 *     as OTP does
 */
public record Restart(
        Strategy strategy,
        Type type,
        int intensity,
        Duration period,
        Duration shutdown,
        AutoShutdown autoShutdown,
        boolean rerunCompleted) {
    public static final Restart DEFAULT = new Restart(
            Strategy.ONE_FOR_ONE,
            Type.TRANSIENT,
            1,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            AutoShutdown.ALL,
            false);

    /** Which nodes are started again when one of them crashed. */
    public enum Strategy {
        ONE_FOR_ONE,
        ONE_FOR_ALL,
        /** It and those of a higher rank. */
        REST_FOR_ONE
    }

    /** After which ends a node is started again. */
    public enum Type {
        /** After every one. */
        PERMANENT,
        /** When it did not end normally. */
        TRANSIENT,
        /** Never. */
        TEMPORARY
    }

    /** When the job is done. */
    public enum AutoShutdown {
        /** When all its nodes have ended. */
        ALL,
        /** When one of them has: the first answer wins. */
        ANY
    }
}
