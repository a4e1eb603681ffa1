package io.erlust.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.JobEvents;
import io.erlust.jobs.JobId;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Specs;
import io.erlust.store.Database;
import io.erlust.store.TestDatabases;
import io.erlust.time.WallClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

class ProducingJobsTest {
    private final Database database = Database.open(TestDatabases.SQLITE.create());
    private final JobEvents events = new JobEvents();
    private final Jobs jobs = new Jobs(database, events, WallClock.system());
    /** A queue's name of one letter, a space, the producer's name. */
    private final Set<String> live = new ConcurrentSkipListSet<>();

    private final Producers producers = new Producers() {
        @Override
        public void add(String queue, String producer) {
            live.add(queue + " " + producer);
        }

        @Override
        public void remove(String queue, String producer) {
            live.remove(queue + " " + producer);
        }

        @Override
        public List<String> names() {
            return live.stream().map(each -> each.substring(2)).toList();
        }

        @Override
        public void removeAll(String prefix) {
            live.removeIf(each -> each.startsWith(prefix, 2));
        }
    };

    @AfterEach
    void close() {
        database.close();
    }

    private void start() {
        new ProducingJobs(jobs, events, producers).start();
    }

    @Test
    void a_job_is_a_producer_from_its_submission_to_its_end_and_again_when_retried() {
        start();
        jobs.submit(Specs.spec("a", "'produces': ['x', 'y']", "'when': 'manual'"));
        assertThat(live).containsExactly("x job/a/", "y job/a/");
        jobs.start(new JobId("a"));
        assertThat(live).hasSize(2);
        jobs.cancel(new JobId("a"));
        assertThat(live).isEmpty();
        jobs.retry(new JobId("a"));
        assertThat(live).hasSize(2);
    }

    @Test
    void at_start_the_jobs_that_have_not_ended_are_producers_and_no_others_are() {
        for (String id : List.of("a", "b", "c")) {
            jobs.submit(Specs.spec(id, "'produces': ['x']"));
        }
        jobs.cancel(new JobId("b"));
        live.addAll(List.of("x job/b/", "x node/7/1/0", "z job/gone/"));
        start();
        assertThat(new TreeSet<>(live)).containsExactly("x job/a/", "x job/c/", "x node/7/1/0");
    }
}
