package io.erlust.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The keys that HOCON gives a value, and those nobody knows. A null means: as if not there. */
final class HoconKeys {
    private final Settings settings;
    private final Consumer<Given> given;
    private final Consumer<String> errors;

    /** Both are told in the order of the lines. */
    HoconKeys(Settings settings, Consumer<Given> given, Consumer<String> errors) {
        this.settings = settings;
        this.given = given;
        this.errors = errors;
    }

    void walk(ConfigObject root) {
        walk(root, "");
    }

    private void walk(ConfigObject object, String prefix) {
        object.entrySet().stream()
                .sorted(Comparator.comparingInt(
                        entry -> entry.getValue().origin().lineNumber()))
                // a name with a dot or a space in it is quoted here, so it is no key
                .forEach(each ->
                        visit(prefix + ConfigUtil.joinPath(each.getKey()), each.getValue()));
    }

    private void visit(String key, ConfigValue value) {
        String where = Hocon.where(value.origin());
        Optional<Setting<?>> setting = settings.find(key);
        if (settings.isGroup(key)) {
            if (value instanceof ConfigObject group) {
                walk(group, key + ".");
            } else if (value.valueType() != ConfigValueType.NULL) {
                errors.accept(where + ": " + key + ": expected a group like " + key
                        + " { … }, got one value");
            }
        } else if (setting.isEmpty()) {
            errors.accept(settings.unknownKey(where, key));
        } else {
            leaf(setting.get(), value, where);
        }
    }

    private void leaf(Setting<?> setting, ConfigValue value, String where) {
        String key = setting.key();
        switch (value.valueType()) {
            case NULL -> {}
            case OBJECT ->
                errors.accept(where + ": " + key + ": expected "
                        + setting.kind().expected() + ", got a group { … }");
            case LIST -> {
                List<ConfigValue> items = (ConfigList) value;
                if (items.stream().allMatch(HoconKeys::isOne)) {
                    given.accept(
                            Given.list(key, items.stream().map(HoconKeys::text).toList(), where));
                } else {
                    errors.accept(
                            where + ": " + key + ": expected " + setting.kind().expected()
                                    + ", got a list with something else than texts in it");
                }
            }
            case STRING, NUMBER, BOOLEAN -> given.accept(Given.text(key, text(value), where));
        }
    }

    private static boolean isOne(ConfigValue value) {
        return switch (value.valueType()) {
            case STRING, NUMBER, BOOLEAN -> true;
            case NULL, OBJECT, LIST -> false;
        };
    }

    /** As written: 1.0 stays 1.0. */
    private static String text(ConfigValue value) {
        return value.atKey("it").getString("it");
    }
}
