package io.erlust.nodes;

import java.nio.file.Path;
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

    /** The directories it needs to read, beside the system's. */
    default List<Path> readable() {
        return List.of();
    }

    /**
     * What its library needs besides the two variables of the protocol.
     *
     * @param library where nodes find the libraries of all languages
     */
    Map<String, String> env(String library);
}
