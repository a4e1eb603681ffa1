package io.erlust.jobs.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Specs;

import org.junit.jupiter.api.Test;

class JobSpecJsonTest {
    /** Submitting again after an upgrade must find the same job. */
    @Test
    void a_job_without_newer_fields_is_stored_as_by_the_first_release() {
        JobSpec spec = Specs.spec("a", "'when': 'now'", "'labels': {'x': 'y'}");
        assertThat(JobSpecJson.text(spec)).isEqualTo("""
                        {"id":"a","when":"now","language":"python","num_of_nodes":1,"queue":"a",\
                        "env":{},"restart":{"intensity":1,"period_ms":5000,"shutdown_ms":5000},\
                        "produces":[],"labels":{"x":"y"}}""");
        assertThat(JobSpecJson.fingerprint(spec))
                .isEqualTo("512fd952354f0f5c79f2c3f5e7edd480d70f30669aa0bb1ec71504da5c0f1e2e");
        JobSpec explicit = Specs.spec(
                "a",
                "'labels': {'x': 'y'}",
                "'restart': {'strategy': 'one_for_one', 'type': 'transient',"
                        + " 'auto_shutdown': 'all', 'rerun_completed': false}",
                "'links': [], 'network': false, 'start_timeout_ms': 60000",
                "'limits': {'processes': 128}");
        assertThat(JobSpecJson.fingerprint(explicit)).isEqualTo(JobSpecJson.fingerprint(spec));
    }

    @Test
    void each_newer_field_makes_another_job_and_is_read_again() {
        String plain = JobSpecJson.fingerprint(Specs.spec("a"));
        for (String field : new String[] {
            "'restart': {'strategy': 'rest_for_one'}",
            "'restart': {'type': 'permanent'}",
            "'restart': {'type': 'temporary', 'auto_shutdown': 'any'}",
            "'restart': {'strategy': 'one_for_all', 'rerun_completed': true}",
            "'links': ['b', 'c']",
            "'network': true",
            "'item_timeout_ms': 5",
            "'start_timeout_ms': 100",
            "'limits': {'memory_bytes': 16777216}",
            "'limits': {'processes': 1}",
            "'limits': {'cpus': 2}",
            "'limits': {'open_files': 100}",
            "'limits': {'scratch_bytes': 1048576}"
        }) {
            JobSpec spec = Specs.spec("a", field);
            assertThat(JobSpecJson.fingerprint(spec)).as(field).isNotEqualTo(plain);
            assertThat(JobSpecJson.read(JobSpecJson.text(spec)).withProgram("pass", "null"))
                    .as(field)
                    .isEqualTo(spec);
        }
    }
}
