package io.erlust.supervision;

import io.erlust.jobs.spec.Restart;

import java.time.Duration;

/**
 * What holds for all children of a {@link Supervisor}, as in OTP.
 *
 * @param rerunCompleted a restart of siblings also starts transient ones that had ended normally:
 *     so it is in OTP; here it is off unless asked for
 */
record SupervisorFlags(
        Restart.Strategy strategy,
        int intensity,
        Duration period,
        AutoShutdown autoShutdown,
        boolean rerunCompleted) {
    /** When the end of significant children ends the supervisor. Only ends of their own count. */
    enum AutoShutdown {
        NEVER,
        /** When the first of them has ended for good. */
        ANY_SIGNIFICANT,
        /** When the last of them has. */
        ALL_SIGNIFICANT
    }
}
