package io.erlust.server;

import io.erlust.jobs.Jobs;
import io.erlust.jobs.NodeStatus.Progress;
import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.jobs.spec.JobSpecReader;
import io.erlust.json.InvalidField;
import io.erlust.json.Json;
import io.erlust.nodes.NodeExit;
import io.erlust.nodes.NodeListener;
import io.erlust.nodes.NodePool;
import io.erlust.nodes.NodeSpec;
import io.erlust.nodes.StartPayload;
import io.erlust.process.DirectoryTree;
import io.erlust.queues.QueueName;
import io.erlust.store.StoreException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Goes once, in the background after the start, the way the first job will go, with a program that
 * does nothing and no trace in the store: the code is loaded, the interpreter is in the page cache,
 * and a machine on which nodes can't run says so in the log at once.
 */
record WarmUp(JobSpecReader specs, Jobs jobs, NodePool nodes, Path data) {
    private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

    /** Both ids are made anew: they are no other job's. */
    private static final String JOB = """
            {"job": {"id": "ITS-OWN", "when": {"after": ["NOBODY"]},
             "callback_url": "https://example.org/", "security_hash": "secret",
             "language": "python", "num_of_nodes": "1", "source": "node.q_connect()",
             "labels": {"a": "b"}}}
            """;

    void begin() {
        Thread.ofVirtual().name("warm-up").start(this::run);
    }

    private void run() {
        JobSpec spec =
                specs.read(Json.parse(JOB.replace("ITS-OWN", fresh()).replace("NOBODY", fresh())));
        try {
            jobs.submit(spec); // refused at its last check: it waits for no job there is
        } catch (InvalidField e) {
            log.debug("as expected: {}", e.getMessage());
        } catch (StoreException e) {
            log.debug("the store is not writable now: {}", e.getMessage());
        }
        NodeSpec node = new NodeSpec(
                spec.id(),
                /* serial= */ 0,
                1,
                0,
                1,
                1,
                NodeAdapter.setting(spec),
                StartPayload.of(spec.source(), spec.args()),
                new QueueName(spec.queue()),
                Optional.empty(),
                0,
                Optional.empty());
        try {
            nodes.start(node, new Ended());
        } catch (IllegalStateException e) {
            log.debug("no warm-up: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.warn("nodes can't run here: {}", e.getMessage());
        }
    }

    private static String fresh() {
        return JobId.fresh(Instant.EPOCH).value();
    }

    private final class Ended implements NodeListener {
        @Override
        public void started(long pid) {}

        @Override
        public void ready() {}

        @Override
        public void progress(Progress progress) {}

        @Override
        public void acknowledged(long items) {}

        @Override
        public void ended(NodeExit exit) {
            boolean isStopping = exit.reason().equals("signal 9");
            if (!exit.isNormal() && !isStopping) {
                log.warn(
                        "a node that does nothing ended with {}: {}", exit.reason(), exit.stderr());
            }
            try {
                DirectoryTree.delete(data.resolve("jobs").resolve("0"));
            } catch (IOException e) {
                log.warn("the log of the warm-up: {}", e.toString());
            }
        }
    }
}
