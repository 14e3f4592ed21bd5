package dev.remora.reply;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What keeps a thread from its work, for the log and for health: logged when it begins or changes and every half minute
 * while it lasts, and once when it is over. Written by one thread, read by any.
 */
public final class Trouble {
    private static final long REPEAT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Logger log;
    private final LongSupplier nanos;
    private volatile @Nullable String text;
    private long loggedNanos;

    /** None yet. */
    public Trouble(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
    }

    /** There is trouble: what it is, and what mends it. */
    public void is(String what) {
        long now = nanos.getAsLong();
        if (!what.equals(text) || now - loggedNanos >= REPEAT_NANOS) {
            log.warn(what);
            loggedNanos = now;
        }
        text = what;
    }

    /** There is none any more. */
    public void over() {
        if (text != null) {
            log.info("Over: {}", text);
            text = null;
        }
    }

    /** What it is, while it lasts. */
    public Optional<String> text() {
        return Optional.ofNullable(text);
    }
}
