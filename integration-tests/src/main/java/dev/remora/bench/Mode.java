package dev.remora.bench;

import java.util.Locale;

/** How replies are delivered: Remora's two modes, and the two kinds of baseline that they are held against. */
enum Mode {
    /** Replies and progress in one transaction. */
    EXACTLY_ONCE("exactly-once", "tx"),
    /** Replies at once, progress when it comes. */
    AT_LEAST_ONCE("at-least-once", "plain");

    private final String configured;
    private final String baseline;

    Mode(String configured, String baseline) {
        this.configured = configured;
        this.baseline = baseline;
    }

    /** As {@code remora.delivery} names it. */
    String configured() {
        return configured;
    }

    /** What a baseline of this kind is called. */
    String baseline() {
        return baseline;
    }

    static Mode parse(String text) {
        for (Mode mode : values()) {
            if (mode.configured.equals(text.toLowerCase(Locale.ROOT))) {
                return mode;
            }
        }
        throw new IllegalArgumentException("--delivery is exactly-once or at-least-once, not " + text);
    }
}
