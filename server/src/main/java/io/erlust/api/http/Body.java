package io.erlust.api.http;

import io.erlust.json.Json;
import io.erlust.time.MonotonicClock;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;

/** The body of a request: its declared type and length, and its bytes within the limits. */
public final class Body {
    public static final String JSON = "application/json";
    public static final String NDJSON = "application/x-ndjson";

    private static final int FIRST_BYTES = 8192;

    private final Request request;
    private final ApiConfig config;
    private final MonotonicClock clock;
    private final BodyMemory.Share memory;

    Body(Request request, ApiConfig config, MonotonicClock clock, BodyMemory.Share memory) {
        this.request = request;
        this.config = config;
        this.clock = clock;
        this.memory = memory;
    }

    /**
     * The content type in lower case without parameters; other charsets and encodings are refused.
     */
    public String mediaType() {
        String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw unsupported("a body without Content-Encoding", encoding);
        }
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (type == null) {
            return "";
        }
        String lower = type.toLowerCase(Locale.ROOT).replace(" ", "").replace("\"", "");
        int semicolon = lower.indexOf(';');
        if (semicolon < 0) {
            return lower;
        }
        int charset = lower.indexOf(";charset=");
        if (charset >= 0 && !lower.startsWith("utf-8", charset + 9)) {
            throw unsupported("UTF-8", type);
        }
        return lower.substring(0, semicolon);
    }

    /** {@code Content-Length}; empty when the body comes in chunks. */
    public OptionalLong length() {
        long length = request.getLength();
        return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
    }

    /** One JSON value. */
    public JsonNode json() throws IOException {
        requireType(mediaType(), JSON);
        return parse(bytes(ProblemType.BODY_TOO_LARGE, config.bodyBytesMax()));
    }

    /** One JSON value, or an empty object when there is no body. */
    public JsonNode jsonOrNothing() throws IOException {
        if (request.getHeaders().get(HttpHeader.CONTENT_TYPE) == null && isEmpty()) {
            return Json.object();
        }
        return json();
    }

    private boolean isEmpty() {
        return !request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                && request.getLength() <= 0;
    }

    /** All bytes; a longer body is refused before it is read when it says its length. */
    public byte[] bytes(ProblemType tooLarge, int max) throws IOException {
        long declared = length().orElse(0);
        if (declared > max) {
            throw tooLarge(tooLarge, max).with("got_bytes", declared);
        }
        byte[] all = new byte[FIRST_BYTES];
        int filled = 0;
        InputStream in = stream();
        for (int n = 0; n >= 0; n = in.read(all, filled, all.length - filled)) {
            filled += n;
            if (filled > max) {
                throw tooLarge(tooLarge, max);
            }
            if (filled == all.length) {
                int next = Math.min(longer(all.length), (declared > 0 ? (int) declared : max) + 1);
                memory.growTo(next);
                all = Arrays.copyOf(all, next);
            }
        }
        return Arrays.copyOf(all, filled);
    }

    private static int longer(int length) {
        return length < BodyMemory.SMALL_BYTES
                ? BodyMemory.SMALL_BYTES
                : length < BodyMemory.MEDIUM_BYTES ? BodyMemory.MEDIUM_BYTES : Integer.MAX_VALUE;
    }

    /** Counts memory that is needed for a stream; waits a little for it, then refuses. */
    public void hold(int bytes) throws IOException {
        memory.growTo(bytes);
    }

    /** That memory isn't needed any more. */
    public void letGo() {
        memory.giveBack();
    }

    /** The bytes as they come. */
    public InputStream stream() {
        return new PacedInput(Content.Source.asInputStream(request), config.bodyGrace(), clock);
    }

    public static JsonNode parse(byte[] text) {
        Utf8.check(text, text.length);
        JsonNode node = Json.parse(text);
        Utf8.checkSurrogates(node, "");
        return node;
    }

    public static Problem tooLarge(ProblemType type, long max) {
        return Problem.of(type, "expected at most " + max + " bytes").with("limit_bytes", max);
    }

    public static void requireType(String got, String expected) {
        if (!got.equals(expected)) {
            throw unsupported("Content-Type: " + expected, got.isEmpty() ? "none" : got);
        }
    }

    public static Problem unsupported(String expected, String got) {
        return Problem.of(
                        ProblemType.UNSUPPORTED_MEDIA_TYPE, "expected " + expected + ", got " + got)
                .with("expected", expected)
                .with("got", got);
    }
}
