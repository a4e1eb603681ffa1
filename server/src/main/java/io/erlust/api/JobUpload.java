package io.erlust.api;

import io.erlust.api.http.Body;
import io.erlust.api.http.Problem;
import io.erlust.api.http.ProblemType;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.Jobs.Submission;
import io.erlust.jobs.Jobs.Submitted;
import io.erlust.jobs.Jobs.SubmittedTogether;
import io.erlust.json.InvalidJson;
import io.erlust.json.Json;
import io.erlust.json.Lines;
import io.erlust.store.Database;

import tools.jackson.databind.JsonNode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Submits a stream of jobs as it comes, in groups: one is on its way to the disk while the next is
 * read.
 *
 * <p>It ends at the first line that is refused. Every line before that one is durable, and nothing
 * behind it is stored: a group is sent when the one before is on disk.
 */
final class JobUpload {
    static final int JOBS_MAX = 10_000;

    /** Bounds how long the writer works for one request at a time. */
    private static final int GROUP_MAX = 200;

    private final Jobs jobs;
    private final Function<JsonNode, Submission> reader;
    private final int jobBytesMax;
    private final PutRoom room;
    private final LineBlocks blocks;
    private final ByteArrayOutputStream told = new ByteArrayOutputStream();
    private CompletableFuture<SubmittedTogether> sent = nothing();
    private long lines;
    private long durable;
    private long existed;

    /** @param reader makes a job of a line, or refuses it */
    JobUpload(
            Jobs jobs,
            Function<JsonNode, Submission> reader,
            Body body,
            int jobBytesMax,
            PutRoom room) {
        this.jobs = jobs;
        this.reader = reader;
        this.jobBytesMax = jobBytesMax;
        this.room = room;
        this.blocks = new LineBlocks(body, jobBytesMax, room, this::tooLong, told::size);
    }

    /** The answer, when all are durable. */
    byte[] run() throws IOException {
        told.write('[');
        try {
            for (byte[] block = blocks.next(); block.length > 0; block = blocks.next()) {
                try {
                    submit(Lines.split(block));
                } finally {
                    room.giveBack(block.length);
                }
            }
        } catch (RuntimeException e) {
            throw KnownErrors.problem(e).<RuntimeException>map(this::atLine).orElse(e);
        }
        told.write(']');
        return Json.bytesWith(
                Json.object().put("accepted", durable).put("existed", existed),
                "jobs",
                told.toByteArray());
    }

    private Problem atLine(Problem problem) {
        return problem.with("line", durable + 1).with("accepted", durable);
    }

    private void submit(Lines block) {
        for (int from = 0; from < block.count(); from += GROUP_MAX) {
            List<Submission> group = new ArrayList<>();
            Optional<RuntimeException> bad =
                    read(block, from, Math.min(block.count(), from + GROUP_MAX), group);
            settle();
            if (!group.isEmpty()) {
                sent = jobs.submitting(group);
            }
            if (bad.isPresent()) {
                settle();
                throw bad.get();
            }
        }
        settle();
    }

    /** Adds the jobs of some lines to a group; answers what is wrong with the first bad line. */
    private Optional<RuntimeException> read(Lines block, int from, int to, List<Submission> group) {
        try {
            for (int i = from; i < to; i++) {
                group.add(read(block.line(i)));
                lines++;
            }
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of(e);
        }
    }

    private Submission read(byte[] line) {
        if (lines == JOBS_MAX) {
            throw Problem.of(
                            ProblemType.BODY_TOO_LARGE,
                            "expected at most " + JOBS_MAX + " jobs in a request; send those that"
                                    + " follow in another")
                    .with("max", JOBS_MAX);
        }
        if (line.length > jobBytesMax) {
            throw tooLong();
        }
        try {
            return reader.apply(Body.parse(line));
        } catch (InvalidJson e) {
            throw Problem.of(ProblemType.MALFORMED_JSON, "line " + (lines + 1) + ": " + said(e));
        }
    }

    /** Its place in a text of one line is a place in that line. */
    private static String said(InvalidJson e) {
        return String.valueOf(e.getMessage()).replace("(line 1, column ", "(column ");
    }

    private Problem tooLong() {
        return Body.tooLarge(ProblemType.BODY_TOO_LARGE, jobBytesMax);
    }

    /** Waits for the group that was sent last. */
    private void settle() {
        SubmittedTogether group = Database.join(sent);
        sent = nothing();
        for (Submitted each : group.jobs()) {
            tell(each);
        }
        group.refusal().ifPresent(refusal -> {
            throw refusal;
        });
    }

    private void tell(Submitted submitted) {
        if (durable > 0) {
            told.write(',');
        }
        told.writeBytes(Json.bytes(Json.object()
                .put("id", submitted.job().id().value())
                .put("state", submitted.job().state().wire())));
        durable++;
        existed += submitted.existed() ? 1 : 0;
    }

    private static CompletableFuture<SubmittedTogether> nothing() {
        return CompletableFuture.completedFuture(
                new SubmittedTogether(List.of(), Optional.empty()));
    }
}
