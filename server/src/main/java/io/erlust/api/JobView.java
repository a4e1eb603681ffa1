package io.erlust.api;

import io.erlust.jobs.Job;
import io.erlust.jobs.JobJson;
import io.erlust.jobs.JobRun;
import io.erlust.jobs.JobState;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.Results;
import io.erlust.json.Json;

import tools.jackson.databind.node.ObjectNode;

import java.util.List;

/** A job as the API shows it: its record, its live nodes, and what they have done together. */
final class JobView {
    private final JobJson json;
    private final LiveJobs live;
    private final Results results;

    JobView(ApiParts parts) {
        this.json = new JobJson(parts.server().name(), parts.server().isolation());
        this.live = parts.live();
        this.results = parts.results();
    }

    ObjectNode of(Job job) {
        List<NodeStatus> nodes = nodes(job);
        long count = results.lastSeq(job.serial(), job.run());
        ObjectNode view = json.write(job, nodes, live.waitingFor(job), count);
        view.put("cancelling", job.cancelling());
        view.put("items", nodes.stream().mapToLong(NodeStatus::items).sum());
        view.set("progress", progress(nodes));
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

    /** Of all nodes together; the total only when every node that reports has one. */
    private static ObjectNode progress(List<NodeStatus> nodes) {
        List<NodeStatus.Progress> reported =
                nodes.stream().flatMap(node -> node.progress().stream()).toList();
        ObjectNode sum = Json.object();
        sum.put("done", reported.stream().mapToLong(NodeStatus.Progress::done).sum());
        if (!reported.isEmpty()
                && reported.stream().allMatch(each -> each.total().isPresent())) {
            sum.put(
                    "total",
                    reported.stream().mapToLong(each -> each.total().orElse(0)).sum());
        } else {
            sum.putNull("total");
        }
        return sum;
    }
}
