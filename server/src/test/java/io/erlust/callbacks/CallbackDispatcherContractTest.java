package io.erlust.callbacks;

import static io.erlust.callbacks.Callback.State.DELIVERED;
import static io.erlust.callbacks.Receiver.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.callbacks.Receiver.Call;
import io.erlust.jobs.Job;
import io.erlust.jobs.JobState;
import io.erlust.store.TestDatabases;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What applications are promised, on each database, with a real receiver. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class CallbackDispatcherContractTest {
    private final TestDatabases kind;
    private CallbackFixture erlust;
    private Receiver app;

    CallbackDispatcherContractTest(TestDatabases kind) {
        this.kind = kind;
    }

    @BeforeEach
    void open() throws IOException {
        erlust = new CallbackFixture(kind);
        app = new Receiver();
    }

    @AfterEach
    void close() {
        erlust.close();
        app.close();
    }

    private static String[] numbers(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toArray(String[]::new);
    }

    private static List<Integer> values(Call call) {
        return call.data().path("results").values().stream()
                .map(result -> result.path("value").intValue())
                .toList();
    }

    private Call nextOf(String type) throws InterruptedException {
        Call call = app.next();
        assertThat(call.type()).isEqualTo(type);
        return call;
    }

    @Test
    void results_and_then_the_end_are_told_once_and_signed() throws Exception {
        erlust.start();
        Job job = erlust.running("report-1", app.url());
        erlust.emit(job, "{\"n\":1}", "\"zwei ✓\"");

        Call results = nextOf("job.results");
        assertThat(results.path()).isEqualTo("/hook?app=1");
        assertThat(results.json().toString())
                .isEqualTo(
                        "{\"type\":\"job.results\",\"timestamp\":\"2026-11-21T10:00:00Z\",\"data\":"
                                + "{\"job\":\"report-1\",\"run\":1,\"seq\":2,\"first_seq\":1,"
                                + "\"results\":["
                                + "{\"seq\":1,\"node\":0,\"at\":\"2026-11-21T10:00:00Z\","
                                + "\"value\":{\"n\":1}},"
                                + "{\"seq\":2,\"node\":0,\"at\":\"2026-11-21T10:00:00Z\","
                                + "\"value\":\"zwei ✓\"}"
                                + "]}}");

        erlust.move(job, JobState.COMPLETED);
        Call end = nextOf("job.completed");
        assertThat(end.data().toString())
                .isEqualTo("{\"job\":\"report-1\",\"run\":1,\"state\":\"completed\",\"seq\":2,"
                        + "\"results_count\":2,\"reason\":null,"
                        + "\"started_at\":\"2026-11-21T10:00:00Z\","
                        + "\"ended_at\":\"2026-11-21T10:00:00Z\","
                        + "\"nodes\":{\"count\":1,\"restarts\":0,\"items\":7,"
                        + "\"exits\":{\"normal\":1}}}");

        for (Call call : List.of(results, end)) {
            assertThat(call.header("content-type")).isEqualTo("application/json");
            assertThat(call.header("user-agent")).isEqualTo("Erlust/test");
            assertThat(call.id()).startsWith("msg_").doesNotContain(".");
            assertThat(call.timestamp()).isEqualTo(TestTime.START.getEpochSecond());
            assertThat(call.header("webhook-signature"))
                    .isEqualTo(WebhookSignature.of(CallbackFixture.SECRET)
                            .sign(call.id(), call.timestamp(), call.body()));
            assertThat(call.headers())
                    .doesNotContainKeys("Cookie", "Accept-encoding", "Authorization");
        }
        List<Callback> log = erlust.logUntil(
                job, all -> all.stream().allMatch(each -> each.state() == DELIVERED));
        assertThat(log).extracting(Callback::type).containsExactly("job.results", "job.completed");
        assertThat(log).extracting(Callback::webhookId).containsExactly(results.id(), end.id());
        assertThat(log).extracting(Callback::attempts).containsExactly(1, 1);
        assertThat(app.waiting()).isZero();
    }

    @Test
    void a_failure_and_a_cancellation_are_told_with_their_reason() throws Exception {
        erlust.start();
        erlust.move(erlust.running("a", app.url()), JobState.FAILED);
        assertThat(nextOf("job.failed").data().path("reason").stringValue()).isEqualTo("exit 1");
        erlust.move(erlust.running("b", app.url()), JobState.CANCELLED);
        assertThat(nextOf("job.cancelled").data().path("job").stringValue()).isEqualTo("b");
    }

    @Test
    void a_job_without_a_callback_url_has_none() throws Exception {
        CallbackDispatcher dispatcher = erlust.start();
        Job silent = erlust.runningWithoutCallback("silent");
        erlust.emit(silent, "1");
        erlust.move(silent, JobState.COMPLETED);
        erlust.move(erlust.running("loud", app.url()), JobState.COMPLETED);
        nextOf("job.completed");
        assertThat(erlust.log(silent)).isEmpty();
        assertThat(dispatcher.retry(silent.id(), 1)).isEmpty();
    }

    @Test
    void a_host_that_hangs_does_not_delay_another_one() throws Exception {
        CallbackDispatcher dispatcher = erlust.start();
        try (Receiver hanging = new Receiver()) {
            hanging.otherwise(hanging.hang());
            for (int i = 0; i < 20; i++) {
                erlust.move(erlust.running("stuck-" + i, hanging.url()), JobState.COMPLETED);
            }
            hanging.next();
            for (int i = 0; i < 20; i++) {
                erlust.move(erlust.running("fine-" + i, app.url()), JobState.COMPLETED);
                assertThat(app.next().data().path("job").stringValue()).isEqualTo("fine-" + i);
            }
            assertThat(hanging.waiting()).isZero();
            assertThat(dispatcher.counters().inFlight()).isBetween(1, 2);
        }
    }

    @Test
    void what_was_committed_before_a_crash_is_told_after_it() throws Exception {
        Job ended = erlust.running("ended", app.url());
        erlust.emit(ended, numbers(1, 150));
        erlust.move(ended, JobState.COMPLETED);
        Job goesOn = erlust.running("goes-on", app.url());
        erlust.emit(goesOn, "1");
        erlust.start();
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(app.next());
        }
        assertThat(calls)
                .filteredOn(call -> call.data().path("job").stringValue().equals("ended"))
                .extracting(call -> call.type() + " " + call.data().path("seq"))
                .containsExactly("job.results 100", "job.results 150", "job.completed 150");
        erlust.emit(goesOn, "2");
        assertThat(values(app.next())).containsExactly(2);
    }

    @Test
    void a_stop_breaks_off_a_hanging_attempt_and_the_next_start_makes_it_again() throws Exception {
        CallbackDispatcher first = erlust.start();
        app.then(app.hang());
        Job job = erlust.running("a", app.url());
        erlust.move(job, JobState.COMPLETED);
        Call broken = app.next();
        first.quiet();
        first.stop(Duration.ofMillis(50));
        first.stop(Duration.ofMillis(50));
        assertThat(first.counters().inFlight()).isZero();
        erlust.start();
        Call again = app.next();
        assertThat(again.id()).isEqualTo(broken.id());
        assertThat(again.body()).isEqualTo(broken.body());
    }

    @Test
    void a_callback_holds_a_hundred_results_or_64_kib_or_one_that_is_bigger() throws Exception {
        erlust.start();
        Job many = erlust.running("many", app.url());
        erlust.emit(many, numbers(1, 250));
        assertThat(values(app.next())).hasSize(100).startsWith(1);
        assertThat(values(app.next())).hasSize(100).startsWith(101);
        assertThat(values(app.next())).hasSize(50).startsWith(201);

        Job big = erlust.running("big", app.url());
        String medium = '"' + "x".repeat(30_000) + '"';
        erlust.emit(big, medium, medium, medium, '"' + "x".repeat(200_000) + '"', "1");
        assertThat(app.next().data().path("seq").intValue()).isEqualTo(2);
        assertThat(app.next().data().path("seq").intValue()).isEqualTo(3);
        assertThat(app.next().data().path("seq").intValue()).isEqualTo(4);
        assertThat(values(app.next())).containsExactly(1);
    }

    @Test
    void results_wait_for_others_until_a_batch_is_full_or_their_time_is_over() throws Exception {
        Duration delay = Duration.ofMillis(200);
        erlust.start(CallbackFixture.config(delay, 100, 64 << 10, Duration.ofSeconds(10), 64));
        erlust.move(erlust.running("first", app.url()), JobState.COMPLETED);
        nextOf("job.completed"); // so its look at what was missed before the start is over
        Job job = erlust.running("a", app.url());
        erlust.emit(job, "1");
        erlust.emit(job, numbers(2, 100));
        assertThat(values(app.next())).hasSize(100);
        erlust.emit(job, "101");
        erlust.emit(job, "102");
        erlust.pass(delay);
        assertThat(values(app.next())).containsExactly(101, 102);
        erlust.emit(job, "103");
        erlust.move(job, JobState.COMPLETED);
        assertThat(values(app.next())).containsExactly(103);
        nextOf("job.completed");
    }

    @Test
    void only_so_many_callbacks_are_made_ahead_and_none_is_left_out() throws Exception {
        CallbackDispatcher dispatcher = erlust.start(
                CallbackFixture.config(Duration.ZERO, 1, 64 << 10, Duration.ofSeconds(10), 2));
        app.then(status(500));
        Job job = erlust.running("a", app.url());
        erlust.emit(job, numbers(1, 10));
        erlust.move(job, JobState.COMPLETED);
        app.next();
        erlust.logUntil(job, all -> all.size() == 2 && all.getFirst().attempts() == 1);
        assertThat(dispatcher.pending()).isEqualTo(2);
        erlust.pass(Duration.ofSeconds(5));
        for (int i = 1; i <= 10; i++) {
            assertThat(values(app.next())).containsExactly(i);
        }
        nextOf("job.completed");
        erlust.logUntil(job, all -> all.size() == 11);
        assertThat(dispatcher.list(job.id(), 3, 2))
                .extracting(Callback::seq)
                .containsExactly(4L, 5L);
    }

    @Test
    void another_run_is_told_after_the_one_before() throws Exception {
        CallbackDispatcher before = erlust.start();
        Job first = erlust.running("a", app.url());
        before.stop(Duration.ofSeconds(1));
        erlust.emit(first, "1");
        Job second = erlust.retried(erlust.move(first, JobState.FAILED));
        erlust.emit(second, "2");
        erlust.move(second, JobState.COMPLETED);
        erlust.start();
        List<String> told = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Call call = app.next();
            told.add(call.type() + " of run " + call.data().path("run"));
        }
        assertThat(told)
                .containsExactly(
                        "job.results of run 1",
                        "job.failed of run 1",
                        "job.results of run 2",
                        "job.completed of run 2");
    }
}
