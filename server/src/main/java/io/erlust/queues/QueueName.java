package io.erlust.queues;

import io.erlust.json.InvalidField;

import java.util.regex.Pattern;

/** A queue's name: letters, digits, {@code . _ -}; 1 to 128 of them. */
public record QueueName(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    public QueueName {
        if (!FORM.matcher(value).matches() || value.contains("..")) {
            throw new InvalidField(
                    "/queue",
                    "a queue name of 1 to 128 letters, digits, '.', '_' or '-'",
                    '"' + value + '"');
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
