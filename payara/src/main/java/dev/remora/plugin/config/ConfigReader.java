package dev.remora.plugin.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** Reads a configuration and finds all its mistakes, not the first alone. Confined to one thread, for one reading. */
public final class ConfigReader {
    private final Machine machine;
    private final Map<ConfigKey<?>, Object> values = new HashMap<>();
    private final Map<ConfigKey<?>, Setting> given = new HashMap<>();
    private final List<Mistake> mistakes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private Settings settings;

    private ConfigReader(Settings settings, Machine machine) {
        this.settings = settings;
        this.machine = machine;
    }

    /** Reads it. Blocks on the disk, and makes the folder {@code remora.disk.path} where it is missing. */
    public static Outcome read(Settings settings, Machine machine) {
        return new ConfigReader(settings, machine).read();
    }

    private Outcome read() {
        readKey(ConfigKeys.KAFKA_FILE);
        find(ConfigKeys.KAFKA_FILE).ifPresent(this::readKafkaFile);
        ConfigKeys.all().stream().filter(key -> key != ConfigKeys.KAFKA_FILE).forEach(this::readKey);
        ConfigKeys.all().forEach(this::derive);
        settings.unknown().values().forEach(this::refuseUnknown);
        var kafka = new KafkaChecks(settings.kafka());
        mistakes.addAll(kafka.mistakes());
        warnings.addAll(kafka.warnings());
        var together = new TogetherChecks(this::find, given, machine);
        mistakes.addAll(together.mistakes());
        warnings.addAll(together.warnings());
        var config = mistakes.isEmpty()
                ? Optional.of(new EndpointConfig(values, given, settings.kafka()))
                : Optional.<EndpointConfig>empty();
        return new Outcome(config, mistakes, warnings);
    }

    private <T> void readKey(ConfigKey<T> key) {
        var found = settings.find(key);
        if (found.isEmpty()) {
            if (key.isNeeded()) {
                mistakes.add(new Mistake(
                        key.name(),
                        "It is needed, and not set.",
                        key.sentence() + " Set it, or " + key.environmentName() + " in the environment. Allowed: "
                                + key.kind().allowed() + "."));
            }
            return;
        }
        var setting = found.get();
        given.put(key, setting);
        var dangling = setting.dangling(key.name());
        if (dangling.isPresent()) {
            mistakes.add(dangling.get());
            return;
        }
        try {
            values.put(key, key.kind().parser().apply(setting.value()));
        } catch (IllegalArgumentException e) {
            mistakes.add(Mistake.of(
                    setting,
                    key.name(),
                    String.valueOf(e.getMessage()),
                    "Allowed: " + key.kind().allowed() + "."));
        }
    }

    private <T> void derive(ConfigKey<T> key) {
        var derive = key.derive();
        if (derive == null || given.containsKey(key)) {
            return;
        }
        try {
            values.put(key, derive.apply(new Known()));
        } catch (NoSuchElementException e) {
            // It is made of a value that is a mistake itself, and reported as one.
            return;
        } catch (IllegalArgumentException e) {
            mistakes.add(
                    new Mistake(key.name(), "It is not set, and has no default here.", String.valueOf(e.getMessage())));
        }
    }

    private void readKafkaFile(Path file) {
        try {
            settings = settings.withFallbacks(KafkaFile.read(file));
        } catch (IOException e) {
            mistakes.add(new Mistake(
                    ConfigKeys.KAFKA_FILE + " = \"" + file + '"',
                    "This file cannot be read (" + e.getClass().getSimpleName() + ": " + e.getMessage() + ").",
                    "Make it readable for the user that runs the server, or take the key out."));
        }
    }

    private void refuseUnknown(Setting setting) {
        var names = ConfigKeys.all().stream()
                .map(key -> setting.name().startsWith(Settings.PREFIX) ? key.name() : key.environmentName())
                .toList();
        // Its value is not shown: nobody knows what it is.
        mistakes.add(new Mistake(
                setting.name() + ", from " + setting.source(),
                "There is no such key.",
                Nearest.question(setting.name(), names, "Take it out; docs/configuration.md lists all keys.")));
    }

    @SuppressWarnings("unchecked")
    private <T> Optional<T> find(ConfigKey<T> key) {
        return Optional.ofNullable((T) values.get(key));
    }

    /**
     * What came of reading.
     *
     * @param config present when there are no mistakes
     * @param mistakes what must be mended before anything starts
     * @param warnings what may be meant so, and is more likely not
     */
    public record Outcome(Optional<EndpointConfig> config, List<Mistake> mistakes, List<String> warnings) {
        public Outcome {
            mistakes = List.copyOf(mistakes);
            warnings = List.copyOf(warnings);
        }

        /** How many mistakes there are, in one sentence. */
        public String summary() {
            return "Remora's configuration has " + (mistakes.size() == 1 ? "a mistake" : mistakes.size() + " mistakes")
                    + "; nothing was started.";
        }

        /** All mistakes, numbered. */
        public String report() {
            var text = new StringBuilder(summary());
            for (int number = 1; number <= mistakes.size(); number++) {
                text.append(String.format("%n  %d. %s", number, mistakes.get(number - 1)));
            }
            return text.toString();
        }
    }

    private final class Known implements ConfigKey.Basis {
        @Override
        public <V> V get(ConfigKey<V> key) {
            return find(key).orElseThrow();
        }

        @Override
        public boolean has(ConfigKey<?> key) {
            return given.containsKey(key);
        }

        @Override
        public Machine machine() {
            return machine;
        }
    }
}
