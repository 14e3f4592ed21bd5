package dev.remora.plugin;

import dev.remora.plugin.config.Setting;
import dev.remora.plugin.config.Settings;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/** Takes what was set out of MicroProfile Config, as text: a value that it converts may become a default in silence. */
final class MicroProfileSettings {
    private MicroProfileSettings() {}

    static Settings collect(Config config) {
        return Settings.collect(config.getPropertyNames(), name -> find(config, name));
    }

    private static Optional<Setting> find(Config config, String name) {
        var found = config.getConfigValue(name);
        var value = found == null ? null : found.getValue();
        return value == null
                ? Optional.empty()
                : Optional.of(new Setting(name, value, String.valueOf(found.getSourceName())));
    }
}
