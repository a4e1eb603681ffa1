package io.erlust.process;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** kill(2) for process groups, which Java has no call for. */
final class Signals {
    static final int KILL = 9;
    static final int TERM = 15;

    private static final MethodHandle KILL_CALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("kill"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private Signals() {}

    /** Signals each process of the group; false when there is no such group, or no right to. */
    static boolean sendToGroup(long leader, int signal) {
        if (leader <= 1 || leader > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("expected a group leader's pid, got " + leader);
        }
        try {
            return (int) KILL_CALL.invokeExact((int) -leader, signal) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException("kill(2) could not be called", e);
        }
    }
}
