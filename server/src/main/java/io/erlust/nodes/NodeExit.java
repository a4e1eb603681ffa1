package io.erlust.nodes;

import io.erlust.process.Exit;

import java.util.List;
import java.util.Optional;

/**
 * How a node ended.
 *
 * @param done it said {@code done} and that was accepted
 * @param stopped we asked it to stop, or killed it; no item was charged
 * @param fault why the server ended it: it broke the protocol, or did not say {@code hello} in time
 * @param charged the id of the item that was in hand and is charged with this end
 * @param stderr its last lines, for people
 */
public record NodeExit(
        Exit exit,
        boolean done,
        boolean stopped,
        Optional<String> fault,
        Optional<String> charged,
        List<String> stderr) {
    public NodeExit {
        stderr = List.copyOf(stderr);
    }
}
