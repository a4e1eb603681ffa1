package io.erlust.nodes;

import java.util.List;
import java.util.Optional;

/**
 * How a node ended.
 *
 * @param reason {@code normal}, {@code exit 1}, {@code signal 9}, {@code out_of_memory},
 *     {@code start_timeout}, {@code start_failed: …}, {@code timeout}, {@code unresponsive},
 *     {@code killed}, {@code protocol: …}, or the word that came with the stop
 * @param charged the id of the item that was in hand and is charged with this end
 * @param stderr its last lines, for people
 */
public record NodeExit(String reason, Optional<String> charged, List<String> stderr) {
    public static final String NORMAL = "normal";

    /** It may quote what the node sent. */
    private static final int REASON_CHARS_MAX = 300;

    static final String KILLED = "killed";
    static final String OUT_OF_MEMORY = "out_of_memory";
    static final String START_FAILED = "start_failed: ";
    static final String START_TIMEOUT = "start_timeout";
    static final String TIMEOUT = "timeout";
    static final String UNRESPONSIVE = "unresponsive";
    static final String PROTOCOL = "protocol: ";

    public NodeExit {
        reason = LogText.oneLine(reason, REASON_CHARS_MAX);
        stderr = List.copyOf(stderr);
    }

    /** Of a process that never was a node. */
    static NodeExit unused(String reason, List<String> stderr) {
        return new NodeExit(reason, Optional.empty(), stderr);
    }

    public boolean isNormal() {
        return reason.equals(NORMAL);
    }
}
