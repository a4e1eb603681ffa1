package io.erlust.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.Optional;

/**
 * The kernel's session keyring, which children inherit: whoever started the server may have tickets
 * and keys in it. keyctl(2) has no function in the C library, only a system call.
 */
final class SessionKeyring {
    private static final Logger log = LoggerFactory.getLogger(SessionKeyring.class);
    private static final Map<String, Long> KEYCTL = Map.of("amd64", 250L, "aarch64", 219L);
    private static final int JOIN_SESSION_KEYRING = 1;

    private final Optional<MethodHandle> keyctl;

    private SessionKeyring(Optional<MethodHandle> keyctl) {
        this.keyctl = keyctl;
    }

    static SessionKeyring find() {
        Long number = KEYCTL.get(System.getProperty("os.arch"));
        if (number == null) {
            log.warn("nodes inherit the server's session keyring: unknown kind of machine");
            return new SessionKeyring(Optional.empty());
        }
        Linker linker = Linker.nativeLinker();
        MethodHandle syscall = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS),
                Linker.Option.firstVariadicArg(1));
        return new SessionKeyring(Optional.of(MethodHandles.insertArguments(
                syscall, 0, number, JOIN_SESSION_KEYRING, MemorySegment.NULL)));
    }

    /** Gives this thread, and what it starts from now on, an empty one; if there are any. */
    void leave() {
        try {
            if (keyctl.isPresent() && (long) keyctl.get().invoke() < 0) {
                log.debug("this machine makes no session keyring");
            }
        } catch (Throwable e) {
            throw new IllegalStateException("keyctl(2) could not be called", e);
        }
    }
}
