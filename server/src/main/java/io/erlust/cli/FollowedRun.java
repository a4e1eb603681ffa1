package io.erlust.cli;

import tools.jackson.databind.JsonNode;

/**
 * The run that somebody watches. It ends with the job's run; but another attempt takes its place,
 * and is watched then.
 */
final class FollowedRun {
    private final ApiClient client;
    private final String id;
    private long number;

    FollowedRun(ApiClient client, String id, long number) {
        this.client = client;
        this.id = id;
        this.number = number;
    }

    long number() {
        return number;
    }

    boolean hasEnded(JsonNode job) {
        return JobText.number(job, "run") > number || JobText.isFinal(job);
    }

    /** True when another attempt follows it, which is now the one that is watched. */
    boolean moveToNextAttempt(JsonNode job) {
        long current = JobText.number(job, "run");
        if (current <= number) {
            return false;
        }
        JsonNode next = number + 1 == current ? job : record(number + 1);
        if (JobText.number(next, "attempt") < 2) {
            return false;
        }
        number++;
        return true;
    }

    /** What became of it. */
    JsonNode record(JsonNode job) {
        return JobText.number(job, "run") == number ? job : record(number);
    }

    private JsonNode record(long run) {
        ApiPath path = ApiPath.of("v1", "jobs", id, "runs");
        return client.get(path.with("after", run + 1).with("limit", 1))
                .path("runs")
                .path(0);
    }
}
