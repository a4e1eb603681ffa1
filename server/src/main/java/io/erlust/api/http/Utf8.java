package io.erlust.api.http;

import io.erlust.json.InvalidJson;

import tools.jackson.databind.JsonNode;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;

/**
 * Checks that text is UTF-8 and nothing else: the JSON parser would also take a byte order mark,
 * UTF-16 and some malformed sequences, which other readers of the same text would not.
 */
public final class Utf8 {
    private Utf8() {}

    /** Refuses the first {@code length} bytes unless they are UTF-8 without a byte order mark. */
    public static void check(byte[] text, int length) {
        if (length >= 3
                && text[0] == (byte) 0xEF
                && text[1] == (byte) 0xBB
                && text[2] == (byte) 0xBF) {
            throw new InvalidJson("expected UTF-8 without a byte order mark (byte 1)");
        }
        if (isPlain(text, length)) {
            return;
        }
        for (int i = 0; i < length; i++) {
            if (text[i] == 0) {
                throw new InvalidJson("expected UTF-8, got a NUL (byte " + (i + 1) + "); UTF-16?");
            }
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(text, 0, length);
        CharBuffer sink = CharBuffer.allocate(8192);
        CoderResult result;
        do {
            sink.clear();
            result = decoder.decode(in, sink, true);
        } while (result.isOverflow());
        if (result.isError()) {
            throw new InvalidJson(
                    "expected UTF-8, got a malformed sequence (byte " + (in.position() + 1) + ')');
        }
    }

    /**
     * Whether all is ASCII but NUL, as most JSON is: of these bytes, less one, none has its sign
     * set. A loop the compiler turns into vector instructions.
     */
    private static boolean isPlain(byte[] text, int length) {
        int seen = 0;
        for (int i = 0; i < length; i++) {
            seen |= text[i] - 1;
        }
        return seen >= 0;
    }

    /** Refuses half surrogate pairs ({@code "\\ud800"}), which no UTF-8 can say again. */
    static void checkSurrogates(JsonNode node, String pointer) {
        if (node.isString()) {
            checkSurrogates(node.stringValue(), pointer);
        } else if (node.isArray()) {
            int i = 0;
            for (JsonNode each : node.values()) {
                checkSurrogates(each, pointer + '/' + i++);
            }
        } else if (node.isObject()) {
            for (Iterator<String> names = node.propertyNames().iterator(); names.hasNext(); ) {
                String name = names.next();
                checkSurrogates(name, pointer);
                checkSurrogates(node.get(name), pointer + '/' + name);
            }
        }
    }

    private static void checkSurrogates(String text, String pointer) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i))
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                throw new InvalidJson("expected whole characters, got half a surrogate pair in \""
                        + pointer + '"');
            }
        }
    }
}
