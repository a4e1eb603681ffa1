package io.erlust.api;

import io.erlust.callbacks.TargetGuard;
import io.erlust.callbacks.TargetRefused;
import io.erlust.jobs.Jobs.Submission;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.jobs.spec.JobSpecReader;
import io.erlust.json.InvalidField;

import tools.jackson.databind.JsonNode;

import java.net.URI;

/** Reads a job that is submitted, over whatever; says at once what could never work. */
record SubmissionReader(JobSpecReader specs, TargetGuard targets) {
    Submission read(JsonNode body) {
        String pointer = JobSpecReader.pointer(body);
        JobSpec spec = specs.read(body);
        spec.callbackUrl().ifPresent(url -> checkTarget(url, pointer));
        return new Submission(spec, pointer);
    }

    private void checkTarget(URI url, String pointer) {
        try {
            targets.check(url);
        } catch (TargetRefused e) {
            throw new InvalidField(pointer + "/callback_url", e.expected(), e.got());
        }
    }
}
