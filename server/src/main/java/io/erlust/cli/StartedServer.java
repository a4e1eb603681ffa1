package io.erlust.cli;

import io.erlust.server.Server;
import io.erlust.server.ServerConfig;
import io.erlust.store.StoreException;

/** Starts the server in this process; what keeps it from starting is said in a sentence. */
final class StartedServer {
    private StartedServer() {}

    static Server start(ServerConfig config) {
        try {
            return Server.start(config);
        } catch (IllegalArgumentException | IllegalStateException | StoreException e) {
            throw Failure.local("the server can't start: " + e.getMessage());
        }
    }
}
