package io.erlust.events;

import static io.erlust.events.FakeBroker.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobState;
import io.erlust.store.TestDatabases;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What who listens to events is promised, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class EventOutboxContractTest {
    private final TestDatabases kind;
    private EventFixture erlust;
    private final FakeBroker broker = new FakeBroker();

    EventOutboxContractTest(TestDatabases kind) {
        this.kind = kind;
    }

    @BeforeEach
    void open() {
        erlust = new EventFixture(kind);
    }

    @AfterEach
    void close() throws InterruptedException {
        erlust.close();
    }

    /** Batches until there were so many events. */
    private List<Event> events(int count) throws InterruptedException {
        List<Event> events = new ArrayList<>();
        while (events.size() < count) {
            events.addAll(broker.next());
        }
        return events;
    }

    private List<String> briefs(int count) throws InterruptedException {
        return events(count).stream().map(FakeBroker::brief).toList();
    }

    private void awaitRows(long count) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(erlust::rows, rows -> rows == count);
    }

    private static void awaitFailures(EventPublisher publisher, long count) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(() -> publisher.counters().failures(), failures -> failures == count);
    }

    @Test
    void a_run_is_told_from_its_start_to_its_end() throws Exception {
        Job job = erlust.running("report-1");
        erlust.emit(job, "{\"n\":1}", "\"zwei ✓\"");
        erlust.move(job, JobState.COMPLETED);
        erlust.start(broker);
        List<Event> events = events(3);

        assertThat(events)
                .extracting(Event::type)
                .containsExactly("job.started", "job.results", "job.completed");
        assertThat(events)
                .extracting(Event::routingKey)
                .containsExactly(
                        "job.started.report-1", "job.results.report-1", "job.completed.report-1");
        for (Event event : events) {
            JsonNode json = json(event);
            assertThat(json.propertyNames())
                    .containsExactly(
                            "specversion",
                            "id",
                            "source",
                            "type",
                            "subject",
                            "time",
                            "datacontenttype",
                            "data");
            assertThat(json.path("specversion").stringValue()).isEqualTo("1.0");
            assertThat(json.path("id").stringValue()).isEqualTo(event.id());
            assertThat(json.path("source").stringValue()).isEqualTo("/v1/jobs/report-1");
            assertThat(json.path("type").stringValue()).isEqualTo(event.type());
            assertThat(json.path("subject").stringValue()).isEqualTo("report-1");
            assertThat(json.path("time").stringValue()).isEqualTo("2026-11-21T10:00:00Z");
            assertThat(json.path("datacontenttype").stringValue()).isEqualTo("application/json");
        }
        assertThat(events).extracting(Event::id).doesNotHaveDuplicates();
        assertThat(json(events.get(0)).path("data").toString())
                .isEqualTo("{\"job\":\"report-1\",\"run\":1,\"state\":\"running\","
                        + "\"started_at\":\"2026-11-21T10:00:00Z\"}");
        assertThat(json(events.get(1)).path("data").toString())
                .isEqualTo("{\"job\":\"report-1\",\"run\":1,\"seq\":2,\"first_seq\":1,"
                        + "\"results\":["
                        + "{\"seq\":1,\"node\":0,\"at\":\"2026-11-21T10:00:00Z\","
                        + "\"value\":{\"n\":1}},"
                        + "{\"seq\":2,\"node\":0,\"at\":\"2026-11-21T10:00:00Z\","
                        + "\"value\":\"zwei ✓\"}"
                        + "]}");
        assertThat(json(events.get(2)).path("data").toString())
                .isEqualTo("{\"job\":\"report-1\",\"run\":1,\"state\":\"completed\","
                        + "\"seq\":2,\"results_count\":2,\"reason\":null,"
                        + "\"started_at\":\"2026-11-21T10:00:00Z\","
                        + "\"ended_at\":\"2026-11-21T10:00:00Z\","
                        + "\"nodes\":{\"count\":1,\"restarts\":0,\"items\":7,"
                        + "\"exits\":{\"normal\":1}}}");
    }

    @Test
    void what_happens_is_told_at_once_and_then_forgotten() throws Exception {
        EventPublisher publisher = erlust.start(broker);
        Job job = erlust.running("a");
        assertThat(briefs(1)).containsExactly("job.started a/1");
        erlust.emit(job, "1");
        assertThat(briefs(1)).containsExactly("job.results a/1 1..1");
        erlust.move(job, JobState.COMPLETED);
        assertThat(briefs(1)).containsExactly("job.completed a/1");
        awaitRows(0);
        assertThat(publisher.counters()).isEqualTo(new EventCounters(3, 0, 0));
    }

    @Test
    void every_end_is_told_and_every_run() throws Exception {
        Job tries = erlust.running("tries", "'job_attempts': 2");
        erlust.move(tries, JobState.FAILED);
        Job again = erlust.jobs.start(tries.id());
        erlust.move(erlust.move(again, JobState.RUNNING), JobState.FAILED);
        Job manual = erlust.submit("manual", "'when': 'manual'");
        erlust.jobs.cancel(manual.id());
        erlust.move(erlust.jobs.start(erlust.jobs.retry(manual.id()).id()), JobState.RUNNING);
        erlust.start(broker);
        assertThat(briefs(6))
                .containsExactly(
                        "job.started tries/1",
                        "job.retrying tries/1",
                        "job.started tries/2",
                        "job.failed tries/2",
                        "job.cancelled manual/1",
                        "job.started manual/2");
    }

    @Test
    void a_job_that_ends_with_a_linked_one_is_told_after_it() throws Exception {
        Job a = erlust.running("a");
        erlust.submit("b", "'when': 'manual'", "'links': ['a']");
        erlust.move(a, JobState.FAILED);
        erlust.start(broker);
        assertThat(briefs(3))
                .containsExactly("job.started a/1", "job.failed a/1", "job.failed b/1");
    }

    @Test
    void a_run_that_goes_on_after_its_server_died_does_not_start_again() throws Exception {
        Job job = erlust.running("a");
        erlust.move(erlust.move(job, JobState.AVAILABLE), JobState.RUNNING);
        erlust.move(job, JobState.COMPLETED);
        erlust.start(broker);
        assertThat(briefs(2)).containsExactly("job.started a/1", "job.completed a/1");
    }

    @Test
    void without_a_broker_nothing_is_written() {
        erlust.withoutBroker();
        Job job = erlust.running("a");
        erlust.emit(job, "1");
        erlust.move(job, JobState.COMPLETED);
        assertThat(erlust.rows()).isZero();
    }

    @Test
    void results_that_nobody_takes_are_one_row_and_are_told_a_hundred_or_64_kib_at_a_time()
            throws Exception {
        Job job = erlust.running("a");
        for (int i = 0; i < 25; i++) {
            erlust.emit(job, 10 * i + 1, 10 * i + 10);
        }
        String medium = '"' + "x".repeat(30_000) + '"';
        erlust.emit(job, medium, medium, medium, '"' + "x".repeat(200_000) + '"', "1");
        assertThat(erlust.rows()).isEqualTo(2);
        erlust.start(broker);
        assertThat(briefs(7))
                .containsExactly(
                        "job.started a/1",
                        "job.results a/1 1..100",
                        "job.results a/1 101..200",
                        "job.results a/1 201..252",
                        "job.results a/1 253..253",
                        "job.results a/1 254..254",
                        "job.results a/1 255..255");
    }

    @Test
    void results_that_come_while_others_are_on_their_way_are_told_after_them() throws Exception {
        erlust.start(broker);
        Job job = erlust.running("a");
        assertThat(briefs(1)).containsExactly("job.started a/1");
        CompletableFuture<@Nullable Void> answer = broker.holds();
        erlust.emit(job, 1, 3);
        assertThat(briefs(1)).containsExactly("job.results a/1 1..3");
        erlust.emit(job, 4, 5);
        erlust.emit(job, 6, 7);
        answer.complete(null);
        assertThat(briefs(1)).containsExactly("job.results a/1 4..7");
        awaitRows(0);
    }

    @Test
    void a_batch_is_bounded_and_a_long_row_goes_on_in_the_next() throws Exception {
        Job job = erlust.running("a");
        String large = '"' + "x".repeat(60_000) + '"';
        for (int i = 0; i < 40; i++) {
            erlust.emit(job, large);
        }
        assertThat(erlust.rows()).isEqualTo(2);
        erlust.start(broker);
        int told = broker.next().size() - 1;
        assertThat(told).isBetween(10, 20);
        assertThat(briefs(40 - told)).last().isEqualTo("job.results a/1 40..40");
        awaitRows(0);
    }

    @Test
    void what_the_broker_refuses_is_handed_over_again_after_a_pause_and_only_then()
            throws Exception {
        broker.refuses(3);
        Job job = erlust.running("a");
        erlust.emit(job, "1");
        EventPublisher publisher = erlust.start(broker);
        List<Event> first = broker.next();
        int failures = 0;
        for (int pause : List.of(500, 1000, 2000)) {
            awaitFailures(publisher, ++failures);
            erlust.pass(Duration.ofMillis(pause - 1));
            for (int i = 0; i < 100; i++) {
                erlust.emit(job, "2"); // each of these wakes it
            }
            erlust.pass(Duration.ofMillis(1));
            List<Event> again = broker.next();
            for (int i = 0; i < first.size(); i++) {
                assertThat(again.get(i).id()).isEqualTo(first.get(i).id());
                assertThat(again.get(i).body()).isEqualTo(first.get(i).body());
            }
        }
        awaitRows(0);
        assertThat(publisher.counters().failures()).isEqualTo(3);
    }

    @Test
    void what_a_server_had_told_when_it_died_is_told_again_with_the_same_ids() throws Exception {
        Job job = erlust.running("a");
        erlust.emit(job, 1, 120);
        var _ = broker.holds();
        erlust.start(broker);
        List<Event> before = broker.next();
        assertThat(before).hasSize(3);
        erlust.die();
        erlust.emit(job, 121, 130);
        erlust.move(job, JobState.COMPLETED);
        erlust.start(broker);
        List<Event> after = events(5);
        for (int i = 0; i < before.size(); i++) {
            assertThat(after.get(i).id()).isEqualTo(before.get(i).id());
            assertThat(after.get(i).body()).isEqualTo(before.get(i).body());
        }
        assertThat(after.subList(3, 5))
                .extracting(FakeBroker::brief)
                .containsExactly("job.results a/1 121..130", "job.completed a/1");
        awaitRows(0);
    }

    @Test
    void what_was_told_before_a_stop_is_not_told_again() throws Exception {
        Job job = erlust.running("a");
        EventPublisher first = erlust.start(broker);
        broker.next();
        first.stop(Duration.ofSeconds(10));
        assertThat(erlust.rows()).isZero();
        erlust.move(job, JobState.COMPLETED);
        assertThat(erlust.rows()).isEqualTo(1);
    }

    @Test
    void a_stop_does_not_wait_for_a_broker_that_hangs() throws Exception {
        erlust.running("a");
        CompletableFuture<@Nullable Void> answer = broker.holds();
        EventPublisher publisher = erlust.start(broker);
        broker.next();
        publisher.stop(Duration.ZERO);
        assertThat(answer).isCancelled();
        assertThat(erlust.rows()).isEqualTo(1);
    }

    @Test
    void a_work_that_was_rolled_back_is_not_told() throws Exception {
        Job a = erlust.running("a");
        Job b = erlust.running("b");
        erlust.emitInVain(a, "1", "2");
        erlust.emit(b, "1"); // in the row that the other work's would have been
        erlust.emit(a, "1");
        erlust.emitInVain(a, "2", "3");
        erlust.emit(a, "2");
        erlust.start(broker);
        assertThat(briefs(4))
                .containsExactly(
                        "job.started a/1",
                        "job.started b/1",
                        "job.results b/1 1..1",
                        "job.results a/1 1..2");
        awaitRows(0);
    }

    @Test
    void of_a_run_that_is_pruned_nothing_is_told_and_the_others_are() throws Exception {
        Job gone = erlust.running("gone");
        erlust.emit(gone, "1");
        erlust.move(gone, JobState.COMPLETED);
        Job going = erlust.running("going");
        erlust.emit(going, "1");
        erlust.move(going, JobState.COMPLETED);
        Job again = erlust.running("again");
        erlust.emit(again, "1");
        erlust.move(again, JobState.FAILED);
        erlust.move(erlust.jobs.retry(again.id()), JobState.RUNNING);
        assertThat(erlust.rows()).isEqualTo(10);
        // as retention does it: a job that is gone, one that goes, and an older run
        erlust.execute("DELETE FROM job WHERE id = 'gone'");
        erlust.execute("UPDATE job SET id = '-' || serial, state = 'pruned' WHERE id = 'going'");
        erlust.execute("DELETE FROM job_run WHERE job_serial = " + again.serial());
        erlust.execute("DELETE FROM result WHERE job_serial = " + again.serial());
        assertThat(erlust.rows()).isEqualTo(7);
        EventPublisher publisher = erlust.start(broker);
        assertThat(briefs(2)).containsExactly("job.started again/1", "job.started again/2");
        awaitRows(0);
        assertThat(publisher.counters().dropped()).isEqualTo(5);
    }

    @Test
    void with_more_than_there_is_room_for_the_oldest_go() throws Exception {
        erlust.close();
        erlust = new EventFixture(kind, 10);
        for (int i = 1; i <= 30; i++) {
            erlust.running("job-" + i);
        }
        EventPublisher publisher = erlust.start(broker);
        List<String> told = briefs(10);
        assertThat(told).hasSize(10).startsWith("job.started job-21/1");
        assertThat(told).endsWith("job.started job-30/1");
        awaitRows(0);
        assertThat(publisher.counters()).isEqualTo(new EventCounters(10, 0, 20));
    }
}
