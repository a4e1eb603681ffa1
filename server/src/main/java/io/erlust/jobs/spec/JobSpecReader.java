package io.erlust.jobs.spec;

import io.erlust.json.Fields;
import io.erlust.json.InvalidField;
import io.erlust.json.Json;
import io.erlust.time.WallClock;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads a job as an application submits it: the job itself, or wrapped in {@code {"job": …}};
 * numbers may be strings. Strict: a field that is unknown, or that would do nothing, is an
 * {@link InvalidField}.
 */
public final class JobSpecReader {
    public static final int NODES_MAX = 256;
    public static final int SOURCE_BYTES_MAX = 8 << 20;
    public static final int ARGS_BYTES_MAX = 8 << 20;
    static final int PRODUCES_MAX = 100;

    private final Set<String> languages;
    private final int nodesMax;
    private final WallClock clock;

    /**
     * @param languages the languages this server can run
     * @param nodesMax how many nodes this server runs at once: a job with more would wait for ever
     */
    public JobSpecReader(Set<String> languages, int nodesMax, WallClock clock) {
        this.languages = Set.copyOf(languages);
        this.nodesMax = Math.min(nodesMax, NODES_MAX);
        this.clock = clock;
    }

    /** Where the job is in the body: the prefix of its pointers, {@code ""} or {@code "/job"}. */
    public static String pointer(JsonNode body) {
        return body.isObject() && body.has("job") ? "/job" : "";
    }

    public JobSpec read(JsonNode body) {
        if (pointer(body).isEmpty()) {
            return read(Fields.of(body, ""));
        }
        Fields wrapper = Fields.of(body, "");
        Fields job = wrapper.object("job").orElseThrow(() -> wrapper.missing("job", "an object"));
        wrapper.end();
        return read(job);
    }

    private JobSpec read(Fields job) {
        JobId id =
                name(job, "id", "an id").map(JobId::new).orElseGet(() -> JobId.fresh(clock.now()));
        var url = CallbackReader.url(job);
        JobSpec spec = new JobSpec(
                id,
                LifeReader.read(job, id),
                language(job),
                job.integer("num_of_nodes", 1, nodesMax).orElse(1L).intValue(),
                source(job),
                url,
                CallbackReader.secret(job, url.isPresent()),
                name(job, "queue", "a queue name").orElse(id.value()),
                args(job),
                TextMapReader.env(job),
                RestartReader.read(job),
                produces(job),
                TextMapReader.labels(job),
                JobIds.read(job, "links", id),
                NodeSettingsReader.read(job));
        if (spec.life().isRecurring() && !spec.links().isEmpty()) {
            throw job.invalid(
                    "links", "no links beside cron: a link ends with a run", job.node("links"));
        }
        job.end();
        return spec;
    }

    /** A job's or a queue's name: both have the same form. */
    private static Optional<String> name(Fields job, String field, String what) {
        Optional<String> name = job.string(field);
        if (name.isPresent() && !JobId.isValid(name.get())) {
            throw job.invalid(field, what + " of " + JobId.RULE, job.node(field));
        }
        return name;
    }

    private String language(Fields job) {
        String language = job.string("language").orElse("python");
        if (!languages.contains(language)) {
            throw new InvalidField(
                    job.at("language"), "one of " + new TreeSet<>(languages), '"' + language + '"');
        }
        return language;
    }

    private static String source(Fields job) {
        String expected = "the program's text, 1 to " + SOURCE_BYTES_MAX + " bytes in UTF-8";
        String source = job.string("source").orElseThrow(() -> job.missing("source", expected));
        int bytes = source.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > SOURCE_BYTES_MAX) {
            throw new InvalidField(job.at("source"), expected, bytes + " bytes");
        }
        return source;
    }

    private static String args(Fields job) {
        JsonNode args = job.node("args");
        byte[] text = args == null ? new byte[] {'n', 'u', 'l', 'l'} : Json.bytes(args);
        if (text.length > ARGS_BYTES_MAX) {
            throw new InvalidField(
                    job.at("args"),
                    "a JSON value of at most " + ARGS_BYTES_MAX + " bytes",
                    text.length + " bytes");
        }
        return new String(text, StandardCharsets.UTF_8);
    }

    private static List<String> produces(Fields job) {
        List<String> queues = job.strings("produces");
        if (queues.size() > PRODUCES_MAX) {
            throw new InvalidField(
                    job.at("produces"),
                    "at most " + PRODUCES_MAX + " queue names",
                    queues.size() + " names");
        }
        for (int i = 0; i < queues.size(); i++) {
            if (!JobId.isValid(queues.get(i))) {
                throw new InvalidField(
                        job.at("produces") + "/" + i,
                        "a queue name of " + JobId.RULE,
                        '"' + queues.get(i) + '"');
            }
        }
        return queues.stream().distinct().sorted().toList();
    }
}
