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

/** Which runs go, and that they go as a whole, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class RunPrunerContractTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final TestDatabases kind;
    private RetentionFixture store;

    RunPrunerContractTest(TestDatabases kind) {
        this.kind = kind;
    }

    @BeforeEach
    void open() {
        store = new RetentionFixture(kind);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void a_run_goes_with_all_it_has_when_it_ended_longer_ago_than_is_kept() throws Exception {
        Retention retention = store.retention();
        Job old = store.ended("old", "'labels': {'team': 'crm'}");
        store.emit(old, 5, 10);
        store.told(old, 1);
        store.logs.print(old.serial(), 1, 100);
        store.pass(MINUTE);
        Job young = store.ended("young");
        store.pass(RetentionFixture.MONTH);
        retention.round();
        assertThat(store.find("old")).isEmpty();
        assertThat(store.isThere(old)).isFalse();
        assertThat(store.parts(old)).isZero();
        assertThat(store.logs.sizes).isEmpty();
        assertThat(store.find("young")).contains(young);
        assertThat(retention.counts())
                .containsExactly(
                        new Retention.Counts("run-pruner", 1, 0, 1),
                        new Retention.Counts("log-pruner", 1, 0, 0));
        assertThat(store.submit("old").serial()).isGreaterThan(young.serial());
    }

    @Test
    void old_runs_of_a_job_that_goes_on_go() throws Exception {
        Job first = store.ended("a");
        store.emit(first, 3, 10);
        store.told(first, 1);
        store.pass(DAY);
        Job second = store.again(first);
        store.emit(second, 3, 10);
        store.told(second, 2);
        Job third = store.move(store.jobs.retry(first.id()), JobState.RUNNING);
        store.emit(third, 3, 10);
        Retention retention = store.retention();
        store.pass(RetentionFixture.MONTH);
        retention.round();
        assertThat(store.jobs.keeps(third, 1)).isFalse();
        assertThat(store.parts(first)).isZero();
        assertThat(store.jobs.keeps(third, 2)).isTrue();
        assertThat(store.parts(second)).isEqualTo(5);
        store.pass(DAY.multipliedBy(300));
        retention.round();
        assertThat(store.jobs.keeps(third, 2)).isFalse();
        assertThat(store.count("result", second)).isZero();
        assertThat(store.jobs.keeps(third, 3)).isTrue();
        assertThat(store.count("result", third)).isEqualTo(3);
        assertThat(store.count("callback", second))
                .as("the newest callback stays, so that the next one is number 3")
                .isEqualTo(1);
        store.told(third, 3);
        store.move(third, JobState.COMPLETED);
        store.pass(DAY.multipliedBy(31));
        retention.round();
        assertThat(store.isThere(first)).isFalse();
    }

    @Test
    void of_a_job_with_more_runs_than_are_kept_the_oldest_go() throws Exception {
        RetentionConfig two = new RetentionConfig(RetentionFixture.MONTH, 2, 1L << 30, 1L << 30);
        Retention retention = store.retention(two);
        Job job = store.ended("a");
        for (int i = 0; i < 4; i++) {
            store.emit(job, 1, 10);
            job = store.again(job);
        }
        Job other = store.again(store.again(store.ended("b")));
        for (int round = 0; round < 2; round++) {
            retention.round();
            assertThat(kept(job)).containsExactly(3, 4, 5);
            assertThat(kept(other)).containsExactly(1, 2, 3);
        }
        job = store.again(job);
        retention.round();
        assertThat(kept(job)).containsExactly(4, 5, 6);
    }

    private List<Integer> kept(Job job) {
        List<Integer> runs = new ArrayList<>();
        for (int run = 1; run <= job.run(); run++) {
            if (store.jobs.keeps(job, run)) {
                runs.add(run);
            }
        }
        return runs;
    }

    @Test
    void the_oldest_runs_go_while_the_store_is_too_large() throws Exception {
        Retention retention = store.retention();
        List<Job> jobs = new ArrayList<>();
        for (String id : List.of("a", "b", "c", "d")) {
            Job job = store.running(id);
            store.emit(job, 10, 100_000);
            store.pass(MINUTE);
            jobs.add(store.move(job, JobState.COMPLETED));
        }
        store.pass(RunPruner.YOUNG.plus(MINUTE));
        store.used = RetentionFixture.CONFIG.storeBytesMax() + 1_500_000;
        retention.round();
        assertThat(jobs.stream().filter(store::isThere)).containsExactly(jobs.get(2), jobs.get(3));
        store.used = RetentionFixture.CONFIG.storeBytesMax();
        retention.round();
        assertThat(jobs.stream().filter(store::isThere)).hasSize(2);
        store.used = 1L << 40;
        Job young = store.ended("young");
        retention.round();
        assertThat(jobs.stream().filter(store::isThere)).isEmpty();
        assertThat(store.isThere(young)).isTrue();
        store.pass(RunPruner.YOUNG.plus(MINUTE));
        retention.round();
        assertThat(store.isThere(young)).isFalse();
    }

    @Test
    void a_clock_that_jumps_makes_nothing_old() throws Exception {
        Retention retention = store.retention();
        Job before = store.ended("before");
        store.jump(DAY.negated());
        Job meanwhile = store.ended("meanwhile");
        store.pass(RetentionFixture.MONTH.minus(MINUTE));
        retention.round();
        store.jump(DAY.multipliedBy(2));
        Job after = store.ended("after");
        retention.round();
        assertThat(List.of(before, meanwhile, after)).allMatch(store::isThere);
        store.pass(MINUTE.multipliedBy(2));
        retention.round();
        assertThat(store.isThere(meanwhile)).isFalse();
        store.pass(DAY);
        retention.round();
        assertThat(store.isThere(before)).isFalse();
        assertThat(store.isThere(after)).isTrue();
    }

    @Test
    void a_large_run_goes_in_slices_and_nobody_sees_half_of_it() throws Exception {
        Job old = store.ended("a", "'labels': {'team': 'crm'}");
        store.emit(old, 10_000, 10);
        Job behind = store.ended("b");
        List<EndedRun> both = List.of(candidate(old), candidate(behind));
        Slice.Done done = store.database.write(new Slice(both, Long.MAX_VALUE, () -> 0));
        assertThat(done.isMore()).isTrue();
        assertThat(done.looked()).isEqualTo(1);
        assertThat(store.count("result", old)).isBetween(9_000L, 9_100L);
        assertThat(store.find("a")).isEmpty();
        assertThat(store.listed()).containsExactly("b");
        Job again = store.ended("a");
        store.emit(again, 3, 10);

        Retention afterACrash = store.retention();
        afterACrash.round();
        assertThat(store.isThere(old)).isFalse();
        assertThat(store.parts(old)).isZero();
        assertThat(store.find("a")).contains(again);
        assertThat(store.count("result", again)).isEqualTo(3);
        assertThat(store.isThere(behind)).isTrue();
        assertThat(afterACrash.prunedRuns()).isEqualTo(1);
    }

    @Test
    void a_slice_that_is_short_of_time_still_goes_on() {
        Job job = store.ended("a");
        store.emit(job, 2500, 10);
        long[] now = {0};
        List<EndedRun> runs = List.of(candidate(job));
        for (int i = 0; i < 4; i++) {
            List<EndedRun> rest = i == 0 ? runs : List.of();
            store.database.write(new Slice(
                    rest, Long.MAX_VALUE, () -> now[0] += Duration.ofHours(1).toNanos()));
        }
        assertThat(store.isThere(job)).isFalse();
    }

    private static EndedRun candidate(Job job) {
        return new EndedRun(0, job.serial(), job.run(), false, false);
    }

    @Test
    void logs_that_can_not_be_removed_stop_nothing() throws Exception {
        Retention retention = store.retention();
        Job first = store.ended("a");
        store.logs.print(first.serial(), 1, 100);
        store.pass(RetentionFixture.MONTH.plus(MINUTE));
        store.logs.isBroken = true;
        retention.round();
        Job second = store.ended("b");
        store.pass(RetentionFixture.MONTH.plus(MINUTE));
        retention.round();
        assertThat(store.isThere(first)).isFalse();
        assertThat(store.isThere(second)).isFalse();
        store.logs.isBroken = false;
        retention.round();
        assertThat(store.logs.sizes).isEmpty();
        assertThat(retention.counts().getFirst())
                .isEqualTo(new Retention.Counts("run-pruner", 1, 2, 2));
    }
}
