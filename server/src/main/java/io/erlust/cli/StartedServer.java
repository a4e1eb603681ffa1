package io.erlust.cli;

import io.erlust.server.Server;
import io.erlust.server.ServerConfig;
import io.erlust.store.StoreException;

import java.io.IOException;
import java.net.BindException;

/** Starts the server in this process; what keeps it from starting is said in a sentence. */
final class StartedServer {
    private StartedServer() {}

    static Server start(ServerConfig config) {
        try {
            return Server.start(config);
        } catch (IllegalArgumentException | IllegalStateException | StoreException e) {
            throw Failure.local("the server can't start: " + e.getMessage() + portAdvice(e));
        }
    }

    private static String portAdvice(Exception e) {
        return e.getCause() instanceof IOException failed
                        && failed.getCause() instanceof BindException reason
                ? " (" + reason.getMessage() + "); choose another --port, 0 for any free one"
                : "";
    }
}
