package io.erlust.api.http;

import io.erlust.json.Json;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.node.ObjectNode;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An error answer (RFC 9457). Thrown by whoever notices; the front writes it. Carries no stack
 * trace: it is an answer, not a defect.
 */
public final class Problem extends RuntimeException {
    public static final String CONTENT_TYPE = "application/problem+json";

    private static final long serialVersionUID = 1;
    private static final Logger log = LoggerFactory.getLogger(Problem.class);

    private final ProblemType type;
    private final transient Map<String, Object> members;
    private final transient Map<String, String> headers;

    private Problem(
            ProblemType type,
            String detail,
            Map<String, Object> members,
            Map<String, String> headers) {
        super(detail, null, false, false);
        this.type = type;
        this.members = members;
        this.headers = headers;
    }

    /** What went wrong and what to do about it, in one sentence or two. */
    public static Problem of(ProblemType type, String detail) {
        return new Problem(type, detail, Map.of(), Map.of());
    }

    /** A defect is answered with an id and logged with the same id, never with its insides. */
    public static Problem defect(String of, Throwable e) {
        String id = UUID.randomUUID().toString();
        log.error("{} failed; error_id {}", of, id, e);
        return of(
                        ProblemType.INTERNAL,
                        "this is a defect of the server; its log says more under the error_id")
                .with("error_id", id);
    }

    /** With a further member; a number or a text. */
    public Problem with(String member, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(members);
        more.put(member, value);
        return new Problem(type, detail(), more, headers);
    }

    public Problem withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Problem(type, detail(), members, more);
    }

    /**
     * Asks to come back after {@code seconds} to twice that: a fixed value would synchronise
     * clients.
     */
    public Problem retryAfter(int seconds) {
        int jitter = ThreadLocalRandom.current().nextInt(seconds + 1);
        return withHeader("Retry-After", Integer.toString(seconds + jitter));
    }

    public ProblemType type() {
        return type;
    }

    public String detail() {
        return String.valueOf(getMessage());
    }

    Map<String, String> headers() {
        return headers;
    }

    public byte[] json() {
        ObjectNode json = Json.object();
        json.put("type", type.uri());
        json.put("title", type.title());
        json.put("status", type.status());
        json.put("detail", detail());
        members.forEach((name, value) -> {
            if (value instanceof Number number) {
                json.put(name, number.longValue());
            } else {
                json.put(name, value.toString());
            }
        });
        return Json.bytes(json);
    }
}
