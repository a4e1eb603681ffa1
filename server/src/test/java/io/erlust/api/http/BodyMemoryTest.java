package io.erlust.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class BodyMemoryTest {
    private static final int LARGE = 16 << 20;

    private static void fill(BodyMemory memory) throws Exception {
        for (int i = 0; i < BodyMemory.LARGE_MAX; i++) {
            memory.new Share().growTo(LARGE);
        }
    }

    @Test
    void what_others_have_is_refused_after_a_while_and_there_again_when_they_are_answered()
            throws Exception {
        BodyMemory memory = new BodyMemory(Duration.ZERO);
        BodyMemory.Share first = memory.new Share();
        first.growTo(LARGE);
        first.growTo(LARGE);
        memory.new Share().growTo(LARGE);
        BodyMemory.Share third = memory.new Share();
        assertThatThrownBy(() -> third.growTo(LARGE))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.type()).isEqualTo(ProblemType.NOT_READY));
        first.giveBack();
        first.giveBack();
        third.growTo(LARGE);
        assertThatThrownBy(() -> first.growTo(LARGE)).isInstanceOf(Problem.class);
    }

    @Test
    void smaller_bodies_pass_though_large_ones_have_all_their_places() throws Exception {
        BodyMemory memory = new BodyMemory(Duration.ZERO);
        fill(memory);
        for (int i = BodyMemory.LARGE_MAX; i < BodyMemory.MEDIUM_MAX; i++) {
            memory.new Share().growTo(BodyMemory.MEDIUM_BYTES);
        }
        BodyMemory.Share next = memory.new Share();
        assertThatThrownBy(() -> next.growTo(BodyMemory.SMALL_BYTES + 1))
                .isInstanceOf(Problem.class);
        next.growTo(BodyMemory.SMALL_BYTES);
    }

    @Test
    void who_waits_gets_what_is_given_back() throws Exception {
        BodyMemory memory = new BodyMemory(Duration.ofMinutes(1));
        BodyMemory.Share first = memory.new Share();
        first.growTo(LARGE);
        memory.new Share().growTo(LARGE);
        CompletableFuture<Void> waiting = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                memory.new Share().growTo(LARGE);
                waiting.complete(null);
            } catch (Exception e) {
                waiting.completeExceptionally(e);
            }
        });
        assertThat(waiting).isNotDone();
        first.giveBack();
        assertThat(waiting.get(1, TimeUnit.MINUTES)).isNull();
    }
}
