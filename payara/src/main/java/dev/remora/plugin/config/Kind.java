package dev.remora.plugin.config;

import java.util.function.Function;

/**
 * A kind of value: how it is written and how it is read. Immutable.
 *
 * @param label a few words for the table of keys
 * @param allowed what may be written, as the end of "Allowed: …"
 * @param parser throws an {@link IllegalArgumentException} that says what is wrong with the text
 * @param printer writes a value so that the parser would read it again
 */
public record Kind<T>(String label, String allowed, Function<String, T> parser, Function<T, String> printer) {
    Kind<T> allowing(String text) {
        return new Kind<>(text, text, parser, printer);
    }

    Kind<T> labelled(String text) {
        return new Kind<>(text, allowed, parser, printer);
    }

    /** The same kind with a further rule, which throws when it is broken. */
    Kind<T> where(String text, Rule<T> rule) {
        return new Kind<>(
                label,
                text,
                written -> {
                    T value = parser.apply(written);
                    rule.check(value);
                    return value;
                },
                printer);
    }

    /** A rule for a value that could be read. */
    @FunctionalInterface
    interface Rule<T> {
        void check(T value);
    }
}
