package io.erlust.callbacks;

import static io.erlust.callbacks.Callback.State.DELIVERED;
import static io.erlust.callbacks.Callback.State.PENDING;
import static io.erlust.callbacks.Callback.State.UNDELIVERED;
import static io.erlust.callbacks.Receiver.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.erlust.callbacks.Receiver.Call;
import io.erlust.jobs.Job;
import io.erlust.jobs.JobState;
import io.erlust.store.TestDatabases;
import io.erlust.time.Patience;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What becomes of callbacks that fail, on each database, with a real receiver. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class CallbackRetriesContractTest {
    private final TestDatabases kind;
    private CallbackFixture erlust;
    private Receiver app;

    CallbackRetriesContractTest(TestDatabases kind) {
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

    private Call nextOf(String type) throws InterruptedException {
        Call call = app.next();
        assertThat(call.type()).isEqualTo(type);
        return call;
    }

    @Test
    void a_failed_attempt_is_repeated_with_the_same_id_and_the_same_bytes() throws Exception {
        erlust.start();
        app.then(status(500), status(404));
        Job job = erlust.running("a", app.url());
        erlust.move(job, JobState.COMPLETED);
        Call first = app.next();
        Callback failed = erlust.until(job, 1, each -> each.attempts() == 1);
        assertThat(failed.state()).isEqualTo(PENDING);
        assertThat(failed.lastStatus()).hasValue(500);
        assertThat(failed.nextAt()).contains(TestTime.START.plusSeconds(5));
        erlust.pass(Duration.ofSeconds(5));
        Call second = app.next();
        erlust.until(job, 1, each -> each.attempts() == 2);
        erlust.pass(Duration.ofSeconds(30));
        Call third = app.next();

        for (Call again : List.of(second, third)) {
            assertThat(again.id()).isEqualTo(first.id());
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(again.header("webhook-signature"))
                    .isNotEqualTo(first.header("webhook-signature"))
                    .isEqualTo(WebhookSignature.of(CallbackFixture.SECRET)
                            .sign(first.id(), again.timestamp(), first.body()));
        }
        assertThat(third.timestamp() - first.timestamp()).isEqualTo(35);
        Callback delivered = erlust.until(job, 1, each -> each.state() == DELIVERED);
        assertThat(delivered.attempts()).isEqualTo(3);
        assertThat(delivered.lastError()).isEmpty();
        assertThat(delivered.nextAt()).isEmpty();
    }

    @Test
    void a_retry_is_not_late_because_the_wall_clock_was_put_back() throws Exception {
        erlust.start();
        app.then(status(500));
        Job job = erlust.running("a", app.url());
        erlust.move(job, JobState.COMPLETED);
        long first = app.next().timestamp();
        erlust.until(job, 1, each -> each.attempts() == 1);
        erlust.time.jump(Duration.ofHours(-1));
        erlust.pass(Duration.ofSeconds(5));
        assertThat(app.next().timestamp() - first).isEqualTo(5 - 3600); // what it says of itself
    }

    @Test
    void while_one_callback_fails_the_later_ones_of_its_job_wait() throws Exception {
        erlust.start();
        app.then(status(500));
        Job job = erlust.running("a", app.url());
        erlust.emit(job, "1");
        app.next();
        erlust.until(job, 1, each -> each.attempts() == 1);
        erlust.move(job, JobState.COMPLETED);
        Callback end = erlust.until(job, 2, each -> true);
        assertThat(end.state()).isEqualTo(PENDING);
        assertThat(end.nextAt()).isEmpty();
        erlust.pass(Duration.ofSeconds(5));
        nextOf("job.results");
        nextOf("job.completed");
    }

    @Test
    void a_redirect_is_a_failure_and_is_not_followed() throws Exception {
        erlust.start();
        app.then(status(302, "Location", "http://127.0.0.1:" + app.port() + "/elsewhere"));
        Job job = erlust.running("a", app.url());
        erlust.move(job, JobState.COMPLETED);
        app.next();
        Callback failed = erlust.until(job, 1, each -> each.attempts() == 1);
        assertThat(failed.lastError()).hasValueSatisfying(e -> assertThat(e).contains("redirects"));
        erlust.pass(Duration.ofSeconds(5));
        assertThat(app.next().path()).isEqualTo("/hook?app=1");
    }

    @Test
    void gone_ends_the_callbacks_of_the_job_until_somebody_sends_by_hand() throws Exception {
        CallbackDispatcher dispatcher = erlust.start(
                CallbackFixture.config(Duration.ZERO, 1, 64 << 10, Duration.ofSeconds(10), 2));
        app.then(status(410));
        Job job = erlust.running("a", app.url());
        erlust.emit(job, "1", "2", "3");
        Call gone = app.next();
        List<Callback> log = erlust.logUntil(
                job, all -> !all.isEmpty() && all.stream().allMatch(e -> e.state() == UNDELIVERED));
        assertThat(log.getFirst().lastStatus()).hasValue(410);
        erlust.move(job, JobState.COMPLETED);

        Job other = erlust.running("b", app.url());
        erlust.move(other, JobState.COMPLETED);
        assertThat(app.next().data().path("job").stringValue()).isEqualTo("b");
        assertThat(app.waiting()).isZero();

        assertThat(dispatcher.retry(job.id(), 1)).isPresent();
        Call again = app.next();
        assertThat(again.id()).isEqualTo(gone.id());
        List<String> types = new ArrayList<>();
        do {
            types.add(app.next().type());
        } while (!types.getLast().equals("job.completed"));
        assertThat(types).containsOnly("job.results", "job.completed");
    }

    @Test
    void a_host_that_asks_to_wait_is_left_alone_that_long_by_all_jobs() throws Exception {
        erlust.start();
        app.then(status(429, "Retry-After", "120"));
        Job job = erlust.running("a", app.url());
        erlust.move(job, JobState.COMPLETED);
        app.next();
        Callback waiting = erlust.until(job, 1, each -> each.attempts() == 1);
        assertThat(waiting.nextAt()).contains(TestTime.START.plusSeconds(120));
        Job other = erlust.running("b", app.url());
        erlust.move(other, JobState.COMPLETED);
        erlust.until(other, 1, each -> true);
        erlust.pass(Duration.ofSeconds(119));
        erlust.pass(Duration.ofSeconds(1));
        List<Long> at = List.of(app.next().timestamp(), app.next().timestamp());
        assertThat(at).containsOnly(TestTime.START.getEpochSecond() + 120);
    }

    @Test
    void an_answer_that_never_ends_in_time_is_a_failure_at_the_deadline() throws Exception {
        erlust.start(
                CallbackFixture.config(Duration.ZERO, 100, 64 << 10, Duration.ofMillis(300), 64));
        app.then(app.trickle(), app.hang());
        Job job = erlust.running("a", app.url());
        erlust.move(job, JobState.COMPLETED);
        Callback failed = erlust.until(job, 1, each -> each.attempts() == 1);
        assertThat(failed.lastError()).contains("no complete answer within 300 ms");
        erlust.pass(Duration.ofSeconds(5));
        erlust.until(job, 1, each -> each.attempts() == 2);
        erlust.pass(Duration.ofSeconds(30));
        erlust.until(job, 1, each -> each.state() == DELIVERED);
    }

    @Test
    void an_endless_answer_is_cut_and_its_status_counts() throws Exception {
        erlust.start();
        CountDownLatch closed = new CountDownLatch(1);
        app.then(Receiver.endless(closed));
        Job job = erlust.running("a", app.url());
        erlust.move(job, JobState.COMPLETED);
        erlust.until(job, 1, each -> each.state() == DELIVERED);
        assertThat(closed.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_callback_is_given_up_after_three_days_and_can_be_sent_by_hand() throws Exception {
        CallbackDispatcher dispatcher = erlust.start();
        app.otherwise(status(500));
        Job job = erlust.running("a", app.url());
        erlust.emit(job, "1");
        Call first = app.next();
        for (int attempts = 1; ; attempts++) {
            int made = attempts;
            Callback each = erlust.until(job, 1, callback -> callback.attempts() == made);
            if (each.state() == UNDELIVERED) {
                break;
            }
            erlust.pass(Duration.between(erlust.time.now(), each.nextAt().orElseThrow()));
            app.next();
        }
        assertThat(erlust.time.now()).isEqualTo(TestTime.START.plus(Duration.ofDays(3)));
        await().until(dispatcher::counters, new CallbackCounters(0, 12, 1, 0)::equals);
        await().until(() -> dispatcher.pending() == 0);

        app.otherwise(status(204));
        erlust.move(job, JobState.COMPLETED);
        nextOf("job.completed");
        assertThat(dispatcher.retry(job.id(), 1)).isPresent();
        assertThat(app.next().id()).isEqualTo(first.id());
        Callback delivered = erlust.until(job, 1, each -> each.state() == DELIVERED);
        assertThat(delivered.attempts()).isEqualTo(13);
        assertThat(dispatcher.retry(job.id(), 3)).isEmpty();
    }

    @Test
    void a_private_target_is_not_called_though_it_was_accepted() throws Exception {
        erlust.start(CallbackFixture.config(), "10.0.0.1");
        Job job = erlust.running("a", app.url());
        erlust.move(job, JobState.COMPLETED);
        Callback refused = erlust.until(job, 1, each -> each.attempts() == 1);
        assertThat(refused.lastStatus()).isEmpty();
        assertThat(refused.lastError())
                .hasValueSatisfying(e -> assertThat(e).contains("--allow-callback 127.0.0.1:"));
        assertThat(app.waiting()).isZero();
    }
}
