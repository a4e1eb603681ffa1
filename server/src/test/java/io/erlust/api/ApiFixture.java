package io.erlust.api;

import io.erlust.api.http.AdminToken;
import io.erlust.api.http.ApiConfig;
import io.erlust.callbacks.CallbackConfig;
import io.erlust.callbacks.CallbackDispatcher;
import io.erlust.callbacks.TargetGuard;
import io.erlust.jobs.Job;
import io.erlust.jobs.JobEvents;
import io.erlust.jobs.Jobs;
import io.erlust.jobs.NodeStatus;
import io.erlust.jobs.Results;
import io.erlust.jobs.WaitingFor;
import io.erlust.jobs.spec.JobId;
import io.erlust.jobs.spec.JobSpecReader;
import io.erlust.json.Json;
import io.erlust.json.Lines;
import io.erlust.metrics.Metrics;
import io.erlust.nodes.NodeLogs;
import io.erlust.queues.Queues;
import io.erlust.store.Database;
import io.erlust.store.DatabaseConfig;
import io.erlust.time.MonotonicClock;
import io.erlust.time.WallClock;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The API on a free port over a store of its own, without anything that runs jobs: tests move them.
 */
final class ApiFixture {
    static final String TOKEN = "erl_" + "A".repeat(43);

    final Path data;
    final Database database;
    final JobEvents events = new JobEvents();
    final Jobs jobs;
    final Results results;
    final Queues queues;
    final JobEventLog eventLog = new JobEventLog("life");
    final ApiParts parts;
    final ApiServer server;
    private final CallbackDispatcher callbacks;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    ApiFixture(Path data) throws Exception {
        this(data, ApiConfig.loopback(0));
    }

    ApiFixture(Path data, ApiConfig config) throws Exception {
        this.data = data;
        WallClock wall = WallClock.system();
        MonotonicClock clock = MonotonicClock.system();
        database = Database.open(DatabaseConfig.embedded(data));
        jobs = new Jobs(database, events, wall);
        results = new Results(database, wall);
        queues = Queues.open(database, wall, clock);
        events.listen(eventLog::accept);
        TargetGuard targets = new TargetGuard(
                List.of(), () -> 0, host -> List.of(InetAddress.ofLiteral("192.0.2.1")));
        callbacks = new CallbackDispatcher(
                database, events, jobs::get, targets, CallbackConfig.defaults("test"), wall, clock);
        parts = new ApiParts(
                jobs,
                new JobSpecReader(Set.of("python"), 64, wall),
                results,
                eventLog,
                new NothingRuns(),
                queues,
                callbacks,
                targets,
                new NodeLogs(data),
                new Facts(),
                new Metrics(),
                clock);
        server = new ApiServer(config, AdminToken.of(TOKEN), parts);
        server.start();
    }

    private static final class NothingRuns implements LiveJobs {
        @Override
        public Optional<List<NodeStatus>> nodes(JobId job) {
            return Optional.empty();
        }

        @Override
        public OptionalDouble itemRate(JobId job) {
            return OptionalDouble.of(2);
        }

        @Override
        public Optional<WaitingFor> waitingFor(Job job) {
            return job.state().isFinal()
                    ? Optional.empty()
                    : Optional.of(new WaitingFor.Nodes(
                            job.spec().nodes(), 3, OptionalInt.of(1), Optional.empty()));
        }
    }

    private static final class Facts implements ServerFacts {
        @Override
        public String version() {
            return "test";
        }

        @Override
        public String name() {
            return "here";
        }

        @Override
        public Instant startedAt() {
            return Instant.EPOCH;
        }

        @Override
        public String isolation() {
            return "process";
        }

        @Override
        public String nodeLimitsBy() {
            return "rlimits";
        }

        @Override
        public List<String> languages() {
            return List.of("python");
        }

        @Override
        public int nodesMax() {
            return 64;
        }

        @Override
        public Optional<String> notReady() {
            return Optional.empty();
        }

        @Override
        public List<TaskCounts> tasks() {
            return List.of(new TaskCounts("example", 3, 1));
        }
    }

    int port() {
        return server.uri().getPort();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.uri() + path))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + TOKEN);
    }

    HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(request(path).GET());
    }

    HttpResponse<String> delete(String path) throws Exception {
        return send(request(path).DELETE());
    }

    HttpResponse<String> post(String path) throws Exception {
        return send(request(path).POST(BodyPublishers.noBody()));
    }

    HttpResponse<String> post(String path, String contentType, byte[] body) throws Exception {
        return send(request(path)
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofByteArray(body)));
    }

    HttpResponse<String> post(String path, String json) throws Exception {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    HttpResponse<String> put(String path, String json) throws Exception {
        return send(request(path)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(json)));
    }

    static JsonNode json(HttpResponse<String> response) {
        return Json.parse(response.body());
    }

    /** The last word of a problem's type. */
    static String problem(HttpResponse<String> response) {
        String type = json(response).path("type").stringValue();
        return type.substring(type.lastIndexOf(':') + 1);
    }

    Job submit(String id) throws Exception {
        post("/v1/jobs", submission(id));
        return jobs.get(new JobId(id)).orElseThrow();
    }

    static String submission(String id) {
        return "{\"job\":{\"id\":\"" + id + "\",\"when\":\"now\",\"language\":\"python\","
                + "\"num_of_nodes\":\"1\",\"source\":\"def main(): pass\"}}";
    }

    /** Results as if node 0 had emitted them, and their event. */
    void emit(Job job, String... values) {
        byte[][] texts = new byte[values.length][];
        for (int i = 0; i < values.length; i++) {
            texts[i] = values[i].getBytes(java.nio.charset.StandardCharsets.UTF_8);
        }
        long last = database.write(
                tx -> results.append(tx, job.serial(), job.run(), 0, Lines.of(texts), null));
        events.publish(new io.erlust.jobs.JobEvent.ResultsAppended(job.id(), job.run(), last));
    }

    void close() throws Exception {
        server.stop(Duration.ofSeconds(5));
        callbacks.stop(Duration.ofSeconds(1));
        queues.close();
        database.close();
    }
}
