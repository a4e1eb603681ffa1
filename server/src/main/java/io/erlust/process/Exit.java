package io.erlust.process;

/**
 * How a process ended, as the kernel told its parent.
 *
 * <p>Java gives a death by signal {@code n} as the exit value {@code 128 + n}, as shells do; a
 * program that itself exits with 129 to 192 therefore counts as killed by that signal.
 */
public sealed interface Exit {
    int SIGNALS_MAX = 64;
    /** It returned 0. */
    record Normal() implements Exit {
        @Override
        public String toString() {
            return "normal";
        }
    }

    /** It returned something else. */
    record Code(int code) implements Exit {
        @Override
        public String toString() {
            return "exit " + code;
        }
    }

    /** A signal ended it. */
    record Signal(int number) implements Exit {
        @Override
        public String toString() {
            return "signal " + number;
        }
    }

    static Exit of(int value) {
        if (value == 0) {
            return new Normal();
        }
        boolean isSignal = value > 128 && value <= 128 + SIGNALS_MAX;
        return isSignal ? new Signal(value - 128) : new Code(value);
    }

    default boolean isNormal() {
        return this instanceof Normal;
    }

    /** By SIGKILL. */
    default boolean isKilled() {
        return equals(new Signal(Signals.KILL));
    }
}
