package io.erlust.api;

import io.erlust.api.http.Problem;
import io.erlust.api.http.ProblemType;
import io.erlust.jobs.JobConflict;
import io.erlust.jobs.JobNotFound;
import io.erlust.jobs.JobStateConflict;
import io.erlust.json.InvalidField;
import io.erlust.json.InvalidJson;
import io.erlust.queues.BackendConflict;
import io.erlust.queues.BrokerRefused;
import io.erlust.queues.BrokerUnavailable;
import io.erlust.queues.QueueFull;
import io.erlust.queues.Queues;
import io.erlust.queues.TooManyQueues;
import io.erlust.store.StoreException;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.concurrent.CompletionException;

/** The one place where what the inside throws becomes what the outside reads. */
final class KnownErrors {
    private KnownErrors() {}

    /** Empty for defects. */
    static Optional<Problem> problem(Throwable error) {
        return Optional.ofNullable(
                switch (error) {
                    case Problem problem -> problem;
                    case InvalidJson e -> Problem.of(ProblemType.MALFORMED_JSON, text(e));
                    case InvalidField e ->
                        Problem.of(ProblemType.INVALID_FIELD, text(e))
                                .with("pointer", e.pointer())
                                .with("expected", e.expected())
                                .with("got", e.got());
                    case JobNotFound e -> Problem.of(ProblemType.JOB_NOT_FOUND, text(e));
                    case JobConflict e ->
                        Problem.of(ProblemType.JOB_CONFLICT, text(e)).with("id", e.id());
                    case JobStateConflict e ->
                        Problem.of(ProblemType.STATE_CONFLICT, text(e))
                                .with("state", e.state().wire());
                    case QueueFull e ->
                        Problem.of(ProblemType.QUEUE_FULL, text(e))
                                .with("limit", e.limit())
                                .with("max", e.max())
                                .with("now", e.now())
                                .retryAfter(2);
                    case TooManyQueues e ->
                        Problem.of(ProblemType.TOO_MANY_QUEUES, text(e))
                                .with("max", Queues.QUEUES_MAX)
                                .retryAfter(60);
                    case BackendConflict e -> Problem.of(ProblemType.BACKEND_CONFLICT, text(e));
                    case BrokerRefused e -> Problem.of(ProblemType.BROKER_REFUSED, text(e));
                    case BrokerUnavailable e ->
                        Problem.of(ProblemType.BROKER_UNAVAILABLE, text(e)).retryAfter(5);
                    case StoreException e -> store(e);
                    case CompletionException e
                    when e.getCause() != null -> problem(e.getCause()).orElse(null);
                    default -> null;
                });
    }

    private static @Nullable Problem store(StoreException e) {
        return switch (e.kind()) {
            case FULL ->
                Problem.of(
                                ProblemType.STORAGE_FULL,
                                "nothing was stored; free disk space on the server, then repeat")
                        .retryAfter(10);
            case UNAVAILABLE ->
                Problem.of(ProblemType.STORAGE_UNAVAILABLE, "nothing was stored; repeat later")
                        .retryAfter(2);
            case REFUSED, FAILED -> null;
        };
    }

    private static String text(Throwable e) {
        return String.valueOf(e.getMessage());
    }
}
