package io.erlust.time;

import java.time.Instant;

/** The time people read. It may jump; nothing but `when` and time stamps may depend on it. */
@FunctionalInterface
public interface WallClock {
    Instant now();

    static WallClock system() {
        return Instant::now;
    }
}
