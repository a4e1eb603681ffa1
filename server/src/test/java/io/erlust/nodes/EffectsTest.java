package io.erlust.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Acknowledge after effects, and only after effects that are durable. */
class EffectsTest {
    private final Effects effects = new Effects();
    private final List<String> said = new ArrayList<>();

    private CompletableFuture<Boolean> effect(String name) {
        CompletableFuture<Boolean> outcome = new CompletableFuture<>();
        effects.add(outcome, 1, why -> said.add(name + (why == null ? " ok" : " refused")));
        return outcome;
    }

    private void ack(String name) {
        effects.then(() -> said.add(name));
    }

    @Test
    void answers_come_in_the_order_of_the_requests_and_acknowledgements_after_them() {
        CompletableFuture<Boolean> one = effect("one");
        ack("ack of one");
        CompletableFuture<Boolean> two = effect("two");
        ack("ack of two");
        two.complete(true);
        assertThat(said).isEmpty();
        one.complete(true);
        assertThat(said).containsExactly("one ok", "ack of one", "two ok", "ack of two");
    }

    @Test
    void an_acknowledgement_behind_a_refused_effect_is_dropped_and_a_later_one_is_not() {
        CompletableFuture<Boolean> one = effect("one");
        CompletableFuture<Boolean> two = effect("two");
        ack("lost");
        one.completeExceptionally(new IllegalStateException("full"));
        two.complete(true);
        ack("kept");
        assertThat(said).containsExactly("one refused", "two ok", "kept");
    }

    @Test
    void an_answer_that_brings_the_next_outcome_does_not_nest() throws Exception {
        CompletableFuture<Boolean> second = new CompletableFuture<>();
        CompletableFuture<Boolean> first = new CompletableFuture<>();
        effects.add(first, 1, _ -> {
            second.complete(true);
            said.add("first");
        });
        effects.add(second, 1, _ -> said.add("second"));
        first.complete(true);
        assertThat(said).containsExactly("first", "second");
        effects.awaitAll();
    }
}
