package io.erlust.nodes;

import java.util.Collection;
import java.util.TreeSet;

/** Nobody taught the server this language. */
public final class UnknownLanguage extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnknownLanguage(String language, Collection<String> known) {
        super("expected a language of " + new TreeSet<>(known) + ", got \"" + language + '"');
    }
}
