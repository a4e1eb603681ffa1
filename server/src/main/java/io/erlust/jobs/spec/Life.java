package io.erlust.jobs.spec;

import java.time.Duration;
import java.util.Optional;

/**
 * When a job runs, for how long, and how often.
 *
 * @param expires a run that has not started by then is cancelled
 * @param timeout how long a run may take; none unless given
 * @param attempts so many runs may fail before the job has
 * @param backOff the pause before its second attempt; it doubles with each that follows
 * @param priority of the jobs that are available those with a higher one start first
 */
public record Life(
        When when,
        Optional<Moment> expires,
        Optional<Duration> timeout,
        int attempts,
        Duration backOff,
        int priority) {
    public static final int ATTEMPTS_MAX = 100;
    public static final int PRIORITY_MAX = 100;
    static final Duration BACK_OFF_DEFAULT = Duration.ofSeconds(10);
    static final Duration BACK_OFF_MAX = Duration.ofDays(1);

    /** Doubling ends here, unless the first pause is longer. */
    private static final Duration BACK_OFF_GROWS_TO = Duration.ofHours(1);

    /** The longest pause after an attempt; the shortest is half of it. */
    public Duration backOffAfter(int attempt) {
        Duration pause = backOff;
        for (int i = 1; i < attempt && pause.compareTo(BACK_OFF_GROWS_TO) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        boolean isLong = pause.compareTo(BACK_OFF_GROWS_TO) > 0;
        return isLong && backOff.compareTo(BACK_OFF_GROWS_TO) < 0 ? BACK_OFF_GROWS_TO : pause;
    }

    /** It runs again and again, by a schedule. */
    public boolean isRecurring() {
        return when instanceof When.Cron;
    }
}
