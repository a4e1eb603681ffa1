package io.erlust.nodes.sandbox;

import io.erlust.jobs.spec.Limits;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is to be run in isolation.
 *
 * @param env variables of its own, beside those that every node has
 * @param readable what it needs to read outside of the system's directories
 * @param network whether it may use the network
 */
public record Guest(
        List<String> words,
        Map<String, String> env,
        List<Path> readable,
        boolean network,
        Limits limits) {
    public Guest {
        words = List.copyOf(words);
        env = Map.copyOf(env);
        readable = List.copyOf(readable);
    }

    /** Its whole environment. */
    Map<String, String> variables(String path, String home, String socket, String hand) {
        Map<String, String> variables = new TreeMap<>();
        variables.put("PATH", path);
        variables.put("HOME", home);
        variables.put("TMPDIR", home);
        variables.put("LANG", "C.UTF-8");
        variables.putAll(env);
        variables.put(Isolation.SOCKET_VARIABLE, socket);
        variables.put(Isolation.HAND_VARIABLE, hand);
        return variables;
    }
}
