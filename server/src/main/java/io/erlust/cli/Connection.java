package io.erlust.cli;

import picocli.CommandLine.Option;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** The options every command that talks to a server has: where it is, and the token. */
final class Connection {
    static final String URL_DEFAULT = "http://127.0.0.1:4370";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "the server (default: $ERLUST_URL, else " + URL_DEFAULT + ")")
    private Optional<String> url = Optional.empty();

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "the token; others on this machine can see it while the command runs")
    private Optional<String> token = Optional.empty();

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "a file with the token (default: $ERLUST_TOKEN, else admin.token in the"
                    + " data directory of this machine's server)")
    private Optional<Path> tokenFile = Optional.empty();

    ApiClient client() {
        URI base = base(url.or(() -> environment("ERLUST_URL")).orElse(URL_DEFAULT));
        return new ApiClient(base, token(base));
    }

    private Token token(URI base) {
        if (token.isPresent()) {
            return Token.of(token.get(), "--token");
        }
        if (tokenFile.isPresent()) {
            return Token.ofFile(tokenFile.get());
        }
        return environment("ERLUST_TOKEN")
                .map(text -> Token.of(text, "ERLUST_TOKEN"))
                .orElseGet(() -> Token.ofDataDirectory(base, DataDirectory.standard()));
    }

    static URI base(String url) {
        URI base;
        try {
            base = URI.create(url.endsWith("/") ? url : url + "/");
        } catch (IllegalArgumentException e) {
            throw wrongUrl(url);
        }
        boolean web = "http".equals(base.getScheme()) || "https".equals(base.getScheme());
        if (!web || base.getHost() == null) {
            throw wrongUrl(url);
        }
        return base;
    }

    private static Failure wrongUrl(String url) {
        return Failure.usage("--url: expected a URL like " + URL_DEFAULT + ", got " + url);
    }

    static Optional<String> environment(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty());
    }
}
