package io.erlust.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobState;
import io.erlust.store.TestDatabases;

import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Jobs run, the broker refuses and hangs, servers die, works are rolled back, by a seeded chance;
 * in the end everything was told, in order, and whatever was told twice was the same.
 */
class EventChaosContractTest {
    private static final int STEPS = 150;
    private static final int JOBS = 4;

    private final FakeBroker broker = new FakeBroker();

    /** What was emitted by each run, by {@code job/run}. */
    private final Map<String, Integer> emitted = new LinkedHashMap<>();

    private final List<Job> running = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void whatever_happens_all_is_told_in_order(TestDatabases kind) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        EventFixture erlust = new EventFixture(kind);
        erlust.start(broker);
        for (int i = 0; i < JOBS; i++) {
            running.add(begun(erlust.running("job-" + i)));
        }
        for (int step = 0; step < STEPS; step++) {
            step(erlust, random);
        }
        broker.recovers();
        running.forEach(job -> erlust.move(job, JobState.COMPLETED));
        erlust.die(); // it may be waiting for an answer that never comes
        erlust.start(broker);
        Awaitility.await().until(erlust::rows, rows -> rows == 0);
        erlust.close();
        judge(broker.rest(), "seed " + seed);
    }

    private Job begun(Job job) {
        emitted.put(job.id() + "/" + job.run(), 0);
        return job;
    }

    private void step(EventFixture erlust, Random random) throws InterruptedException {
        int at = random.nextInt(JOBS);
        Job job = running.get(at);
        switch (random.nextInt(20)) {
            case 0 -> {
                Job ended = erlust.move(job, JobState.FAILED);
                running.set(
                        at, begun(erlust.move(erlust.jobs.retry(ended.id()), JobState.RUNNING)));
            }
            case 1 -> {
                erlust.die();
                erlust.start(broker);
            }
            case 2 -> broker.refuses(2);
            case 3 -> {
                var _ = broker.holds(); // for ever: until the server dies
            }
            case 4, 5 -> erlust.emitInVain(job, "1", "2", "3");
            case 6, 7 -> erlust.pass(Duration.ofSeconds(5));
            default -> {
                String run = job.id() + "/" + job.run();
                int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 300 : 5);
                int before = emitted.getOrDefault(run, 0);
                erlust.emit(job, before + 1, before + count);
                emitted.put(run, before + count);
            }
        }
    }

    private void judge(List<Event> told, String seed) {
        Map<String, String> byId = new LinkedHashMap<>();
        Map<String, Integer> results = new LinkedHashMap<>();
        List<String> begun = new ArrayList<>();
        List<String> ended = new ArrayList<>();
        for (Event event : told) {
            String body = new String(event.body(), StandardCharsets.UTF_8);
            String before = byId.putIfAbsent(event.id(), body);
            assertThat(before == null || before.equals(body)).as(seed).isTrue();
            if (before != null) {
                continue;
            }
            JsonNode data = FakeBroker.json(event).path("data");
            String run = data.path("job").stringValue() + "/" + data.path("run");
            assertThat(ended).as(seed).doesNotContain(run);
            switch (event.type()) {
                case "job.started" -> begun.add(run);
                case "job.results" -> {
                    assertThat(begun).as(seed).contains(run);
                    int last = results.getOrDefault(run, 0);
                    for (JsonNode result : data.path("results")) {
                        last++;
                        assertThat(result.path("seq").intValue()).as(seed).isEqualTo(last);
                        assertThat(result.path("value").intValue()).as(seed).isEqualTo(last);
                    }
                    results.put(run, last);
                }
                default -> ended.add(run);
            }
        }
        assertThat(begun).as(seed).containsExactlyInAnyOrderElementsOf(emitted.keySet());
        assertThat(ended).as(seed).containsExactlyInAnyOrderElementsOf(emitted.keySet());
        emitted.forEach((run, count) ->
                assertThat(results.getOrDefault(run, 0)).as(seed + " " + run).isEqualTo(count));
    }
}
