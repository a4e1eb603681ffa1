package io.erlust.nodes;

import io.erlust.jobs.Limits;

import java.util.Map;

/**
 * What a process must know when it starts, before it has a job. Processes of one setting can stand
 * in for each other.
 *
 * @param env set over the cleared environment; may not name {@code ERLUST_*}
 * @param network whether it may use the network
 */
public record ProcessSetting(
        String language, Map<String, String> env, boolean network, Limits limits) {
    public ProcessSetting {
        env = Map.copyOf(env);
    }

    /** What jobs get that ask for nothing else. */
    static ProcessSetting plain(String language) {
        return new ProcessSetting(language, Map.of(), false, Limits.DEFAULT);
    }
}
