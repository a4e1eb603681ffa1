package io.erlust.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.json.InvalidField;
import io.erlust.json.Json;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.store.TestDatabases;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What the jobs promise, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class JobsContractTest {
    private static final Instant START = Instant.parse("2026-11-21T10:00:00.123456Z");

    private final DatabaseConfig config;
    private final List<JobEvent> told = new ArrayList<>(); // only touched on the writer thread
    private Instant now = START;
    private Database database;
    private Jobs jobs;

    JobsContractTest(TestDatabases kind) {
        config = kind.create();
    }

    @BeforeEach
    void open() {
        database = Database.open(config);
        JobEvents events = new JobEvents();
        events.listen(told::add);
        jobs = new Jobs(database, events, () -> now);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Job submit(String id, String... members) {
        return jobs.submit(Specs.spec(id, members)).job();
    }

    private Job move(Job job, JobState to) {
        return jobs.move(job.id(), job.run(), to, Optional.empty(), List.of());
    }

    private Job get(String id) {
        return jobs.get(new JobId(id)).orElseThrow();
    }

    @Test
    void a_submitted_job_is_there_after_reopening_with_everything_it_was_given() {
        JobSpec spec = Specs.spec(
                "a",
                "'args': {'n': [1, 'é']}",
                "'env': {'MODE': 'fast'}",
                "'labels': {'team': 'crm', 'tier': 'x=y'}",
                "'produces': ['out']",
                "'num_of_nodes': 3",
                "'timeout_ms': 1500",
                "'queue': 'contacts'",
                "'restart': {'intensity': 7, 'period_ms': 9000, 'shutdown_ms': 10,"
                        + " 'strategy': 'one_for_all', 'type': 'transient',"
                        + " 'auto_shutdown': 'any', 'rerun_completed': true}",
                "'network': true, 'item_timeout_ms': 70",
                "'limits': {'memory_bytes': 99999999, 'cpus': 0.5}",
                "'callback_url': 'https://app.example/x?y=z', 'security_hash': 'hush'");
        Job submitted = jobs.submit(spec).job();
        close();
        open();
        Job found = get("a");
        assertThat(found).isEqualTo(submitted);
        assertThat(found.spec()).isEqualTo(spec);
        assertThat(found.state()).isEqualTo(JobState.AVAILABLE);
        assertThat(found.run()).isEqualTo(1);
        assertThat(found.createdAt()).isEqualTo(Instant.parse("2026-11-21T10:00:00.123Z"));
    }

    @Test
    void the_same_job_again_is_the_job_that_exists() {
        Job first = submit("a", "'args': {'x': 1, 'y': 2}", "'labels': {'p': '1', 'q': '2'}");
        Jobs.Submitted again = jobs.submit(
                Specs.spec("a", "'labels': {'q': '2', 'p': '1'}", "'args': {'y': 2, 'x': 1}"));
        assertThat(again.existed()).isTrue();
        assertThat(again.job()).isEqualTo(first);
        assertThat(told).hasSize(1);
    }

    @Test
    void other_content_under_the_same_id_is_a_conflict() {
        String callback = "'callback_url': 'https://app.example', 'security_hash': ";
        submit("a", callback + "'one'");
        for (String[] other : List.of(
                new String[] {callback + "'two'"},
                new String[] {},
                new String[] {callback + "'one'", "'args': 1"},
                new String[] {callback + "'one'", "'num_of_nodes': 2"})) {
            assertThatThrownBy(() -> submit("a", other))
                    .isInstanceOf(JobConflict.class)
                    .hasMessageContaining("other content");
        }
        assertThat(told).hasSize(1);
    }

    @Test
    void of_fifty_submits_at_once_exactly_one_makes_the_job() throws Exception {
        CyclicBarrier together = new CyclicBarrier(50);
        Callable<Jobs.Submitted> submit = () -> {
            together.await();
            return jobs.submit(Specs.spec("a", "'args': [1, 2]"));
        };
        List<Future<Jobs.Submitted>> answers = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                answers.add(threads.submit(submit));
            }
        }
        int fresh = 0;
        for (Future<Jobs.Submitted> answer : answers) {
            assertThat(answer.get().job()).isEqualTo(get("a"));
            fresh += answer.get().existed() ? 0 : 1;
        }
        assertThat(fresh).isEqualTo(1);
        assertThat(told).hasSize(1);
    }

    @Test
    void a_job_after_one_that_does_not_exist_is_refused_with_its_pointer() {
        submit("a");
        assertThatThrownBy(() ->
                        jobs.submit(Specs.spec("b", "'when': {'after': ['a', 'typo']}"), "/job"))
                .isInstanceOfSatisfying(
                        InvalidField.class,
                        refusal -> assertThat(refusal.pointer()).isEqualTo("/job/when/after/1"));
        assertThat(jobs.get(new JobId("b"))).isEmpty();
    }

    @Test
    void jobs_that_wait_are_scheduled_and_a_manual_one_is_started_by_hand() {
        submit("a");
        assertThat(submit("b", "'when': {'after': ['a']}").state()).isEqualTo(JobState.SCHEDULED);
        assertThat(submit("c", "'when': 'manual'").state()).isEqualTo(JobState.SCHEDULED);
        assertThat(jobs.start(new JobId("c")).state()).isEqualTo(JobState.AVAILABLE);
        assertThat(jobs.start(new JobId("c")).state()).isEqualTo(JobState.AVAILABLE);
        assertThat(told).hasSize(4);
        assertThat(jobs.start(new JobId("b")).state()).isEqualTo(JobState.AVAILABLE);
        jobs.cancel(new JobId("b"));
        assertThatThrownBy(() -> jobs.start(new JobId("b")))
                .isInstanceOf(JobStateConflict.class)
                .hasMessageContaining("not ended");
        assertThatThrownBy(() -> jobs.start(new JobId("nobody"))).isInstanceOf(JobNotFound.class);
    }

    @Test
    void a_run_has_its_times_and_its_nodes() {
        Job job = submit("a");
        now = START.plusSeconds(1);
        Job running = jobs.move(
                job.id(), 1, JobState.RUNNING, Optional.empty(), List.of(NodeStatus.starting(0)));
        assertThat(running.startedAt()).contains(Instant.parse("2026-11-21T10:00:01.123Z"));
        now = START.plusSeconds(2);
        NodeStatus.Progress progress =
                new NodeStatus.Progress(3, OptionalLong.of(4), Optional.of("note"));
        NodeStatus node = NodeStatus.starting(0)
                .started(77)
                .running()
                .at(progress)
                .withItems(5)
                .ended("exit 1", "last\nwords\n");
        Job failed = jobs.move(job.id(), 1, JobState.FAILED, Optional.of("why\0"), List.of(node));
        assertThat(failed.endedAt()).contains(Instant.parse("2026-11-21T10:00:02.123Z"));
        assertThat(failed.reason()).contains("why\uFFFD");
        assertThat(get("a")).isEqualTo(failed);
        assertThat(get("a").nodes()).containsExactly(node);
    }

    @Test
    void only_the_moves_of_the_state_machine_are_possible() {
        Map<JobState, List<JobState>> way = new EnumMap<>(JobState.class);
        way.put(JobState.SCHEDULED, List.of());
        way.put(JobState.AVAILABLE, List.of(JobState.AVAILABLE));
        way.put(JobState.RUNNING, List.of(JobState.AVAILABLE, JobState.RUNNING));
        for (JobState end : List.of(JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)) {
            way.put(end, List.of(JobState.AVAILABLE, JobState.RUNNING, end));
        }
        for (JobState from : JobState.values()) {
            for (JobState to : JobState.values()) {
                Job job = submit(from + "-" + to, "'when': 'manual'");
                for (JobState step : way.getOrDefault(from, List.of())) {
                    job = move(job, step);
                }
                Job before = job;
                if (from.next().contains(to)) {
                    assertThat(move(before, to).state()).isEqualTo(to);
                } else {
                    assertThatThrownBy(() -> move(before, to))
                            .isInstanceOf(JobStateConflict.class)
                            .hasMessageContaining(to.wire())
                            .hasMessageContaining("got one that is " + from.wire());
                    assertThat(jobs.get(before.id())).contains(before);
                }
            }
        }
    }

    @Test
    void a_move_of_an_earlier_run_is_refused() {
        Job job = move(move(submit("a"), JobState.RUNNING), JobState.FAILED);
        jobs.retry(job.id());
        assertThatThrownBy(() -> move(job, JobState.RUNNING))
                .isInstanceOf(JobStateConflict.class)
                .hasMessageContaining("run 1")
                .hasMessageContaining("(run 2)");
    }

    @Test
    void a_job_that_does_not_run_is_cancelled_at_once_and_again_means_nothing() {
        submit("a", "'when': 'manual'");
        Job cancelled = jobs.cancel(new JobId("a"));
        assertThat(cancelled.state()).isEqualTo(JobState.CANCELLED);
        assertThat(cancelled.endedAt()).isPresent();
        assertThat(jobs.cancel(new JobId("a"))).isEqualTo(cancelled);
        assertThat(told).hasSize(2);
    }

    @Test
    void a_running_job_is_marked_and_its_runner_told_once() {
        Job job = move(submit("a"), JobState.RUNNING);
        assertThat(jobs.cancel(job.id()).cancelling()).isTrue();
        assertThat(jobs.cancel(job.id()).state()).isEqualTo(JobState.RUNNING);
        assertThat(told)
                .hasSize(3)
                .endsWith(new JobEvent.CancelRequested(job.id(), "cancelled on request"));
        close();
        open();
        assertThat(get("a").cancelling()).isTrue();
    }

    @Test
    void a_job_being_cancelled_does_not_become_available_again_when_its_server_dies() {
        Job job = move(submit("a"), JobState.RUNNING);
        jobs.cancel(job.id());
        assertThat(move(job, JobState.AVAILABLE).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void an_ended_job_is_not_cancelled() {
        Job job = move(move(submit("a"), JobState.RUNNING), JobState.COMPLETED);
        assertThatThrownBy(() -> jobs.cancel(job.id()))
                .isInstanceOfSatisfying(
                        JobStateConflict.class,
                        conflict -> assertThat(conflict.state()).isEqualTo(JobState.COMPLETED));
    }

    @Test
    void a_retry_is_a_new_run_and_the_old_one_is_kept() {
        Job job = move(submit("a"), JobState.RUNNING);
        assertThatThrownBy(() -> jobs.retry(job.id())).isInstanceOf(JobStateConflict.class);
        jobs.move(
                job.id(), 1, JobState.FAILED, Optional.of("bad"), List.of(NodeStatus.starting(0)));
        Job again = jobs.retry(job.id());
        assertThat(again.state()).isEqualTo(JobState.AVAILABLE);
        assertThat(again.run()).isEqualTo(2);
        assertThat(again.attempt()).isEqualTo(1);
        assertThat(again.reason()).isEmpty();
        assertThat(again.spec()).isEqualTo(job.spec());
        assertThat(again.createdAt()).isEqualTo(job.createdAt());
        assertThat(again.startedAt()).isEmpty();
        assertThat(again.endedAt()).isEmpty();
        assertThat(again.nodes()).isEmpty();
        assertThat(get("a")).isEqualTo(again);
        List<Map<String, Object>> kept = database.read(
                handle -> handle.select("SELECT * FROM job_run").mapToMap().list());
        assertThat(kept).hasSize(1);
        assertThat(kept.getFirst()).containsEntry("reason", "bad").containsEntry("state", "failed");
    }

    @Test
    void a_retried_job_that_runs_after_others_waits_for_them_again() {
        submit("a");
        submit("b", "'when': {'after': ['a']}");
        jobs.cancel(new JobId("b"));
        assertThat(jobs.retry(new JobId("b")).state()).isEqualTo(JobState.SCHEDULED);
    }

    @Test
    void lists_and_events_leave_out_what_a_job_runs_and_a_single_job_has_it() {
        Job job = submit("a", "'args': [1]");
        Job listed = job.withoutProgram();
        assertThat(listed.spec().source()).isEmpty();
        assertThat(listed.spec().args()).isEqualTo("null");
        assertThat(told).containsExactly(new JobEvent.StateChanged(listed, false));
        assertThat(jobs.line(10)).containsExactly(listed);
        assertThat(get("a")).isEqualTo(job);
        assertThat(move(job, JobState.RUNNING).spec()).isEqualTo(job.spec());
    }

    @Test
    void lists_are_newest_first_by_state_and_label_in_pages() {
        for (int i = 0; i < 10; i++) {
            submit("j" + i, "'labels': {'even': '" + (i % 2 == 0) + "'}");
        }
        jobs.cancel(new JobId("j8"));
        Optional<JobState> any = Optional.empty();
        assertThat(ids(any, List.of(), 3, OptionalLong.empty())).containsExactly("j9", "j8", "j7");
        assertThat(ids(any, List.of(), 3, OptionalLong.of(get("j7").serial())))
                .containsExactly("j6", "j5", "j4");
        assertThat(ids(any, List.of("even=true"), 3, OptionalLong.empty()))
                .containsExactly("j8", "j6", "j4");
        assertThat(ids(
                        Optional.of(JobState.AVAILABLE),
                        List.of("even=true"),
                        1000,
                        OptionalLong.of(get("j6").serial())))
                .containsExactly("j4", "j2", "j0");
        assertThat(ids(any, List.of("even=maybe"), 3, OptionalLong.empty())).isEmpty();
        assertThat(ids(any, List.of("even"), 3, OptionalLong.empty()))
                .containsExactly("j9", "j8", "j7");
        assertThat(ids(any, List.of("even", "even=false"), 2, OptionalLong.empty()))
                .containsExactly("j9", "j7");
    }

    private List<String> ids(
            Optional<JobState> state, List<String> labels, int limit, OptionalLong before) {
        return jobs.list(new JobQuery(state, labels, limit, before)).stream()
                .map(job -> job.id().value())
                .toList();
    }

    @Test
    void a_job_is_shown_without_its_secret_and_with_every_field() {
        Job job = submit(
                "a",
                "'callback_url': 'https://app.example/x', 'security_hash': 'hush'",
                "'produces': ['out']",
                "'labels': {'team': 'crm'}");
        String shown = Json.text(new JobJson("here", "none")
                .write(
                        job,
                        List.of(NodeStatus.starting(0).started(7)),
                        Optional.of(new WaitingFor.Nodes(
                                4, 1, OptionalInt.of(2), Optional.of(new JobId("b")))),
                        12));
        assertThat(shown).isEqualTo("""
                        {"id":"a","run":1,"state":"available","reason":null,"when":"now",\
                        "language":"python","num_of_nodes":1,"nodes":[{"rank":0,"state":"starting",\
                        "pid":7,"exit":null,"stderr":null,"restarts":0,"items":0,"progress":null,\
                        "server":"here"}],\
                        "waiting_for":{"kind":"nodes","needed":4,"free":1,\
                        "place":2,"behind":"b"},"isolation":"none",\
                        "created_at":"2026-11-21T10:00:00.123Z","started_at":null,"ended_at":null,\
                        "due_at":null,"expires_at":null,"paused":false,"attempt":1,\
                        "job_attempts":1,"priority":0,"queue":"a","labels":{"team":"crm"},\
                        "produces":["out"],"results":12,\
                        "callback_url":"https://app.example/x"}""");
    }
}
