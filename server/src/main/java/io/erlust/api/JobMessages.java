package io.erlust.api;

import io.erlust.api.http.Body;
import io.erlust.api.http.Problem;
import io.erlust.api.http.ProblemType;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Jobs.Submission;
import io.erlust.jobs.Jobs.Submitted;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.json.Json;
import io.erlust.queues.QueueName;

import tools.jackson.databind.JsonNode;

import java.util.function.Consumer;

/**
 * Jobs that come as messages: each is read, refused, stored and answered as {@code POST /v1/jobs}
 * does it.
 */
public final class JobMessages {
    private final Jobs jobs;
    private final SubmissionReader reader;
    private final JobView view;
    private final int jobBytesMax;
    private final Consumer<QueueName> createQueue;

    /**
     * What is answered.
     *
     * @param status as over HTTP: 202 stored, 200 it was there before, 4xx and 5xx refused
     * @param contentType of a job in JSON, or of a problem
     * @param isRetryLater nothing is wrong with the message, and nothing was stored: it is to be
     *     tried again later rather than answered
     */
    public record Reply(int status, String contentType, byte[] body, boolean isRetryLater) {}

    /**
     * Jobs by message.
     *
     * @param jobBytesMax of one job
     * @param createQueue makes a queue where the messages come from, unless there is one of this
     *     name
     */
    public JobMessages(ApiParts parts, int jobBytesMax, Consumer<QueueName> createQueue) {
        this.jobs = parts.jobs();
        this.reader = new SubmissionReader(parts.specs(), parts.targets());
        this.view = new JobView(parts);
        this.jobBytesMax = jobBytesMax;
        this.createQueue = createQueue;
    }

    /** Stores the job of a message; durable when it returns. Never throws. */
    public Reply submit(byte[] message) {
        try {
            Submitted submitted = store(message);
            byte[] body = Json.bytes(view.of(submitted.job()));
            return new Reply(submitted.existed() ? 200 : 202, Body.JSON, body, false);
        } catch (Throwable e) {
            return refused(
                    KnownErrors.problem(e).orElseGet(() -> Problem.defect("a job by message", e)));
        }
    }

    private Submitted store(byte[] message) {
        if (message.length > jobBytesMax) {
            throw Body.tooLarge(ProblemType.BODY_TOO_LARGE, jobBytesMax)
                    .with("got_bytes", message.length);
        }
        JsonNode body = Body.parse(message);
        Submission submission = reader.read(body);
        createQueues(submission.spec(), body.at(submission.pointer() + "/queue").isString());
        return jobs.submit(submission.spec(), submission.pointer());
    }

    /** Before the job is: storing it would make those it produces here. */
    private void createQueues(JobSpec spec, boolean namesQueue) {
        if (namesQueue) {
            createQueue.accept(new QueueName(spec.queue()));
        }
        spec.produces().forEach(queue -> createQueue.accept(new QueueName(queue)));
    }

    private static Reply refused(Problem problem) {
        int status = problem.type().status();
        return new Reply(status, Problem.CONTENT_TYPE, problem.json(), status == 503);
    }
}
