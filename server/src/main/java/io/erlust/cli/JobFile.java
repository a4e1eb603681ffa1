package io.erlust.cli;

import io.erlust.json.InvalidJson;
import io.erlust.json.Json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Makes the body of a submission from a file: a JSON job as it is, or a program in a language. */
final class JobFile {
    private static final long BYTES_MAX = 32 << 20;
    private static final Map<String, String> LANGUAGES = Map.of("py", "python");

    private JobFile() {}

    /** The job object, without the wrapper. */
    static ObjectNode read(String file, Optional<String> language, Terminal terminal) {
        byte[] bytes = bytes(file, terminal);
        String name = file.equals("-") ? "" : Path.of(file).getFileName().toString();
        if (name.endsWith(".json") || (name.isEmpty() && startsWithBrace(bytes))) {
            return unwrapped(file, bytes);
        }
        ObjectNode job = Json.object();
        job.put("language", language.orElseGet(() -> languageOf(name)));
        job.put("source", new String(bytes, StandardCharsets.UTF_8));
        return job;
    }

    static JsonNode json(String option, String text) {
        try {
            return Json.parse(text);
        } catch (InvalidJson e) {
            throw Failure.usage(option + ": expected JSON, got " + text + ": " + e.getMessage());
        }
    }

    private static byte[] bytes(String file, Terminal terminal) {
        try {
            byte[] bytes = file.equals("-")
                    ? terminal.in().readNBytes((int) BYTES_MAX + 1)
                    : Files.readAllBytes(Path.of(file));
            if (bytes.length > BYTES_MAX) {
                throw Failure.local(file + ": expected at most 32 MiB");
            }
            return bytes;
        } catch (IOException e) {
            throw Failure.reading(file, e);
        }
    }

    private static boolean startsWithBrace(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8).stripLeading().startsWith("{");
    }

    private static ObjectNode unwrapped(String file, byte[] bytes) {
        try {
            JsonNode body = Json.parse(bytes);
            JsonNode job = body.has("job") ? body.path("job") : body;
            if (job instanceof ObjectNode object) {
                return object;
            }
            throw Failure.usage(file + ": expected a JSON object, a job");
        } catch (InvalidJson e) {
            throw Failure.usage(file + ": " + e.getMessage());
        }
    }

    private static String languageOf(String name) {
        String suffix = name.substring(name.lastIndexOf('.') + 1);
        String language = name.isEmpty() ? "python" : LANGUAGES.get(suffix);
        if (language == null) {
            throw Failure.usage(
                    name + ": can't tell the language by the name; give --language, for example"
                            + " --language python");
        }
        return language;
    }
}
