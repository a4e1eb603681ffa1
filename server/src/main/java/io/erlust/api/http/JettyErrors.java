package io.erlust.api.http;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/** The errors Jetty finds by itself, before or beside our code, in the same form as all others. */
final class JettyErrors extends ErrorHandler {
    static Problem problem(int status, @Nullable String reason) {
        String detail = reason == null ? HttpStatus.getMessage(status) : reason;
        ProblemType type = switch (status) {
            case HttpStatus.REQUEST_TIMEOUT_408 -> ProblemType.BODY_TIMEOUT;
            case HttpStatus.PAYLOAD_TOO_LARGE_413 -> ProblemType.BODY_TOO_LARGE;
            case HttpStatus.URI_TOO_LONG_414 -> ProblemType.URI_TOO_LONG;
            case HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 -> ProblemType.HEADER_TOO_LARGE;
            case HttpStatus.SERVICE_UNAVAILABLE_503 -> ProblemType.STOPPING;
            default -> status < 500 ? ProblemType.BAD_REQUEST : ProblemType.INTERNAL;
        };
        Problem problem = Problem.of(type, detail);
        return type == ProblemType.STOPPING ? problem.retryAfter(2) : problem;
    }

    @Override
    protected void generateResponse(
            Request request,
            Response response,
            int status,
            @Nullable String message,
            @Nullable Throwable cause,
            Callback callback) {
        Problem problem = problem(status, status < 500 ? message : null);
        response.setStatus(problem.type().status());
        problem.headers().forEach((name, value) -> response.getHeaders().put(name, value));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        response.write(true, ByteBuffer.wrap(problem.json()), callback);
    }
}
