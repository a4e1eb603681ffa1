package io.erlust.time;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.time.Duration;

/**
 * How long tests wait for a signal that has to come. A test that passes does not wait so long; one
 * that fails need not be quick. Awaitility's own 10 s are too few where a broker, a database and
 * other tests share two slow processors. Every test has it, see {@code junit-platform.properties}.
 */
public final class Patience implements BeforeAllCallback {
    public static final int SECONDS = 60;
    public static final Duration LONG = Duration.ofSeconds(SECONDS);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LONG);
    }
}
