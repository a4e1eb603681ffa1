package io.erlust.api.http;

import io.erlust.json.Json;
import io.erlust.time.MonotonicClock;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

import tools.jackson.databind.JsonNode;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** One request and its answer, as an endpoint sees them. Blocking; used by one thread. */
public final class Exchange {
    private static final int STREAM_BUFFER_BYTES = 16 << 10;

    private final Request request;
    private final Response response;
    private final ApiConfig config;
    private final MonotonicClock clock;
    private final BodyMemory.Share memory;
    private Map<String, String> variables = Map.of();

    Exchange(
            Request request,
            Response response,
            ApiConfig config,
            MonotonicClock clock,
            BodyMemory.Share memory) {
        this.request = request;
        this.response = response;
        this.config = config;
        this.clock = clock;
        this.memory = memory;
    }

    void matched(Map<String, String> found) {
        variables = found;
    }

    /** A variable of the route's template. */
    public String path(String name) {
        return Objects.requireNonNull(variables.get(name), name);
    }

    public Query query() {
        try {
            return new Query(Request.extractQueryParameters(request));
        } catch (RuntimeException e) {
            throw Problem.of(
                    ProblemType.BAD_REQUEST, "expected a query string in percent-encoded UTF-8");
        }
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    public Body body() {
        return new Body(request, config, clock, memory);
    }

    /** Whether only the header of the answer is wanted: an endless answer must not begin. */
    public boolean isHead() {
        return request.getMethod().equals("HEAD");
    }

    public Exchange answerHeader(String name, String value) {
        response.getHeaders().put(name, value);
        return this;
    }

    public void json(int status, JsonNode body) throws IOException {
        bytes(status, Body.JSON, Json.bytes(body));
    }

    public void bytes(int status, String contentType, byte[] body) throws IOException {
        begin(status, contentType);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        Content.Sink.write(response, true, ByteBuffer.wrap(body));
    }

    public void empty(int status) {
        response.setStatus(status);
    }

    /**
     * For answers whose length is not known before. Flushed as its buffer fills, or when asked to.
     */
    public OutputStream stream(int status, String contentType) {
        begin(status, contentType);
        return new BufferedOutputStream(Content.Sink.asOutputStream(response), STREAM_BUFFER_BYTES);
    }

    private void begin(int status, String contentType) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
    }

    /** @param close when a part of the body stays unread: the connection can't be used again */
    void problem(Problem problem, boolean close) throws IOException {
        response.reset();
        if (close) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        problem.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        bytes(problem.type().status(), Problem.CONTENT_TYPE, problem.json());
    }
}
