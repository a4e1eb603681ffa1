package io.erlust.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * The token sent with each request, and what to say when it is missing or refused.
 *
 * @param value the token; empty: none is sent
 * @param hint one sentence: where it came from, or how to give one
 */
record Token(Optional<String> value, String hint) {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]", "::1");

    static Token of(String text, String from) {
        return new Token(Optional.of(text.strip()), "the token came from " + from);
    }

    static Token ofFile(Path file) {
        try {
            return of(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw Failure.reading("the token file " + file, e);
        }
    }

    /**
     * The admin token of the server on this machine, if it can be read. It is never sent elsewhere:
     * a mistyped URL must not give it away.
     */
    static Token ofDataDirectory(URI server, Path data) {
        Path file = data.resolve("admin.token");
        if (!LOOPBACK.contains(Optional.ofNullable(server.getHost()).orElse(""))) {
            return new Token(
                    Optional.empty(),
                    "give its token with --token-file FILE, --token TOKEN or ERLUST_TOKEN");
        }
        if (!Files.isReadable(file)) {
            return new Token(
                    Optional.empty(),
                    "no token: " + file + " does not exist or can't be read. Give --token-file"
                            + " DATA/admin.token of the server's data directory, or ERLUST_TOKEN");
        }
        return ofFile(file);
    }
}
