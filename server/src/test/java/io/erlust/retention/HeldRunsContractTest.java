package io.erlust.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobState;
import io.erlust.store.TestDatabases;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs that never go, whatever their age and the size of the store, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class HeldRunsContractTest {
    private static final Duration LONG = Duration.ofDays(1000);

    private final TestDatabases kind;
    private RetentionFixture store;
    private Retention retention;

    HeldRunsContractTest(TestDatabases kind) {
        this.kind = kind;
    }

    @BeforeEach
    void open() {
        store = new RetentionFixture(kind);
        store.used = 1L << 40; // so large that all would go
        retention = store.retention();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void assertStays(Job job) throws Exception {
        store.pass(LONG);
        for (int round = 0; round < 2; round++) {
            retention.round();
            assertThat(store.find(job.id().value())).isPresent();
        }
        assertThat(retention.counts().getFirst().failures()).isZero();
    }

    /** At the latest an hour after nothing holds it any more. */
    private void assertGoes(Job job) throws Exception {
        for (int round = 0; round < Walk.ROUNDS; round++) {
            retention.round();
        }
        assertThat(store.isThere(job)).isFalse();
        assertThat(retention.counts().getFirst().failures()).isZero();
    }

    @Test
    void a_run_that_has_not_ended_stays() throws Exception {
        Job scheduled = store.submit("scheduled", "'when': 'manual'");
        Job available = store.submit("available");
        Job repeated = store.move(store.jobs.retry(store.ended("b").id()), JobState.RUNNING);
        assertStays(store.running("a"));
        assertThat(List.of(scheduled, available, repeated)).allMatch(store::isThere);
    }

    @Test
    void a_run_stays_while_a_callback_is_pending() throws Exception {
        Job job = store.ended("a");
        store.told(job, 1);
        store.execute("UPDATE callback SET state = 'pending'");
        assertStays(job);
        store.execute("UPDATE callback SET state = 'undelivered'");
        assertGoes(job);
    }

    @Test
    void an_earlier_run_and_all_after_it_stay_while_a_callback_is_pending() throws Exception {
        Job first = store.ended("a");
        store.told(first, 1);
        store.execute("UPDATE callback SET state = 'pending'");
        Job last = store.again(first);
        assertStays(last);
        assertThat(store.jobs.keeps(last, 1)).isTrue();
        store.execute("UPDATE callback SET state = 'delivered'");
        assertGoes(last);
    }

    @Test
    void a_run_stays_while_its_cursor_is_open() throws Exception {
        Job job = store.ended("a");
        store.told(job, 1);
        store.execute("UPDATE callback_cursor SET state = 'open'");
        assertStays(job);
        store.execute("UPDATE callback_cursor SET state = 'gone'");
        assertGoes(job);
    }

    @Test
    void a_run_stays_while_its_cursor_is_still_to_be_made() throws Exception {
        Job job = store.ended(
                "a", "'callback_url': 'https://app.example/x', 'security_hash': 'hush'");
        Job innocent = store.ended("b", "'env': {'callback_url': 'not told anything'}");
        assertStays(job);
        assertThat(store.isThere(innocent)).isFalse();
        store.told(job, 1);
        assertGoes(job);
    }

    @Test
    void a_job_stays_while_another_waits_for_it() throws Exception {
        Job awaited = store.ended("a");
        Job waits = store.submit("b", "'when': 'manual'");
        String row = "VALUES (" + awaited.serial() + ", " + waits.serial() + ", 1)";
        store.execute("INSERT INTO job_after (awaited_serial, job_serial, run) " + row);
        assertStays(awaited);
        store.execute("DELETE FROM job_after");
        store.execute("INSERT INTO job_ended (job_serial, run, state) VALUES (" + awaited.serial()
                + ", 1, 'completed') ON CONFLICT DO NOTHING");
        assertStays(awaited);
        store.execute("DELETE FROM job_ended");
        assertGoes(awaited);
    }

    @Test
    void jobs_that_are_linked_stay() throws Exception {
        Job low = store.ended("a");
        Job high = store.ended("b");
        store.execute("INSERT INTO job_link (low_serial, high_serial) VALUES (" + low.serial()
                + ", " + high.serial() + ")");
        assertStays(low);
        assertThat(store.isThere(high)).isTrue();
        store.execute("DELETE FROM job_link");
        assertGoes(low);
    }

    @Test
    void a_job_that_runs_again_meanwhile_stays() {
        Job job = store.ended("a");
        EndedRun found = new EndedRun(0, job.serial(), 1, false, false);
        store.jobs.retry(job.id());
        Slice.Done done = store.database.write(new Slice(List.of(found), Long.MAX_VALUE, () -> 0));
        assertThat(done.gone()).isEmpty();
        assertThat(store.find("a")).isPresent();
    }

    @Test
    void those_that_stay_do_not_keep_others_from_going() throws Exception {
        List<Job> held = new ArrayList<>();
        for (int i = 0; i < Walk.PAGE + 20; i++) {
            held.add(store.submit("held-" + i));
        }
        store.execute("UPDATE job SET state = 'completed', ended_at = 1");
        store.execute("INSERT INTO callback_cursor (job_serial, run, host, seq, state)"
                + " SELECT serial, 1, 'h', 0, 'open' FROM job");
        Job free = store.ended("free");
        store.pass(LONG);
        retention.round();
        assertThat(store.isThere(free)).isFalse();
        assertThat(held).allMatch(store::isThere);
        Job next = store.ended("next");
        store.pass(LONG);
        retention.round();
        assertThat(store.isThere(next)).isFalse();
    }
}
