package io.erlust.nodes.sandbox;

import io.erlust.jobs.Limits;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

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
}
