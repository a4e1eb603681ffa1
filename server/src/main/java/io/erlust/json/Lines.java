package io.erlust.json;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

import java.util.Arrays;

/**
 * A block of JSON texts, one a line, each line ended by {@code \n}. {@code ends[i]} is the offset
 * just after line i's newline. What queues store and nodes exchange; never parsed into trees.
 */
public record Lines(byte[] bytes, int[] ends) {
    public Lines {
        if (ends.length > 0 && ends[ends.length - 1] != bytes.length) {
            throw new IllegalArgumentException("the block does not end with its last line");
        }
    }

    public int count() {
        return ends.length;
    }

    public int start(int line) {
        return line == 0 ? 0 : ends[line - 1];
    }

    /** Line i without its newline. */
    public byte[] line(int i) {
        return Arrays.copyOfRange(bytes, start(i), ends[i] - 1);
    }

    /** Lines from (inclusive) to (exclusive), with their newlines, as a block of its own. */
    public Lines slice(int from, int to) {
        int base = start(from);
        int[] part = new int[to - from];
        for (int i = from; i < to; i++) {
            part[i - from] = ends[i] - base;
        }
        return new Lines(Arrays.copyOfRange(bytes, base, ends[to - 1]), part);
    }

    public int lengthMax() {
        int max = 0;
        for (int i = 0; i < ends.length; i++) {
            max = Math.max(max, ends[i] - start(i) - 1);
        }
        return max;
    }

    /** Splits a block at its newlines. The block must end with one. Does not look at the JSON. */
    public static Lines split(byte[] block) {
        int[] ends = new int[Math.max(8, block.length / 64)];
        int n = 0;
        for (int i = 0; i < block.length; i++) {
            if (block[i] == '\n') {
                if (n == ends.length) {
                    ends = Arrays.copyOf(ends, n * 2);
                }
                ends[n++] = i + 1;
            }
        }
        return new Lines(block, Arrays.copyOf(ends, n));
    }

    public static Lines of(byte[]... texts) {
        int size = 0;
        for (byte[] text : texts) {
            size += text.length + 1;
        }
        byte[] block = new byte[size];
        int[] ends = new int[texts.length];
        int at = 0;
        for (int i = 0; i < texts.length; i++) {
            System.arraycopy(texts[i], 0, block, at, texts[i].length);
            at += texts[i].length;
            block[at++] = '\n';
            ends[i] = at;
        }
        return new Lines(block, ends);
    }

    /**
     * A JSON text without the line ends it may have: between its tokens, the only place for them, a
     * space is as good. Only of what was checked: some of what is no JSON would become JSON. One
     * that has none comes back itself.
     */
    public static byte[] oneLine(byte[] json) {
        int first = 0;
        while (first < json.length && !isLineEnd(json[first])) {
            first++;
        }
        if (first == json.length) {
            return json;
        }
        byte[] line = json.clone();
        for (int i = first; i < line.length; i++) {
            line[i] = isLineEnd(line[i]) ? (byte) ' ' : line[i];
        }
        return line;
    }

    private static boolean isLineEnd(byte each) {
        return each == '\n' || each == '\r';
    }

    /**
     * Refuses a block of which a line is not exactly one well-formed JSON text. Says which line.
     */
    public void check() {
        int line = 0;
        try (JsonParser parser = Json.ITEMS.createParser(ObjectReadContext.empty(), bytes)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                long from = parser.currentTokenLocation().getByteOffset();
                if (token.isStructStart()) {
                    parser.skipChildren();
                } else {
                    parser.finishToken();
                }
                long to = parser.currentLocation().getByteOffset();
                if (line == ends.length || to > ends[line] || from < start(line)) {
                    throw new InvalidJson(
                            "line " + (line + 1) + ": expected one JSON value a line");
                }
                line++;
            }
        } catch (JacksonException e) {
            throw new InvalidJson("line " + (line + 1) + ": " + e.getOriginalMessage());
        }
        if (line != ends.length) {
            throw new InvalidJson("line " + (line + 1) + ": expected one JSON value a line");
        }
    }
}
