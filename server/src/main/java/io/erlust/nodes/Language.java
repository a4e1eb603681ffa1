package io.erlust.nodes;

import java.util.List;
import java.util.Map;

/** How to run nodes of one language. */
interface Language {
    /**
     * The command that starts a node.
     *
     * @throws LanguageMissing when this machine can't run it
     */
    List<String> command();

    /** What its library needs besides the two variables of the protocol. */
    Map<String, String> env();
}
