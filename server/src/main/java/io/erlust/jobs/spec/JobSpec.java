package io.erlust.jobs.spec;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a job is, as submitted, with its defaults filled in.
 *
 * @param life when it runs, for how long, and how often
 * @param queue the default queue of its nodes: {@code handle(item)} and {@code q_connect()} use it;
 *     the job's id unless given
 * @param args any JSON text, for {@code node.args}; {@code null} unless given
 * @param env environment variables for the nodes, over the cleared environment
 * @param secret signs the callbacks ({@code security_hash}); never shown again
 * @param produces queues that are not drained before this job has ended
 * @param links when one of these jobs fails this one does, and the other way round
 * @param nodeSettings what each node may do and use
 */
public record JobSpec(
        JobId id,
        Life life,
        String language,
        int nodes,
        String source,
        Optional<URI> callbackUrl,
        Optional<String> secret,
        String queue,
        String args,
        Map<String, String> env,
        Restart restart,
        List<String> produces,
        Map<String, String> labels,
        List<JobId> links,
        NodeSettings nodeSettings) {
    public When when() {
        return life.when();
    }

    /** The same job with something else to run. */
    public JobSpec withProgram(String otherSource, String otherArgs) {
        return with(otherSource, otherArgs, env);
    }

    /** For lists and events: without its source, args and env, which can be large. */
    public JobSpec light() {
        return with("", "null", Map.of());
    }

    private JobSpec with(String otherSource, String otherArgs, Map<String, String> otherEnv) {
        return new JobSpec(
                id,
                life,
                language,
                nodes,
                otherSource,
                callbackUrl,
                secret,
                queue,
                otherArgs,
                otherEnv,
                restart,
                produces,
                labels,
                links,
                nodeSettings);
    }

    /**
     * For logs: neither the secret, nor what an application may keep in its source, args and env.
     */
    @Override
    public String toString() {
        return "JobSpec[" + id + ", " + nodes + " nodes, " + language + ", " + life.when() + "]";
    }
}
