package io.erlust.jobs;

import io.erlust.jobs.JobChanges.Change;
import io.erlust.jobs.Jobs.Admission;
import io.erlust.jobs.Jobs.Submission;
import io.erlust.jobs.Jobs.Submitted;
import io.erlust.jobs.Jobs.SubmittedTogether;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.jobs.spec.JobSpecJson;
import io.erlust.jobs.spec.Moment;
import io.erlust.jobs.spec.When;
import io.erlust.json.InvalidField;
import io.erlust.store.Database;
import io.erlust.store.StoreException;
import io.erlust.store.Work;

import org.jdbi.v3.core.Handle;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Stores the jobs that are submitted: those that come together in one transaction. */
final class Submissions {
    private final Database database;
    private final JobClock clock;
    private final Admission admission;
    private final JobChanges changes;

    Submissions(Database database, JobClock clock, Admission admission, JobChanges changes) {
        this.database = database;
        this.clock = clock;
        this.admission = admission;
        this.changes = changes;
    }

    /** What is stored of a job, worked out before it takes the writer's time. */
    private record Content(JobSpec spec, String pointer, String text, String fingerprint) {
        static Content of(Submission submission) {
            return new Content(
                    submission.spec(),
                    submission.pointer(),
                    JobSpecJson.text(submission.spec()),
                    JobSpecJson.fingerprint(submission.spec()));
        }
    }

    /** The jobs up to the first that was refused. */
    private record Stored(List<Change> jobs, Optional<RuntimeException> refusal) {
        SubmittedTogether told() {
            return new SubmittedTogether(
                    jobs.stream()
                            .map(job -> new Submitted(job.job(), job.events().isEmpty()))
                            .toList(),
                    refusal);
        }
    }

    CompletableFuture<SubmittedTogether> submit(List<Submission> submissions) {
        List<Content> contents = new ArrayList<>();
        Optional<RuntimeException> refusal = admit(submissions, contents);
        return database.submit(new Work<Stored>() {
                    @Override
                    public Stored run(Handle tx) throws SQLException {
                        return store(tx, contents, refusal);
                    }

                    @Override
                    public void committed(Stored stored) {
                        stored.jobs().forEach(changes::publish);
                    }
                })
                .thenApply(Stored::told);
    }

    /** Adds what is to be stored; answers why the one behind it can't be. */
    private Optional<RuntimeException> admit(List<Submission> submissions, List<Content> contents) {
        try {
            for (Submission submission : submissions) {
                admission.admit(submission.spec());
                contents.add(Content.of(submission));
            }
            return Optional.empty();
        } catch (RuntimeException refusal) {
            return Optional.of(refusal);
        }
    }

    private Stored store(Handle tx, List<Content> contents, Optional<RuntimeException> behind)
            throws SQLException {
        List<Change> stored = new ArrayList<>();
        try (JobInserts inserts = new JobInserts(tx)) {
            for (Content content : contents) {
                Optional<String> known = inserts.known(content.spec().id());
                try {
                    check(tx, content, known);
                } catch (JobConflict | InvalidField | StoreException refusal) {
                    return new Stored(stored, Optional.of(refusal)); // it has written nothing yet
                }
                stored.add(
                        known.isPresent()
                                ? Change.none(
                                        JobRows.find(tx, content.spec().id()).orElseThrow())
                                : insert(tx, inserts, content));
            }
        }
        return new Stored(stored, behind);
    }

    private void check(Handle tx, Content content, Optional<String> known) {
        JobSpec spec = content.spec();
        if (known.isPresent()) {
            if (!known.get().equals(content.fingerprint())) {
                throw new JobConflict(spec.id());
            }
            return;
        }
        database.requireSpace();
        if (spec.when() instanceof When.After after) {
            NamedJobs.require(tx, after.jobs(), content.pointer() + "/when/after/");
        }
        if (!spec.links().isEmpty()) {
            NamedJobs.require(tx, spec.links(), content.pointer() + "/links/");
            NamedJobs.requireFewLinks(tx, spec.links(), content.pointer() + "/links/");
        }
    }

    private Change insert(Handle tx, JobInserts inserts, Content content) throws SQLException {
        JobSpec spec = content.spec();
        Job job = inserts.insert(first(spec), content.text(), content.fingerprint());
        Change begun = changes.begun(tx, job);
        return spec.when() instanceof When.After after && begun.job().state() == JobState.SCHEDULED
                ? begun.then(changes.waiting(tx, begun.job(), after))
                : begun;
    }

    private Job first(JobSpec spec) {
        Instant now = clock.now();
        Optional<Times.Due> due = clock.due(spec.when(), now);
        Optional<Instant> expires = spec.life().expires().map(moment -> switch (moment) {
            case Moment.At at -> at.time();
            case Moment.In in -> now.plus(in.delay());
        });
        Times times = Times.created(now, due, expires);
        return spec.when() instanceof When.Now
                ? Job.submitted(spec, JobState.AVAILABLE, times.fired(now, Optional.empty()))
                : Job.submitted(spec, JobState.SCHEDULED, times);
    }
}
