package io.erlust.config;

import java.util.List;

/** The configuration can't be used; each error is a line that says where, what, and got what. */
public final class InvalidConfig extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final transient List<String> errors;

    public InvalidConfig(List<String> errors) {
        super(String.join("\n", errors));
        this.errors = List.copyOf(errors);
    }

    public List<String> errors() {
        return errors;
    }
}
