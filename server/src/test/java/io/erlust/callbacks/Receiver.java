package io.erlust.callbacks;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.erlust.json.Json;
import io.erlust.time.Patience;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An application that is called back: answers as scripted, else 200. */
public final class Receiver implements AutoCloseable {
    /** What it does with a request that it has read. */
    @FunctionalInterface
    interface Answer {
        void to(HttpExchange exchange) throws IOException, InterruptedException;
    }

    public record Call(String path, Headers headers, byte[] body) {
        String header(String name) {
            return headers.getFirst(name);
        }

        public String id() {
            return header("webhook-id");
        }

        long timestamp() {
            return Long.parseLong(header("webhook-timestamp"));
        }

        public JsonNode json() {
            return Json.parse(body);
        }

        String type() {
            return json().path("type").stringValue();
        }

        JsonNode data() {
            return json().path("data");
        }
    }

    private final HttpServer server;
    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    private final BlockingQueue<Answer> script = new LinkedBlockingQueue<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Answer otherwise = status(200);

    Receiver() throws IOException {
        this(0);
    }

    /** @param port 0: any free one */
    public Receiver(int port) throws IOException {
        server = HttpServer.create(
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 0);
        server.setExecutor(task -> Thread.ofVirtual().start(task));
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        calls.add(
                new Call(exchange.getRequestURI().toString(), exchange.getRequestHeaders(), body));
        Answer answer = script.poll();
        try (exchange) {
            (answer == null ? otherwise : answer).to(exchange);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port() + "/hook?app=1";
    }

    /** What the next requests get, one after the other. */
    Receiver then(Answer... answers) {
        for (Answer answer : answers) {
            script.add(answer);
        }
        return this;
    }

    void otherwise(Answer answer) {
        otherwise = answer;
    }

    static Answer status(int status) {
        return exchange -> exchange.sendResponseHeaders(status, -1);
    }

    static Answer status(int status, String header, String value) {
        return exchange -> {
            exchange.getResponseHeaders().set(header, value);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    /** Says nothing until the receiver is closed. */
    Answer hang() {
        return exchange -> closing.await();
    }

    /** A 200, one byte of its body, then nothing. */
    Answer trickle() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('x');
            exchange.getResponseBody().flush();
            closing.await();
        };
    }

    /** A 200 and bytes without end, until the other side closes. */
    static Answer endless(CountDownLatch closed) {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try {
                while (true) {
                    exchange.getResponseBody().write(new byte[8192]);
                }
            } catch (IOException e) {
                closed.countDown();
                throw e;
            }
        };
    }

    public Call next() throws InterruptedException {
        Call call = calls.poll(Patience.SECONDS, TimeUnit.SECONDS);
        if (call == null) {
            throw new AssertionError("expected a callback");
        }
        return call;
    }

    /** Calls nobody has taken. */
    public int waiting() {
        return calls.size();
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
    }
}
