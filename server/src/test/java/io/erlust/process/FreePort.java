package io.erlust.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port for a server that takes some time to use it. It is outside the range that the system takes
 * clients' ports from: else somebody, even a client that tries to reach that server after its
 * death, may get it meanwhile.
 */
public final class FreePort {
    private static final int MIN = 20_000;
    private static final int MAX = 30_000;

    private FreePort() {}

    public static int find() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(MIN, MAX);
            try (ServerSocket free = new ServerSocket()) {
                free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException e) {
                // somebody has it: another one
            }
        }
    }
}
