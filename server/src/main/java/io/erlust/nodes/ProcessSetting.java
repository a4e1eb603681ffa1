package io.erlust.nodes;

import io.erlust.jobs.spec.Limits;
import io.erlust.jobs.spec.NodeSettings;

import java.time.Duration;
import java.util.Map;

/**
 * What a process must know when it starts, before it has a job. Processes of one setting can stand
 * in for each other; once they have started, also for those that may take longer or less long.
 *
 * @param env set over the cleared environment; may not name {@code ERLUST_*}
 * @param network whether it may use the network
 * @param startTimeout how long it may take from its start to its {@code hello}
 */
public record ProcessSetting(
        String language,
        Map<String, String> env,
        boolean network,
        Limits limits,
        Duration startTimeout) {
    public ProcessSetting {
        env = Map.copyOf(env);
    }

    /** What jobs get that ask for nothing else. */
    static ProcessSetting plain(String language) {
        return new ProcessSetting(
                language, Map.of(), false, Limits.DEFAULT, NodeSettings.START_TIMEOUT);
    }

    /** The same for a process that has started. */
    ProcessSetting started() {
        return new ProcessSetting(language, env, network, limits, NodeSettings.START_TIMEOUT);
    }
}
