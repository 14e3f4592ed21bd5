package dev.remora.plugin;

import dev.remora.plugin.config.Setting;
import dev.remora.plugin.config.Settings;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/** Takes what was set out of MicroProfile Config, as text: a value that it converts may become a default in silence. */
final class MicroProfileSettings {
    private static final Pattern EXPRESSION = Pattern.compile("(?<!\\\\)\\$\\{([^:{}]+)}");

    private MicroProfileSettings() {}

    static Settings collect(Config config) {
        return Settings.collect(config.getPropertyNames(), name -> find(config, name));
    }

    private static Optional<Setting> find(Config config, String name) {
        var found = config.getConfigValue(name);
        if (found == null) {
            return Optional.empty();
        }
        var missing = missing(config, found.getRawValue());
        // Where nothing is left of it, what was written says more.
        var value = found.getValue() == null && missing.isPresent() ? found.getRawValue() : found.getValue();
        return Optional.ofNullable(value)
                .map(text -> new Setting(name, text, String.valueOf(found.getSourceName()), missing));
    }

    /** The first expression in the value that stands for nothing: Payara replaces it by nothing, in silence. */
    private static Optional<String> missing(Config config, @Nullable String raw) {
        var expressions = EXPRESSION.matcher(raw == null ? "" : raw);
        return expressions
                .results()
                .map(each -> each.group(1))
                .filter(name -> config.getOptionalValue(name, String.class).isEmpty())
                .findFirst();
    }
}
