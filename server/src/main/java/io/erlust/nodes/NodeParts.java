package io.erlust.nodes;

import io.erlust.nodes.sandbox.Cgroup;
import io.erlust.nodes.sandbox.Confined;
import io.erlust.nodes.sandbox.Guest;
import io.erlust.process.Command;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;

/** What a node has on this machine beside its processes; made before them, put away after them. */
final class NodeParts {
    private static final Logger log = LoggerFactory.getLogger(NodeParts.class);

    final NodeDirectory directory;
    final NodeSocket socket;
    final HandFile hand;
    private Optional<Cgroup> cgroup = Optional.empty();
    private int depth;
    private Runnable released = () -> {};

    private NodeParts(NodeDirectory directory, NodeSocket socket, HandFile hand) {
        this.directory = directory;
        this.socket = socket;
        this.hand = hand;
    }

    static NodeParts make(NodeHost host) throws IOException {
        NodeDirectory directory = host.runtime().newNode();
        try {
            HandFile hand = new HandFile(directory.hand());
            NodeSocket socket = new NodeSocket(directory.socket(), host.clock());
            return new NodeParts(directory, socket, hand);
        } catch (IOException | RuntimeException | Error e) {
            directory.delete();
            throw e;
        }
    }

    /** Gives them to a process that is still to be started by what this returns. */
    Command confine(NodeHost host, Guest guest) throws IOException {
        Confined confined = host.isolation().confine(directory.place(), guest);
        cgroup = confined.cgroup();
        depth = confined.depth();
        released = confined.released();
        return confined.command();
    }

    Optional<Cgroup> cgroup() {
        return cgroup;
    }

    /** How many generations below the server's child the program is. */
    int depth() {
        return depth;
    }

    void putAway() {
        close(socket);
        close(hand);
        directory.delete();
        cgroup.ifPresent(Cgroup::killAll); // a start that failed may have left something in it
        cgroup.ifPresent(Cgroup::remove);
        released.run();
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) { // the others are to be put away all the same
            log.warn("putting a node away: {}", e.toString());
        }
    }
}
