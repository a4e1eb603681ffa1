package io.erlust.json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads a JSON object field by field, strictly. Every error is an {@link InvalidField} with its
 * pointer. Call {@link #end()} last: it refuses the fields nobody asked for.
 */
public final class Fields {
    private final JsonNode object;
    private final String pointer;
    private final Set<String> known = new HashSet<>();

    private Fields(JsonNode object, String pointer) {
        this.object = object;
        this.pointer = pointer;
    }

    public static Fields of(JsonNode node, String pointer) {
        if (!node.isObject()) {
            throw new InvalidField(pointer, "an object", show(node));
        }
        return new Fields(node, pointer);
    }

    /** The raw value; null when the field is absent or JSON null. */
    public @Nullable JsonNode node(String name) {
        known.add(name);
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    public Optional<String> string(String name) {
        JsonNode value = node(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isString()) {
            throw invalid(name, "a string", value);
        }
        return Optional.of(value.stringValue());
    }

    /** An integer, also as a decimal string ("4"), between min and max inclusive. */
    public Optional<Long> integer(String name, long min, long max) {
        JsonNode value = node(name);
        if (value == null) {
            return Optional.empty();
        }
        String expected = "an integer from " + min + " to " + max;
        long number;
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            number = value.longValue();
        } else if (value.isString() && value.stringValue().matches("-?[0-9]{1,18}")) {
            number = Long.parseLong(value.stringValue());
        } else {
            throw invalid(name, expected, value);
        }
        if (number < min || number > max) {
            throw invalid(name, expected, value);
        }
        return Optional.of(number);
    }

    public Optional<Boolean> bool(String name) {
        JsonNode value = node(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isBoolean()) {
            throw invalid(name, "true or false", value);
        }
        return Optional.of(value.booleanValue());
    }

    public List<String> strings(String name) {
        JsonNode value = node(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray() || value.values().stream().anyMatch(each -> !each.isString())) {
            throw invalid(name, "an array of strings", value);
        }
        return value.values().stream().map(JsonNode::stringValue).toList();
    }

    public Optional<Fields> object(String name) {
        JsonNode value = node(name);
        return value == null ? Optional.empty() : Optional.of(of(value, at(name)));
    }

    /** Refuses fields that were never asked for, naming the nearest known one. */
    public void end() {
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                throw new InvalidField(
                        at(name), "one of " + new TreeSet<>(known), "an unknown field");
            }
        }
    }

    public Set<String> names() {
        return new TreeSet<>(object.propertyNames());
    }

    public String at(String name) {
        return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    public InvalidField invalid(String name, String expected, @Nullable JsonNode got) {
        return new InvalidField(at(name), expected, got == null ? "nothing" : show(got));
    }

    public InvalidField missing(String name, String expected) {
        return new InvalidField(at(name), expected, "nothing");
    }

    /** A short, safe rendering of a value for an error message. */
    static String show(JsonNode node) {
        String text = node.isObject() ? "an object" : node.isArray() ? "an array" : node.toString();
        return text.length() <= 80 ? text : text.substring(0, 77) + "…";
    }
}
