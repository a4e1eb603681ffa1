package io.erlust.nodes.sandbox;

import java.nio.file.Path;

/**
 * Where on this machine a node's own files are. They exist before its first process does.
 *
 * @param number of the node, in this life of the server
 * @param directory holds the others; nothing in it is named by the node
 * @param socket the Unix socket that the server listens on
 * @param hand the hand file
 * @param library the directory of node libraries, which nodes share and only read
 */
public record Place(long number, Path directory, Path socket, Path hand, Path library) {
    /** Its name among the nodes of this life of the server. */
    public String name() {
        return "n" + number;
    }
}
