package io.erlust.jobs.spec;

import io.erlust.json.Fields;
import io.erlust.json.InvalidField;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads {@code env} and {@code labels}: objects whose values are strings. */
final class TextMapReader {
    static final int ENV_MAX = 256;
    static final int ENV_CHARS_MAX = 32_768;

    /** More, and the system starts no process with them. */
    static final int ENV_TOTAL_CHARS_MAX = 256 << 10;

    static final int LABELS_MAX = 64;
    static final int LABEL_CHARS_MAX = 256;
    private static final Pattern ENV_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,255}");
    private static final Pattern LABEL_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,62}");

    private TextMapReader() {}

    static Map<String, String> env(Fields job) {
        Map<String, String> env =
                texts(job, "env", ENV_MAX, ENV_NAME, "of at most " + ENV_CHARS_MAX + " characters");
        int total = env.entrySet().stream()
                .mapToInt(each -> each.getKey().length() + each.getValue().length())
                .sum();
        if (total > ENV_TOTAL_CHARS_MAX) {
            throw new InvalidField(
                    job.at("env"),
                    "at most " + ENV_TOTAL_CHARS_MAX + " characters in all",
                    total + " characters");
        }
        env.forEach((name, value) -> {
            String at = job.at("env") + "/" + name;
            if (name.startsWith("ERLUST_")) {
                throw new InvalidField(at, "a name that does not start with ERLUST_", name);
            }
            if (value.length() > ENV_CHARS_MAX || value.indexOf('\0') >= 0) {
                throw new InvalidField(
                        at,
                        "at most " + ENV_CHARS_MAX + " characters, none of them NUL",
                        value.length() + " characters");
            }
        });
        return env;
    }

    static Map<String, String> labels(Fields job) {
        String expected = "of at most " + LABEL_CHARS_MAX + " characters, no control characters";
        Map<String, String> labels = texts(job, "labels", LABELS_MAX, LABEL_NAME, expected);
        labels.forEach((name, value) -> {
            if (value.length() > LABEL_CHARS_MAX
                    || value.chars().anyMatch(Character::isISOControl)) {
                throw new InvalidField(
                        job.at("labels") + "/" + name.replace("/", "~1"),
                        "a string " + expected,
                        value.length() + " characters");
            }
        });
        return labels;
    }

    /** An object of strings, sorted by name, so that the order of writing makes no difference. */
    private static Map<String, String> texts(
            Fields job, String field, int max, Pattern form, String value) {
        Map<String, String> texts = new TreeMap<>();
        Optional<Fields> object = job.object(field);
        if (object.isEmpty()) {
            return texts;
        }
        Fields fields = object.get();
        if (fields.names().size() > max) {
            throw new InvalidField(
                    job.at(field),
                    "at most " + max + " entries",
                    fields.names().size() + " entries");
        }
        for (String name : fields.names()) {
            if (!form.matcher(name).matches()) {
                throw new InvalidField(fields.at(name), "a name like " + form, "another one");
            }
            texts.put(
                    name,
                    fields.string(name)
                            .orElseThrow(() -> fields.missing(name, "a string " + value)));
        }
        return texts;
    }
}
