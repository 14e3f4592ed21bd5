package dev.remora.plugin.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** A file of Kafka's own settings, such as every Kafka tool takes. Immutable. */
final class KafkaFile {
    private KafkaFile() {}

    /**
     * Its entries as settings of ours, by key. Blocks on the disk.
     *
     * @throws IOException when it cannot be read
     */
    static Map<String, Setting> read(Path file) throws IOException {
        var properties = new Properties();
        try (var reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IllegalArgumentException e) {
            throw new IOException("it has a malformed \\u escape", e);
        }
        var settings = new TreeMap<String, Setting>();
        for (var name : properties.stringPropertyNames()) {
            var value = properties.getProperty(name).strip();
            if (!value.isEmpty()) {
                settings.put(Settings.KAFKA + name, new Setting(Settings.KAFKA + name, value, file.toString()));
            }
        }
        return settings;
    }
}
