package io.erlust.config;

import java.util.Map;
import java.util.Optional;

/** What all settings are, after everybody had a say. Each value given is one its kind reads. */
public final class Values {
    private final Map<String, Given> given;

    Values(Map<String, Given> given) {
        this.given = Map.copyOf(given);
    }

    public <T> T get(Setting<T> setting) {
        return find(setting).orElseThrow();
    }

    /** Empty: it was not set, and has no value of its own. */
    public <T> Optional<T> find(Setting<T> setting) {
        return Optional.ofNullable(given.get(setting.key()))
                .or(() -> setting.standard().map(text -> Given.text(setting.key(), text, "")))
                .map(value -> setting.kind().read(value).orElseThrow());
    }

    /** How many settings somebody gave. */
    public int count() {
        return given.size();
    }
}
