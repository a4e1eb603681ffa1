package io.erlust.amqp;

import java.nio.charset.StandardCharsets;

/** Takes the jobs that come as messages; whoever wires the server knows it. */
@FunctionalInterface
public interface JobDesk {
    /**
     * What is answered.
     *
     * @param isRetryLater the message is to be given back instead, and comes again
     */
    record Reply(int status, String contentType, byte[] body, boolean isRetryLater) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** What a message asked for is durable when it returns. Must not throw. */
    Reply submit(byte[] message);
}
