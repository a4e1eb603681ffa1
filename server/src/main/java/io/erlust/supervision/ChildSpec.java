package io.erlust.supervision;

import io.erlust.jobs.spec.Restart;

import java.time.Duration;

/**
 * One node, as OTP specifies a child.
 *
 * @param shutdown how long it may take when it is asked to stop; zero: it is killed without
 * @param significant its end may end the supervisor, see {@link SupervisorFlags}
 */
record ChildSpec(Restart.Type type, Duration shutdown, boolean significant) {
    ChildSpec {
        if (significant && type == Restart.Type.PERMANENT) {
            throw new IllegalArgumentException(
                    "a permanent child can't be significant: it never ends for good");
        }
    }
}
