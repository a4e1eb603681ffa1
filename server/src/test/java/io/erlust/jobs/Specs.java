package io.erlust.jobs;

import io.erlust.jobs.spec.JobSpec;
import io.erlust.jobs.spec.JobSpecReader;
import io.erlust.json.Json;
import io.erlust.time.WallClock;

import java.util.Set;

/** Specs for tests, read like any other: JSON with single quotes. */
public final class Specs {
    private static final JobSpecReader READER =
            new JobSpecReader(Set.of("python"), 256, WallClock.system());

    private Specs() {}

    /** A job with these members more, such as {@code "'num_of_nodes': 2"}. */
    public static JobSpec spec(String id, String... members) {
        StringBuilder json = new StringBuilder("{'id': '" + id + "', 'source': 'pass'");
        for (String member : members) {
            json.append(", ").append(member);
        }
        return READER.read(Json.parse(json.append('}').toString().replace('\'', '"')));
    }
}
