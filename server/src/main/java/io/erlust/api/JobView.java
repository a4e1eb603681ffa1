package io.erlust.api;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobJson;
import io.erlust.jobs.JobRun;
import io.erlust.jobs.JobState;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.NodeStatus.Progress;
import io.erlust.jobs.Results;
import io.erlust.json.Json;
import io.erlust.queues.QueueName;
import io.erlust.queues.Queues;
import io.erlust.time.Rate;

import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A job as the API shows it: its record, its live nodes, and what they have done together. */
final class JobView {
    private final JobJson json;
    private final LiveJobs live;
    private final Results results;
    private final Queues queues;

    JobView(ApiParts parts) {
        this.json = new JobJson(parts.server().name(), parts.server().isolation());
        this.live = parts.live();
        this.results = parts.results();
        this.queues = parts.queues();
    }

    ObjectNode of(Job job) {
        List<NodeStatus> nodes = nodes(job);
        long count = job.startedAt().isEmpty() ? 0 : results.lastSeq(job.serial(), job.run());
        ObjectNode view = json.write(job, nodes, live.waitingFor(job), count);
        view.put("cancelling", job.cancelling());
        view.put("items", items(nodes));
        view.set("progress", json(progress(job, nodes)));
        return view;
    }

    /** One of its runs. */
    ObjectNode of(Job job, JobRun run) {
        return json.run(run, results.lastSeq(job.serial(), run.run()));
    }

    private List<NodeStatus> nodes(Job job) {
        return job.state() == JobState.RUNNING
                ? live.nodes(job.id()).orElse(job.nodes())
                : job.nodes();
    }

    private static long items(List<NodeStatus> nodes) {
        return nodes.stream().mapToLong(NodeStatus::items).sum();
    }

    /** Of all nodes together: what they report, or else the items they finish. */
    private Progress progress(Job job, List<NodeStatus> nodes) {
        List<Progress> reported =
                nodes.stream().flatMap(node -> node.progress().stream()).toList();
        return reported.isEmpty() ? ofItems(job, items(nodes)) : sum(reported);
    }

    /** The total only when every node that reports has one; the rate of those that have one. */
    static Progress sum(List<Progress> reported) {
        long done = 0;
        long total = 0;
        boolean allHaveTotals = true;
        OptionalDouble rate = OptionalDouble.empty();
        for (Progress each : reported) {
            done = sum(done, each.done());
            total = sum(total, each.total().orElse(0));
            allHaveTotals &= each.total().isPresent();
            if (each.rate().isPresent()) {
                rate = OptionalDouble.of(rate.orElse(0) + each.rate().getAsDouble());
            }
        }
        OptionalLong known = allHaveTotals ? OptionalLong.of(total) : OptionalLong.empty();
        return new Progress(done, known, Optional.empty(), rate);
    }

    /** Of what nodes say, and they may say any number. */
    private static long sum(long one, long other) {
        return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
    }

    /** Against what its queue still holds while it runs, if there is or was anything in it. */
    private Progress ofItems(Job job, long done) {
        if (job.state() != JobState.RUNNING) {
            return new Progress(done, OptionalLong.empty(), Optional.empty());
        }
        long total = queues.stats(new QueueName(job.spec().queue()))
                .map(queue -> done + queue.ready() + queue.inHand() + queue.retrying())
                .orElse(0L);
        return new Progress(
                done,
                total > 0 ? OptionalLong.of(total) : OptionalLong.empty(),
                Optional.empty(),
                live.itemRate(job.id()));
    }

    private static ObjectNode json(Progress progress) {
        OptionalLong total = progress.total();
        OptionalDouble rate = progress.rate();
        ObjectNode json = Json.object().put("done", progress.done());
        json.put("total", total.isPresent() ? total.getAsLong() : null);
        json.put("rate", rate.isPresent() ? Rate.rounded(rate.getAsDouble()) : null);
        json.put("left_ms", progress.left().map(Duration::toMillis).orElse(null));
        return json;
    }
}
