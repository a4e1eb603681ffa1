package io.erlust.jobs.spec;

import io.erlust.json.Fields;

import java.time.Duration;
import java.util.Optional;

/** Reads {@code restart}. What would do nothing beside the rest of it is refused. */
final class RestartReader {
    private RestartReader() {}

    static Restart read(Fields job) {
        return job.object("restart").map(RestartReader::restart).orElse(Restart.DEFAULT);
    }

    private static Restart restart(Fields restart) {
        Restart usual = Restart.DEFAULT;
        Restart.Strategy strategy = Words.read(restart, "strategy", usual.strategy());
        Restart.Type type = Words.read(restart, "type", usual.type());
        Restart read = new Restart(
                strategy,
                type,
                restart.integer("intensity", 0, 1000).map(Long::intValue).orElse(usual.intensity()),
                period(restart),
                restart.integer("shutdown_ms", 0, 600_000)
                        .map(Duration::ofMillis)
                        .orElse(usual.shutdown()),
                autoShutdown(restart, type),
                rerunCompleted(restart, strategy, type));
        restart.end();
        return read;
    }

    private static Duration period(Fields restart) {
        Optional<Long> period = restart.integer("period_ms", 1000, 86_400_000);
        if (period.isPresent() && period.get() % 1000 != 0) {
            throw restart.invalid(
                    "period_ms", "whole seconds: a multiple of 1000", restart.node("period_ms"));
        }
        return period.map(Duration::ofMillis).orElse(Restart.DEFAULT.period());
    }

    private static Restart.AutoShutdown autoShutdown(Fields restart, Restart.Type type) {
        Restart.AutoShutdown value =
                Words.read(restart, "auto_shutdown", Restart.DEFAULT.autoShutdown());
        if (type == Restart.Type.PERMANENT && restart.node("auto_shutdown") != null) {
            throw restart.invalid(
                    "auto_shutdown",
                    "no auto_shutdown with the type permanent, whose nodes never end for good",
                    restart.node("auto_shutdown"));
        }
        return value;
    }

    private static boolean rerunCompleted(
            Fields restart, Restart.Strategy strategy, Restart.Type type) {
        boolean rerun = restart.bool("rerun_completed").orElse(false);
        boolean means = strategy != Restart.Strategy.ONE_FOR_ONE && type == Restart.Type.TRANSIENT;
        if (rerun && !means) {
            throw restart.invalid(
                    "rerun_completed",
                    "true only with the strategy one_for_all or rest_for_one and the type"
                            + " transient, as it does nothing with others",
                    restart.node("rerun_completed"));
        }
        return rerun;
    }
}
