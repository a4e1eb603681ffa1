package io.erlust.jobs.spec;

import io.erlust.json.Fields;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Fields whose value is one of a few words: in Java enums, in JSON their names in lower case. */
public final class Words {
    private Words() {}

    /** The word as JSON has it. */
    public static String wire(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
    }

    /** As an application says it; {@code usual} when it says nothing. */
    static <E extends Enum<E>> E read(Fields object, String field, E usual) {
        Optional<String> word = object.string(field);
        if (word.isEmpty()) {
            return usual;
        }
        E[] known = usual.getDeclaringClass().getEnumConstants();
        return Arrays.stream(known)
                .filter(each -> wire(each).equals(word.get()))
                .findFirst()
                .orElseThrow(() -> object.invalid(
                        field,
                        "one of " + Arrays.stream(known).map(Words::wire).toList(),
                        object.node(field)));
    }

    /** Stores a word unless it is the usual one. */
    static void put(ObjectNode json, String field, Enum<?> word, Enum<?> usual) {
        if (word != usual) {
            json.put(field, wire(word));
        }
    }

    /** As stored. */
    static <E extends Enum<E>> E stored(JsonNode json, String field, E usual) {
        return Optional.ofNullable(json.get(field))
                .map(word -> Enum.valueOf(
                        usual.getDeclaringClass(), word.stringValue().toUpperCase(Locale.ROOT)))
                .orElse(usual);
    }
}
