package io.erlust.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.erlust.time.Patience;

import org.junit.jupiter.api.Test;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

final class RoundsTest {
    private final Semaphore done = new Semaphore(0);

    private void awaitRound() throws InterruptedException {
        assertThat(done.tryAcquire(Patience.SECONDS, TimeUnit.SECONDS))
                .as("a round")
                .isTrue();
    }

    @Test
    void whatever_a_round_fails_with_another_follows() throws Exception {
        AtomicInteger count = new AtomicInteger();
        Rounds rounds = new Rounds("test", () -> {
            done.release();
            return switch (count.incrementAndGet()) {
                case 1 -> throw new IllegalStateException("a defect");
                case 2 -> throw new OutOfMemoryError("of this round");
                default -> Rounds.REST_MAX;
            };
        });
        rounds.start();
        for (int i = 0; i < 3; i++) {
            awaitRound();
            rounds.wake();
        }
        assertThat(rounds.stop(Patience.LONG)).isTrue();
    }

    @Test
    void a_wake_during_a_round_is_another_round() throws Exception {
        Semaphore mayEnd = new Semaphore(0);
        Rounds rounds = new Rounds("test", () -> {
            done.release();
            mayEnd.acquireUninterruptibly();
            return Rounds.REST_MAX;
        });
        rounds.start();
        awaitRound();
        rounds.wake();
        mayEnd.release(2);
        awaitRound();
        assertThat(rounds.stop(Patience.LONG)).isTrue();
    }
}
