package dev.remora.plugin.config;

import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One key of the configuration: its name, how it is written, what it means, and what holds where nobody sets it.
 * Immutable.
 */
public final class ConfigKey<T> {
    private final String name;
    private final Kind<T> kind;
    private final String sentence;
    private final Default<T> fallback;

    private ConfigKey(String name, Kind<T> kind, String sentence, Default<T> fallback) {
        this.name = name;
        this.kind = kind;
        this.sentence = sentence;
        this.fallback = fallback;
    }

    static <T> ConfigKey<T> needed(String name, Kind<T> kind, String sentence) {
        return new ConfigKey<>(name, kind, sentence, new Default<>("needed", null, true));
    }

    static <T> ConfigKey<T> optional(String name, Kind<T> kind, String absence, String sentence) {
        return new ConfigKey<>(name, kind, sentence, new Default<>(absence, null, false));
    }

    static <T> ConfigKey<T> of(String name, Kind<T> kind, String fallback, String sentence) {
        var parsed = kind.parser().apply(fallback);
        return new ConfigKey<>(name, kind, sentence, new Default<>(fallback, basis -> parsed, false));
    }

    /** A key whose default depends on other keys or on the machine. */
    static <T> ConfigKey<T> derived(
            String name, Kind<T> kind, String phrase, Function<Basis, T> derive, String sentence) {
        return new ConfigKey<>(name, kind, sentence, new Default<>(phrase, derive, false));
    }

    /** Such as {@code remora.memory.max}. */
    public String name() {
        return name;
    }

    /** How its value is written. */
    public Kind<T> kind() {
        return kind;
    }

    /** What it means, for the table of keys. */
    public String sentence() {
        return sentence;
    }

    /** What holds where nobody sets it, in words. */
    public String defaultPhrase() {
        return fallback.phrase();
    }

    /** Whether nothing starts without it. */
    public boolean isNeeded() {
        return fallback.needed();
    }

    /** How an environment variable says it, such as {@code REMORA_MEMORY_MAX}. */
    public String environmentName() {
        return environmentName(name);
    }

    static String environmentName(String name) {
        return name.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    @Nullable
    Function<Basis, T> derive() {
        return fallback.derive();
    }

    String print(T value) {
        return kind.printer().apply(value);
    }

    @Override
    public String toString() {
        return name;
    }

    /** What a default may be made of. */
    interface Basis {
        <V> V get(ConfigKey<V> key);

        boolean has(ConfigKey<?> key);

        Machine machine();
    }

    private record Default<T>(String phrase, @Nullable Function<Basis, T> derive, boolean needed) {}
}
