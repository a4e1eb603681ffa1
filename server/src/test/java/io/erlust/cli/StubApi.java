package io.erlust.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/**
 * A server that answers what the test says: for each method and path a list of answers, of which
 * the last repeats. Anything else is a 404. Requests are kept.
 */
final class StubApi implements AutoCloseable {
    private final HttpServer http;
    private final Map<String, Deque<Answer>> answers = new ConcurrentHashMap<>();
    final List<Request> requests = new CopyOnWriteArrayList<>();

    record Answer(int status, String body, String retryAfter) {}

    record Request(String line, String body, String token) {}

    StubApi() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", this::handle);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.start();
    }

    String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    StubApi on(String methodAndPath, int status, String body) {
        return on(methodAndPath, new Answer(status, body, ""));
    }

    StubApi on(String methodAndPath, Answer answer) {
        answers.computeIfAbsent(methodAndPath, any -> new ArrayDeque<>()).add(answer);
        return this;
    }

    List<String> lines() {
        return requests.stream().map(Request::line).toList();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path =
                exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawPath();
        String query = exchange.getRequestURI().getRawQuery();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String token = exchange.getRequestHeaders().getFirst("Authorization");
        requests.add(new Request(
                query == null ? path : path + "?" + query, body, token == null ? "" : token));
        Answer answer = next(path);
        if (!answer.retryAfter().isEmpty()) {
            exchange.getResponseHeaders().set("Retry-After", answer.retryAfter());
        }
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Answer next(String path) {
        Deque<Answer> scripted = answers.getOrDefault(path, new ArrayDeque<>());
        synchronized (
                scripted) { // guards the script of one path: commands ask from several threads
            if (scripted.isEmpty()) {
                return new Answer(404, "{\"title\": \"nothing at " + path + "\"}", "");
            }
            return scripted.size() > 1 ? scripted.removeFirst() : scripted.getFirst();
        }
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
