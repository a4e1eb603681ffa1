package io.erlust.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.jobs.Specs;
import io.erlust.jobs.spec.JobSpec;
import io.erlust.nodes.StartPayload;

import org.junit.jupiter.api.Test;

class StartPayloadsTest {
    private final StartPayloads payloads = new StartPayloads();
    private final JobSpec spec = Specs.spec("a", "'num_of_nodes': 2");

    @Test
    void the_nodes_of_a_run_share_one_payload_and_no_other_run_does() {
        StartPayload first = payloads.of(1, 1, spec);
        assertThat(payloads.of(1, 2, spec)).isNotSameAs(first);
        assertThat(payloads.of(2, 1, spec)).isNotSameAs(first);
        assertThat(payloads.of(1, 1, spec)).isSameAs(first);
    }
}
