package io.erlust.nodes;

import io.erlust.json.Json;

import tools.jackson.databind.node.StringNode;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What the {@code start} frame carries: the line of the args and the line of the source, as they
 * are sent. It can be many megabytes, so all nodes of a run are to be given the same one, and it is
 * never copied.
 */
public final class StartPayload {
    /** How many lines it is. */
    static final int LINES = 2;

    private static final byte[] NEWLINE = {'\n'};

    private final byte[] args;
    private final byte[] source;

    private StartPayload(byte[] args, byte[] source) {
        this.args = args;
        this.source = source;
    }

    /**
     * Encodes a program.
     *
     * @param args any JSON text; its line breaks, which can only be blanks, become spaces
     */
    public static StartPayload of(String source, String args) {
        byte[] line = args.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < line.length; i++) {
            if (line[i] == '\n' || line[i] == '\r') {
                line[i] = ' ';
            }
        }
        return new StartPayload(line, Json.bytes(StringNode.valueOf(source)));
    }

    /** To be written one after the other. */
    List<byte[]> pieces() {
        return List.of(args, NEWLINE, source, NEWLINE);
    }
}
