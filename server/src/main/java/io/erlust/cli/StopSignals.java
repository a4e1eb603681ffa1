package io.erlust.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * SIGTERM and SIGINT as values in a queue, so that the first can mean drain and the second hurry. A
 * shutdown hook can't tell them apart: the JVM swallows a second signal while hooks run.
 */
final class StopSignals {
    private final LinkedBlockingQueue<String> caught = new LinkedBlockingQueue<>();

    /** From now on both signals come here and no longer end the program. */
    static StopSignals listen() {
        StopSignals signals = new StopSignals();
        try {
            signals.install("TERM");
            signals.install("INT");
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM has no sun.misc.Signal", e);
        }
        return signals;
    }

    /** Blocks until the next signal; {@code TERM} or {@code INT}. */
    String next() throws InterruptedException {
        return caught.take();
    }

    // The class is in every JDK but javac warns of it whatever one does, and warnings are errors
    // here.
    @SuppressWarnings("ReferenceEquality") // a proxy has no equality but its identity
    private void install(String name) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        InvocationHandler catcher = (proxy, method, args) -> switch (method.getName()) {
            case "handle" -> {
                caught.add(name);
                yield null;
            }
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> proxy == args[0];
            default -> "handler of SIG" + name;
        };
        Object proxy =
                Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, catcher);
        signal.getMethod("handle", signal, handler)
                .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    }
}
