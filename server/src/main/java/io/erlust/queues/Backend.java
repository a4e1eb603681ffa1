package io.erlust.queues;

import io.erlust.json.Fields;
import io.erlust.json.InvalidField;

import java.util.Optional;

/** Where the ready items of a queue live. */
public enum Backend {
    /** In Erlust's own database. */
    SQL("sql"),

    /** In a message broker, shared with any program that speaks AMQP 0-9-1. */
    AMQP("amqp");

    private final String wire;

    Backend(String wire) {
        this.wire = wire;
    }

    public String wire() {
        return wire;
    }

    /** The field {@code backend}, when it is there. */
    static Optional<Backend> read(Fields fields) {
        return fields.string("backend").map(Backend::of);
    }

    private static Backend of(String text) {
        for (Backend each : values()) {
            if (each.wire.equals(text)) {
                return each;
            }
        }
        throw new InvalidField("/backend", "sql or amqp", text);
    }
}
