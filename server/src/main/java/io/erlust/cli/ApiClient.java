package io.erlust.cli;

import io.erlust.json.Json;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Optional;

/**
 * The server's public HTTP API, for all commands. What can go wrong becomes a {@link Failure} with
 * its exit code: no server there, or a refusal with the server's reason.
 */
final class ApiClient {
    static final String JSON = "application/json";
    static final String NDJSON = "application/x-ndjson";

    /** Longer than the longest long poll that is asked for. */
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final URI base;
    private final Token token;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    ApiClient(URI base, Token token) {
        this.base = base;
        this.token = token;
    }

    /** An answer of any status. */
    record Answer(int status, byte[] body, Optional<String> retryAfter) {
        boolean ok() {
            return status >= 200 && status < 300;
        }

        JsonNode json() {
            return body.length == 0 ? Json.object() : Json.parse(body);
        }
    }

    JsonNode get(ApiPath path) {
        return accepted(answer(request(path).GET())).json();
    }

    byte[] getBytes(ApiPath path) {
        return accepted(answer(request(path).GET())).body();
    }

    JsonNode post(ApiPath path) {
        return accepted(answer(request(path).POST(BodyPublishers.noBody()))).json();
    }

    JsonNode post(ApiPath path, JsonNode body) {
        return accepted(tryPost(path, JSON, Json.bytes(body))).json();
    }

    /** Posts and leaves it to the caller what a refusal means. */
    Answer tryPost(ApiPath path, String contentType, byte[] body) {
        return answer(request(path)
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofByteArray(body)));
    }

    /** An answer that is read while it is still being written; it may last for hours. */
    InputStream stream(ApiPath path, String accept, Optional<String> lastEventId) {
        HttpRequest.Builder request = request(path).header("Accept", accept).GET();
        lastEventId.ifPresent(id -> request.header("Last-Event-ID", id));
        HttpResponse<InputStream> response = send(request, BodyHandlers.ofInputStream());
        if (response.statusCode() == 200) {
            return response.body();
        }
        try (InputStream body = response.body()) {
            throw refused(response.statusCode(), body.readNBytes(1 << 20));
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private HttpRequest.Builder request(ApiPath path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(base.resolve(path.text().substring(1)));
        token.value().ifPresent(text -> request.header("Authorization", "Bearer " + text));
        return request;
    }

    private Answer answer(HttpRequest.Builder request) {
        HttpResponse<byte[]> response =
                send(request.timeout(ANSWER_TIMEOUT), BodyHandlers.ofByteArray());
        return new Answer(
                response.statusCode(),
                response.body(),
                response.headers().firstValue("Retry-After"));
    }

    private Answer accepted(Answer answer) {
        if (!answer.ok()) {
            throw refused(answer.status(), answer.body());
        }
        return answer;
    }

    Failure refused(int status, byte[] body) {
        Failure refusal = Problem.refused(status, body);
        return status != 401
                ? refusal
                : new Failure(ExitCode.REFUSED, refusal.getMessage() + "\n  " + token.hint());
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> to) {
        try {
            return http.send(request.build(), to);
        } catch (ConnectException | UnresolvedAddressException e) {
            throw new Failure(ExitCode.UNREACHABLE, nobodyThere());
        } catch (HttpTimeoutException e) {
            throw new Failure(
                    ExitCode.UNREACHABLE,
                    "the server at " + base + " did not answer in time; is it overloaded?");
        } catch (IOException e) {
            throw lost(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitCode.UNREACHABLE, "interrupted while waiting for the server");
        }
    }

    private Failure lost(IOException e) {
        return new Failure(
                ExitCode.UNREACHABLE,
                "the connection to " + base + " was lost (" + e.getMessage() + ");"
                        + " whether the request was carried out is not known");
    }

    private String nobodyThere() {
        return """
                no server answers at %s
                  start one:      erlust serve
                  or name it:     --url http://HOST:PORT, or ERLUST_URL
                  or just look:   erlust demo""".formatted(base);
    }
}
