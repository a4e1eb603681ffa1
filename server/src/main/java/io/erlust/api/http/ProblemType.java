package io.erlust.api.http;

import java.util.Locale;

/**
 * Every kind of error the API answers with: its status and its title. The wire name is the enum's
 * name in lower case with hyphens, as a URN: stable, never reused. {@code docs/api.md} lists them
 * all.
 */
public enum ProblemType {
    BAD_REQUEST(400, "The request is not valid HTTP"),
    MALFORMED_JSON(400, "The body is not well-formed JSON"),
    UNAUTHORIZED(401, "A valid token is missing"),
    FOREIGN_HOST(403, "The Host header does not name this server"),
    FOREIGN_ORIGIN(403, "Requests from other web origins are refused"),
    UNKNOWN_ROUTE(404, "There is no such route"),
    JOB_NOT_FOUND(404, "There is no such job"),
    RUN_NOT_FOUND(404, "The job has no such run"),
    QUEUE_NOT_FOUND(404, "There is no such queue"),
    CALLBACK_NOT_FOUND(404, "The job has no such callback"),
    METHOD_NOT_ALLOWED(405, "The route does not have this method"),
    BODY_TIMEOUT(408, "The body arrived too slowly"),
    JOB_CONFLICT(409, "A job with this id and other content exists"),
    STATE_CONFLICT(409, "The state does not allow this"),
    BACKEND_CONFLICT(409, "The queue can't move while it is in use"),
    BROKER_REFUSED(409, "The message broker does not allow this"),
    BODY_TOO_LARGE(413, "The body is too large"),
    ITEM_TOO_LARGE(413, "An item is too large"),
    URI_TOO_LONG(414, "The request line is too long"),
    UNSUPPORTED_MEDIA_TYPE(415, "The body's content type is not supported"),
    INVALID_FIELD(422, "A field of the body is not valid"),
    INVALID_PARAMETER(422, "A query parameter is not valid"),
    QUEUE_FULL(429, "The queue is full"),
    TOO_MANY_QUEUES(429, "The server has as many queues as it may have"),
    HEADER_TOO_LARGE(431, "The request header is too large"),
    INTERNAL(500, "The server failed"),
    NOT_READY(503, "The server is not ready"),
    STORAGE_FULL(503, "The server's storage is full"),
    STORAGE_UNAVAILABLE(503, "The server's storage does not answer"),
    BROKER_UNAVAILABLE(503, "The message broker can't be used now"),
    TOO_MANY_STREAMS(503, "Too many clients are waiting"),
    STOPPING(503, "The server is stopping");

    private static final String PREFIX = "urn:erlust:problem:";

    private final int status;
    private final String title;

    ProblemType(int status, String title) {
        this.status = status;
        this.title = title;
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    public String uri() {
        return PREFIX + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
