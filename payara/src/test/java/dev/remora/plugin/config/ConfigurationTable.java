package dev.remora.plugin.config;

import java.util.stream.Collectors;

/** Renders the catalogue of keys for docs/configuration.md. */
public final class ConfigurationTable {
    private ConfigurationTable() {}

    /** Every key, as a table. */
    public static String keys() {
        return "| Key | Value | Default | Meaning |\n|---|---|---|---|\n"
                + ConfigKeys.all().stream().map(ConfigurationTable::row).collect(Collectors.joining());
    }

    /** What passes through to Kafka is refused for these. */
    public static String fixed() {
        return "| Kafka setting | Why it is fixed |\n|---|---|\n"
                + KafkaNames.fixed().entrySet().stream()
                        .map(each -> "| `" + each.getKey() + "` | " + capital(each.getValue()) + " |\n")
                        .collect(Collectors.joining());
    }

    private static String row(ConfigKey<?> key) {
        var fallback = key.isNeeded() ? "**needed**" : escape(key.defaultPhrase());
        return "| `" + key.name() + "` | " + escape(key.kind().label()) + " | "
                + (fallback.isEmpty() ? "none" : fallback) + " | " + escape(key.sentence()) + " |\n";
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    private static String escape(String text) {
        return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;");
    }
}
