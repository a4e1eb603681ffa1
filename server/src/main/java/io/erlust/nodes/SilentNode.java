package io.erlust.nodes;

import java.io.IOException;

/** The node said nothing in the time it had. */
final class SilentNode extends IOException {
    private static final long serialVersionUID = 1;

    SilentNode() {
        super("it did not say hello in time");
    }
}
