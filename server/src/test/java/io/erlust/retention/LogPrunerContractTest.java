package io.erlust.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Job;
import io.erlust.store.TestDatabases;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.Map;

/** Which logs go, on each database. */
@ParameterizedClass
@EnumSource(TestDatabases.class)
class LogPrunerContractTest {
    private static final long MAX = RetentionFixture.CONFIG.logsBytesMax();

    private final TestDatabases kind;
    private RetentionFixture store;
    private Retention retention;

    LogPrunerContractTest(TestDatabases kind) {
        this.kind = kind;
    }

    @BeforeEach
    void open() {
        store = new RetentionFixture(kind);
        retention = store.retention();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void the_logs_of_the_oldest_runs_go_while_all_are_too_large() throws Exception {
        Job runs = store.running("runs");
        Job oldest = store.ended("oldest");
        store.pass(Duration.ofMinutes(1));
        Job newer = store.ended("newer");
        store.pass(Duration.ofHours(1));
        Job young = store.ended("young");
        for (Job job : new Job[] {runs, oldest, newer, young}) {
            store.logs.print(job.serial(), 1, MAX / 4);
        }
        retention.round();
        assertThat(store.logs.sizes).hasSize(4);
        store.logs.print(runs.serial(), 1, MAX / 8);
        retention.round();
        assertThat(store.logs.runs(oldest.serial())).isEmpty();
        assertThat(store.logs.runs(newer.serial())).isNotEmpty();
        store.logs.print(runs.serial(), 1, 4 * MAX);
        retention.round();
        assertThat(store.logs.runs(newer.serial())).isEmpty();
        assertThat(store.logs.runs(runs.serial())).isNotEmpty();
        assertThat(store.logs.runs(young.serial())).isNotEmpty();
        assertThat(store.find("oldest")).as("only its log is gone").contains(oldest);
        assertThat(retention.prunedLogs()).isEqualTo(2);
        assertThat(retention.counts().getLast().failures()).isZero();
    }

    @Test
    void logs_of_runs_that_are_gone_are_found() throws Exception {
        Job job = store.again(store.again(store.ended("a")));
        store.execute("DELETE FROM job_run WHERE run = 1");
        for (int run = 1; run <= 3; run++) {
            store.logs.print(job.serial(), run, 10);
        }
        store.logs.print(77, 1, 10);
        store.logs.print(78, 4, 10);
        retention.round();
        assertThat(store.logs.sizes).containsOnlyKeys(job.serial());
        assertThat(store.logs.runs(job.serial())).isEqualTo(Map.of(2, 10L, 3, 10L));
    }

    @Test
    void logs_are_measured_every_hour_and_when_much_was_printed() throws Exception {
        Job job = store.running("a");
        for (int round = 0; round < Walk.ROUNDS; round++) {
            store.logs.print(job.serial(), 1, 1);
            retention.round();
        }
        assertThat(store.logs.measured).isEqualTo(1);
        retention.round();
        assertThat(store.logs.measured).isEqualTo(2);
        store.logs.print(job.serial(), 1, MAX / 9);
        retention.round();
        assertThat(store.logs.measured).isEqualTo(3);
    }
}
