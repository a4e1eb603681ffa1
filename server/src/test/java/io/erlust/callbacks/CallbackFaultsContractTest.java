package io.erlust.callbacks;

import static io.erlust.callbacks.Callback.State.DELIVERED;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.erlust.callbacks.Receiver.Call;
import io.erlust.jobs.Job;
import io.erlust.jobs.JobState;
import io.erlust.store.TestDatabases;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Whatever fails and however often the dispatcher is stopped, everything is told, in order. */
class CallbackFaultsContractTest {
    private static final int JOBS = 8;
    private static final int RESULTS = 40;
    /** One of six fails: more, and a callback now and then fails until it is given up. */
    private static final List<Integer> STATUSES = List.of(
            200, 204, 200, 204, 200, 204, 200, 204, 200, 204, 200, 204, 200, 204, 200, 204, 200,
            204, 200, 204, 302, 404, 500, 503);

    @ParameterizedTest
    @EnumSource(TestDatabases.class)
    void nothing_is_left_out_or_told_out_of_order(TestDatabases kind) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        CallbackConfig config =
                CallbackFixture.config(Duration.ZERO, 3, 64 << 10, Duration.ofSeconds(10), 4);
        try (CallbackFixture erlust = new CallbackFixture(kind);
                Receiver app = new Receiver()) {
            app.otherwise(exchange -> {
                int status;
                synchronized (random) {
                    status = STATUSES.get(random.nextInt(STATUSES.size()));
                }
                exchange.sendResponseHeaders(status, -1);
            });
            CallbackDispatcher dispatcher = erlust.start(config);
            List<Job> jobs = new ArrayList<>();
            for (int i = 0; i < JOBS; i++) {
                jobs.add(erlust.running("job-" + i, app.url()));
            }
            for (int i = 1; i <= RESULTS; i++) {
                for (Job job : jobs) {
                    erlust.emit(job, Integer.toString(i));
                }
                if (i % 10 == 0) {
                    dispatcher.stop(Duration.ofMillis(i % 20 == 0 ? 0 : 50));
                    dispatcher = erlust.start(config);
                }
            }
            jobs.forEach(job -> erlust.move(job, JobState.COMPLETED));
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> {
                        erlust.pass(Duration.ofMinutes(10));
                        return jobs.stream().allMatch(job -> isTold(erlust.log(job)));
                    });
            check(app, seed);
        }
    }

    private static boolean isTold(List<Callback> log) {
        return !log.isEmpty()
                && log.getLast().type().equals("job.completed")
                && log.stream().allMatch(each -> each.state() == DELIVERED);
    }

    /** By job, each callback once and where it came first. */
    private static void check(Receiver app, long seed) throws InterruptedException {
        Map<String, Map<String, Call>> told = new HashMap<>();
        while (app.waiting() > 0) {
            Call call = app.next();
            Call before = told.computeIfAbsent(
                            call.data().path("job").stringValue(), job -> new LinkedHashMap<>())
                    .putIfAbsent(call.id(), call);
            if (before != null) {
                assertThat(call.body()).as("seed %d", seed).isEqualTo(before.body());
            }
        }
        assertThat(told).as("seed %d", seed).hasSize(JOBS);
        told.forEach((job, calls) -> {
            List<Call> inOrder = List.copyOf(calls.values());
            List<Integer> values = inOrder.stream()
                    .flatMap(call -> call.data().path("results").values().stream())
                    .map(result -> result.path("value").intValue())
                    .toList();
            assertThat(values)
                    .as("%s, seed %d", job, seed)
                    .isEqualTo(IntStream.rangeClosed(1, RESULTS).boxed().toList());
            assertThat(inOrder.getLast().type()).isEqualTo("job.completed");
        });
    }
}
