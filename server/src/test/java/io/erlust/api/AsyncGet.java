package io.erlust.api;

import io.erlust.time.Patience;

import org.awaitility.Awaitility;

import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A GET that waits on the server while the test goes on. */
final class AsyncGet {
    private final ApiFixture api;
    private final CompletableFuture<HttpResponse<String>> answer;

    AsyncGet(ApiFixture api, String path) {
        this.api = api;
        this.answer = HttpClient.newHttpClient()
                .sendAsync(api.request(path).GET().build(), BodyHandlers.ofString());
    }

    /** Until so many requests wait or follow on the server, as its metrics say. */
    void awaitStreams(int count) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(() ->
                        api.get("/metrics").body().contains("erlust_http_streams " + count + ".0"));
    }

    String body() throws Exception {
        return answer.get(Patience.SECONDS, TimeUnit.SECONDS).body();
    }

    String header(String name) throws Exception {
        return answer.get(Patience.SECONDS, TimeUnit.SECONDS)
                .headers()
                .firstValue(name)
                .orElse("");
    }
}
