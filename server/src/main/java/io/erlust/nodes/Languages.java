package io.erlust.nodes;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;
import java.util.Set;

/** The languages that nodes can be written in, by name. */
public final class Languages {
    private static final Logger log = LoggerFactory.getLogger(Languages.class);

    private final Map<String, Language> byName;

    Languages(Map<String, Language> byName) {
        this.byName = Map.copyOf(byName);
    }

    public static Languages of(RuntimeDirectory runtime) {
        return new Languages(Map.of("python", new Python(runtime.library("python"))));
    }

    public Set<String> names() {
        return byName.keySet();
    }

    Language get(String name) {
        Language language = byName.get(name);
        if (language == null) {
            throw new UnknownLanguage(name, names());
        }
        return language;
    }

    /** Finds the interpreters in the background, so that the first node need not wait for it. */
    public void warmUp() {
        byName.forEach((name, language) -> Thread.ofVirtual().start(() -> find(name, language)));
    }

    private static void find(String name, Language language) {
        try {
            language.command();
        } catch (LanguageMissing e) {
            log.warn("jobs in {} can't run: {}", name, e.getMessage());
        }
    }
}
