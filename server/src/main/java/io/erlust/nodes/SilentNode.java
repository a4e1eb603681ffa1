package io.erlust.nodes;

import java.io.IOException;

/** The node did not say what it had to in the time it had: its hello, or a frame's rest. */
final class SilentNode extends IOException {
    private static final long serialVersionUID = 1;

    SilentNode() {
        super("it did not send what was expected of it in time");
    }
}
