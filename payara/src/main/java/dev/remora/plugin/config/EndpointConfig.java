package dev.remora.plugin.config;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The whole configuration of an endpoint, checked: every key with its value. Immutable. */
public final class EndpointConfig {
    private final Map<ConfigKey<?>, Object> values;
    private final Map<ConfigKey<?>, Setting> given;
    private final Map<String, Setting> kafkaGiven;
    private final KafkaSettings kafka;

    EndpointConfig(
            Map<ConfigKey<?>, Object> values, Map<ConfigKey<?>, Setting> given, Map<String, Setting> kafkaGiven) {
        this.values = Map.copyOf(values);
        this.given = Map.copyOf(given);
        this.kafkaGiven = Map.copyOf(kafkaGiven);
        this.kafka = KafkaSettings.of(get(ConfigKeys.BOOTSTRAP_SERVERS), kafkaGiven);
    }

    /** The value of a key that is needed or has a default. */
    public <T> T get(ConfigKey<T> key) {
        return find(key).orElseThrow(() -> new IllegalStateException(key + " has no value"));
    }

    /** The value of a key that may have none. */
    // A value is stored under the key whose kind made it.
    @SuppressWarnings("unchecked")
    public <T> Optional<T> find(ConfigKey<T> key) {
        return Optional.ofNullable((T) values.get(key));
    }

    /** Kafka's own settings. */
    public KafkaSettings kafka() {
        return kafka;
    }

    /** Every value with where it came from, one a line, for the log; secrets are masked. */
    public String describe() {
        var text = new StringBuilder("Remora's configuration:");
        ConfigKeys.all().forEach(key -> describe(key, text));
        new TreeMap<>(kafkaGiven).forEach((name, setting) -> {
            var value = KafkaNames.isPassword(name) ? Secrets.MASK : Secrets.shown(name, setting.value());
            append(text, Settings.KAFKA + name, value.replace("\"", ""), setting.source());
        });
        return text.toString();
    }

    private <T> void describe(ConfigKey<T> key, StringBuilder text) {
        var setting = given.get(key);
        var value = find(key).map(key::print).orElse("");
        if (!value.isEmpty()) {
            var shown = Secrets.shown(key.name(), value).replace("\"", "");
            append(text, key.name(), shown, setting == null ? "default" : setting.source());
        }
    }

    private static void append(StringBuilder text, String name, String value, String source) {
        text.append(String.format("%n  %-32s %s  (%s)", name, value, source));
    }
}
