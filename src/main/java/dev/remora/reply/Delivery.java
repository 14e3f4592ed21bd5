package dev.remora.reply;

import java.util.Locale;

/** What a reader of replies may count on ({@code remora.delivery}). Immutable. */
public enum Delivery {
    /** Replies are sent at once, progress is committed after them: a crash in between answers a record twice. */
    AT_LEAST_ONCE,
    /** Replies and progress commit in one transaction: a {@code read_committed} reader sees one reply a record. */
    EXACTLY_ONCE;

    /** As the configuration says it, such as {@code at-least-once}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
