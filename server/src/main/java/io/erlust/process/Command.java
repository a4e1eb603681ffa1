package io.erlust.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What to run and where.
 *
 * @param env the whole environment of the process; it inherits nothing
 * @param input what it reads from its standard input, to the end
 */
public record Command(List<String> words, Path directory, Map<String, String> env, String input) {
    public Command {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("expected a program to run, got no words");
        }
        words = List.copyOf(words);
        env = Map.copyOf(env);
    }

    public Command(List<String> words, Path directory, Map<String, String> env) {
        this(words, directory, env, "");
    }
}
