package io.erlust.jobs;

import io.erlust.jobs.spec.Life;
import io.erlust.jobs.spec.When;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What follows a run that has ended by itself: another attempt, the next run of a recurring job, or
 * nothing.
 */
final class NextRun {
    private final Instant now;
    private final Instant steady;
    private final RandomGenerator random;

    NextRun(Instant now, Instant steady, RandomGenerator random) {
        this.now = now;
        this.steady = steady;
        this.random = random;
    }

    /**
     * The next run, scheduled; its {@code attempt} is above 1 when it repeats the one that ended.
     */
    Optional<Job> of(Job ended, Optional<Cancel> cancelled, boolean signalled) {
        return attempt(ended, signalled || cancelled.isPresent())
                .or(() -> recurring(ended, cancelled));
    }

    /** Only of a run that failed by itself: what others did to it, no attempt can mend. */
    private Optional<Job> attempt(Job ended, boolean stopped) {
        Life life = ended.spec().life();
        boolean again = ended.state() == JobState.FAILED
                && ended.startedAt().isPresent()
                && !stopped
                && ended.attempt() < life.attempts();
        if (!again) {
            return Optional.empty();
        }
        long longest = life.backOffAfter(ended.attempt()).toMillis();
        Duration pause = Duration.ofMillis(longest - random.nextLong(longest / 2 + 1));
        if (ended.times().isOver(now.plus(pause))) {
            return Optional.empty();
        }
        String reason = "attempt " + ended.attempt() + " of " + life.attempts() + " failed: "
                + ended.reason().orElse("");
        return Optional.of(ended.nextRun(
                ended.attempt() + 1,
                Optional.of(reason),
                Optional.of(new Times.Due(steady.plus(pause), true))));
    }

    private Optional<Job> recurring(Job ended, Optional<Cancel> cancelled) {
        // who cancels a run that ends by itself meanwhile still cancels what would follow
        boolean goesOn = cancelled
                .map(why -> why == Cancel.REPLACED)
                .orElse(ended.state() != JobState.CANCELLED);
        if (!goesOn || !(ended.spec().when() instanceof When.Cron cron)) {
            return Optional.empty();
        }
        String reason = "run " + ended.run() + " " + ended.state().wire()
                + ended.reason().map(why -> ": " + why).orElse("");
        return nextInstant(cron, ended)
                .filter(at -> !ended.times().isOver(at))
                .map(at -> ended.nextRun(
                        1, Optional.of(reason), Optional.of(new Times.Due(at, false))));
    }

    /** After those that were served; one that passed meanwhile overlapped with this run. */
    private Optional<Instant> nextInstant(When.Cron cron, Job ended) {
        Optional<Instant> next = cron.after(ended.times().firedAt().orElse(now));
        if (next.isEmpty() || next.get().isAfter(now)) {
            return next;
        }
        boolean isDropped = ended.paused() || cron.overlap() == When.Overlap.SKIP;
        return isDropped ? cron.after(now) : Optional.of(now);
    }
}
