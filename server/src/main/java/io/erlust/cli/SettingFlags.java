package io.erlust.cli;

import io.erlust.config.Given;
import io.erlust.config.Setting;
import io.erlust.config.Settings;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

import java.util.ArrayList;
import java.util.List;

/** The flags that set something: each setting's own, from its declaration, and {@code --set}. */
final class SettingFlags {
    private final Settings settings;

    SettingFlags(Settings settings) {
        this.settings = settings;
    }

    void addTo(CommandSpec command) {
        for (Setting<?> setting : settings.all()) {
            setting.flag().ifPresent(label -> command.addOption(option(setting, label)));
        }
    }

    private static OptionSpec option(Setting<?> setting, String label) {
        boolean isSwitch = label.isEmpty();
        OptionSpec.Builder option = OptionSpec.builder(setting.flagName())
                .arity(isSwitch ? "0" : "1")
                .paramLabel(label)
                .description(description(setting));
        if (setting.isRepeatable()) {
            return option.type(List.class).auxiliaryTypes(String.class).build();
        }
        return option.type(isSwitch ? boolean.class : String.class).build();
    }

    /** Its documentation, as the beginning of a line rather than a sentence. */
    private static String description(Setting<?> setting) {
        String doc = setting.doc();
        String line = Character.toLowerCase(doc.charAt(0)) + doc.substring(1, doc.length() - 1);
        return line.replace("%", "%%") + suffix(setting);
    }

    private static String suffix(Setting<?> setting) {
        if (setting.isRepeatable()) {
            return "; repeatable";
        }
        boolean isSwitch = setting.flag().stream().anyMatch(String::isEmpty);
        return isSwitch ? "" : " (default: " + setting.otherwise().replace("`", "") + ")";
    }

    /** What was given on the command line, as settings. */
    List<Given> given(ParseResult parsed, List<String> set) {
        List<Given> all = new ArrayList<>();
        for (Setting<?> setting : settings.all()) {
            if (setting.flag().isPresent() && parsed.hasMatchedOption(setting.flagName())) {
                all.add(ofFlag(setting, parsed));
            }
        }
        for (String pair : set) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                // not shown: it may be the URL of a database
                throw Failure.usage("--set: expected KEY=VALUE, got a text without a key or \"=\"");
            }
            all.add(Given.text(pair.substring(0, equals), pair.substring(equals + 1), "--set"));
        }
        return all;
    }

    private static Given ofFlag(Setting<?> setting, ParseResult parsed) {
        String flag = setting.flagName();
        if (setting.isRepeatable()) {
            return Given.list(setting.key(), parsed.matchedOptionValue(flag, List.of()), flag);
        }
        Object value = parsed.matchedOptionValue(flag, ""); // of a switch it is true
        return Given.text(setting.key(), value.toString(), flag);
    }
}
