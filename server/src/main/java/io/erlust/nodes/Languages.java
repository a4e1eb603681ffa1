package io.erlust.nodes;

import io.erlust.jobs.spec.Limits;
import io.erlust.nodes.sandbox.Guest;
import io.erlust.nodes.sandbox.Isolation;
import io.erlust.nodes.sandbox.Trial;
import io.erlust.process.Spawner;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The languages that nodes can be written in, by name. */
public final class Languages {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Map<String, Language> byName;

    Languages(Map<String, Language> byName) {
        this.byName = Map.copyOf(byName);
    }

    public static Languages of(Spawner spawner, Isolation isolation, RuntimeDirectory runtime) {
        Try inside = (words, readable) -> {
            Guest guest = new Guest(words, Map.of(), readable, false, Limits.DEFAULT);
            NodeDirectory directory = runtime.newTrial();
            try {
                return Trial.output(spawner, isolation, directory.place(), guest, PATIENCE);
            } finally {
                directory.delete();
            }
        };
        return new Languages(Map.of("python", new Python(runtime.library("python"), inside)));
    }

    /** Runs an interpreter as nodes are run, and gives what it printed. */
    interface Try {
        String output(List<String> words, List<Path> readable) throws IOException;
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
}
