package io.erlust.supervision;

import io.erlust.jobs.spec.Restart;
import io.erlust.jobs.spec.Restart.Strategy;
import io.erlust.supervision.SupervisorFlags.AutoShutdown;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/** Random rules: of a job as it can be submitted, or of children that differ. */
record RandomJob(SupervisorFlags flags, List<ChildSpec> children, Supervisor supervisor) {
    static RandomJob of(Random random, long now) {
        int nodes = 1 + random.nextInt(6);
        Restart restart = restart(random);
        return random.nextBoolean()
                ? submitted(random, restart, nodes, now)
                : mixed(random, restart, nodes, now);
    }

    private static RandomJob submitted(Random random, Restart restart, int nodes, long now) {
        boolean permanent = restart.type() == Restart.Type.PERMANENT;
        boolean all = restart.autoShutdown() == Restart.AutoShutdown.ALL;
        AutoShutdown auto = permanent
                ? AutoShutdown.NEVER
                : all ? AutoShutdown.ALL_SIGNIFICANT : AutoShutdown.ANY_SIGNIFICANT;
        ChildSpec node = new ChildSpec(restart.type(), restart.shutdown(), !permanent);
        return new RandomJob(
                flags(restart, auto),
                Collections.nCopies(nodes, node),
                Supervisor.of(restart, nodes, now, jitter(random)));
    }

    private static RandomJob mixed(Random random, Restart restart, int nodes, long now) {
        SupervisorFlags flags = flags(restart, one(random, AutoShutdown.values()));
        List<ChildSpec> children = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            Restart.Type type = one(random, Restart.Type.values());
            boolean significant = type != Restart.Type.PERMANENT
                    && flags.autoShutdown() != AutoShutdown.NEVER
                    && random.nextBoolean();
            children.add(new ChildSpec(type, shutdown(random), significant));
        }
        return new RandomJob(flags, children, new Supervisor(flags, children, now, jitter(random)));
    }

    private static Restart restart(Random random) {
        return new Restart(
                one(random, Strategy.values()),
                one(random, Restart.Type.values()),
                random.nextInt(4),
                Duration.ofSeconds(1 + random.nextInt(10)),
                shutdown(random),
                one(random, Restart.AutoShutdown.values()),
                random.nextBoolean());
    }

    private static SupervisorFlags flags(Restart restart, AutoShutdown auto) {
        return new SupervisorFlags(
                restart.strategy(),
                restart.intensity(),
                restart.period(),
                auto,
                restart.rerunCompleted());
    }

    private static Duration shutdown(Random random) {
        return Duration.ofMillis(random.nextInt(3) * 500L);
    }

    private static SplittableRandom jitter(Random random) {
        return new SplittableRandom(random.nextLong());
    }

    private static <T> T one(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }
}
