package io.erlust.events;

import io.erlust.events.EventOutbox.Taken;
import io.erlust.events.EventRows.Told;
import io.erlust.jobs.JobEvent;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobState;
import io.erlust.lifecycle.Rounds;
import io.erlust.store.Database;
import io.erlust.time.MonotonicClock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hands what is in the outbox to a broker, one batch after the other, each at least once: a batch
 * that failed, or of which the server did not live to see the end, is handed over again, the same
 * events with the same ids.
 */
public final class EventPublisher {
    private static final Logger log = LoggerFactory.getLogger(EventPublisher.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(500);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(5);

    /** A sink that says nothing for longer has failed; it has time-outs of its own. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final EventOutbox outbox;
    private final Database database;
    private final EventSink sink;
    private final MonotonicClock clock;
    private final Rounds rounds = new Rounds("event-publisher", this::round);
    private final AtomicLong published = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();

    private volatile boolean stopping;

    /** Completes when a batch that is on its way is no longer waited for. */
    private final CompletableFuture<@Nullable Void> givenUp = new CompletableFuture<>();

    // Only the publisher's thread, or who has seen it end.

    /** Told, but not deleted yet. */
    private Optional<Told> told = Optional.empty();

    /** Zero: the last batch was taken. */
    private Duration pause = Duration.ZERO;

    private long resumeAt;
    private boolean isDropping;

    public EventPublisher(
            EventOutbox outbox, Database database, EventSink sink, MonotonicClock clock) {
        this.outbox = outbox;
        this.database = database;
        this.sink = sink;
        this.clock = clock;
    }

    /** To be called once. What was not told before the last stop is told now. */
    public void start(JobEvents events) {
        events.listen(this::on);
        rounds.start();
    }

    private void on(JobEvent event) {
        boolean isTold = switch (event) {
            case JobEvent.StateChanged(var job, var _) ->
                job.state() == JobState.RUNNING || job.state().isFinal();
            case JobEvent.ResultsAppended _ -> true;
            case JobEvent.CancelRequested _, JobEvent.NodeChanged _ -> false;
        };
        if (isTold) {
            rounds.wake();
        }
    }

    /**
     * A batch that the broker has not taken by the deadline is handed over after the next start.
     */
    public void stop(Duration deadline) throws InterruptedException {
        if (end(deadline) && told.isPresent()) {
            outbox.take(told);
            told = Optional.empty();
        }
    }

    /** True when the last round is over. */
    private boolean end(Duration deadline) throws InterruptedException {
        stopping = true;
        if (rounds.stop(deadline)) {
            return true;
        }
        givenUp.complete(null);
        boolean hasEnded = rounds.stop(PAUSE_MAX);
        if (!hasEnded) {
            log.warn("events: the publisher did not end within {}", deadline.plus(PAUSE_MAX));
        }
        return hasEnded;
    }

    /** Ends as a kill does: what was told is not noted. */
    void abandon() throws InterruptedException {
        end(Duration.ZERO);
    }

    /** Looks at once whether there is something to do. */
    void wake() {
        rounds.wake();
    }

    public EventCounters counters() {
        return new EventCounters(published.get(), failures.get(), dropped.get());
    }

    /** One batch. */
    private Duration round() {
        long left = resumeAt - clock.nanos();
        if (!pause.isZero() && left > 0) {
            return Duration.ofNanos(left);
        }
        Taken taken = outbox.take(told);
        told = Optional.empty();
        dropped(taken.dropped());
        if (taken.rows().isEmpty()) {
            return Rounds.REST_MAX;
        }
        EventBatch batch = database.read(handle -> EventBatch.of(handle, taken.rows()));
        Optional<String> failure = batch.events().isEmpty() ? Optional.empty() : publish(batch);
        if (failure.isPresent()) {
            return failed(failure.get());
        }
        if (!pause.isZero()) {
            log.info("events: the broker takes them again");
        }
        pause = Duration.ZERO;
        isDropping = false;
        published.addAndGet(batch.events().size());
        dropped.addAndGet(batch.gone());
        told = batch.told();
        return Duration.ZERO;
    }

    /** Waits; answers why the broker has not taken it. */
    private Optional<String> publish(EventBatch batch) {
        if (stopping) {
            return Optional.of("the server stops");
        }
        CompletableFuture<@Nullable Void> sent = sink.publish(batch.events());
        try {
            CompletableFuture.anyOf(sent, givenUp).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            boolean isTaken = sent.state() == Future.State.SUCCESS;
            return isTaken ? Optional.empty() : Optional.of("the server stops");
        } catch (ExecutionException e) {
            return Optional.of(String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
            return Optional.of("no answer within " + PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        } finally {
            sent.cancel(false);
        }
    }

    private Duration failed(String why) {
        failures.incrementAndGet();
        if (pause.isZero() && !stopping) {
            log.warn("events wait in the store: the broker does not take them: {}", why);
        }
        Duration longer = pause.isZero() ? PAUSE_MIN : pause.multipliedBy(2);
        pause = longer.compareTo(PAUSE_MAX) < 0 ? longer : PAUSE_MAX;
        resumeAt = clock.nanos() + pause.toNanos();
        return pause;
    }

    private void dropped(int rows) {
        if (rows > 0 && !isDropping) {
            log.warn(
                    "events: there is room for {} that wait for the broker; the oldest are dropped",
                    EventOutbox.ROWS_MAX);
            isDropping = true;
        }
        dropped.addAndGet(rows);
    }
}
