package io.erlust.api.http;

import org.eclipse.jetty.util.Fields;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads query parameters one by one, each within its bounds. Call {@link #end()} last: it refuses
 * the parameters nobody asked for.
 */
public final class Query {
    private final Fields fields;
    private final Set<String> known = new HashSet<>();

    Query(Fields fields) {
        this.fields = fields;
    }

    public Optional<String> text(String name) {
        known.add(name);
        Fields.Field field = fields.get(name);
        if (field == null) {
            return Optional.empty();
        }
        if (field.hasMultipleValues()) {
            throw invalid(name, "one value", field.getValues().size() + " values");
        }
        return Optional.of(field.getValue());
    }

    /** Every value of a parameter that may be there several times. */
    public List<String> texts(String name) {
        known.add(name);
        return List.copyOf(fields.getValuesOrEmpty(name));
    }

    public Optional<Long> integer(String name, long min, long max) {
        return text(name).map(text -> integer(name, text, min, max));
    }

    public long integer(String name, long min, long max, long preset) {
        return integer(name, min, max).orElse(preset);
    }

    public boolean flag(String name) {
        return text(name)
                .map(text -> switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw invalid(name, "true or false", text);
                })
                .orElse(false);
    }

    public void end() {
        for (String name : fields.getNames()) {
            if (!known.contains(name)) {
                String expected =
                        known.isEmpty() ? "no parameters" : "one of " + new TreeSet<>(known);
                throw invalid(name, expected, "an unknown parameter");
            }
        }
    }

    private static long integer(String name, String text, long min, long max) {
        String expected = "an integer from " + min + " to " + max;
        if (!text.matches("[0-9]{1,18}")) {
            throw invalid(name, expected, text);
        }
        long number = Long.parseLong(text);
        if (number < min || number > max) {
            throw invalid(name, expected, text);
        }
        return number;
    }

    public static Problem invalid(String name, String expected, String got) {
        String shown = got.length() <= 80 ? got : got.substring(0, 77) + "…";
        return Problem.of(
                        ProblemType.INVALID_PARAMETER,
                        "parameter " + name + ": expected " + expected + ", got " + shown)
                .with("parameter", name)
                .with("expected", expected)
                .with("got", shown);
    }
}
