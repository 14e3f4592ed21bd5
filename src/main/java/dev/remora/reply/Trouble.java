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
    private String kind = "";
    private long loggedNanos;

    /** None yet. */
    public Trouble(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
    }

    /** There is trouble: what it is, and what mends it. */
    public void is(String what) {
        is(what, what);
    }

    /**
     * There is trouble.
     *
     * @param newKind tells it from other trouble, where the text varies from one time to the next
     * @param what it is, and what mends it
     */
    public void is(String newKind, String what) {
        long now = nanos.getAsLong();
        if (text == null || !newKind.equals(kind) || now - loggedNanos >= REPEAT_NANOS) {
            log.warn(what);
            loggedNanos = now;
        }
        kind = newKind;
        text = what;
    }

    /** There is none any more. */
    public void over() {
        if (text != null) {
            log.info("Over: {}", text);
            text = null;
            kind = "";
        }
    }

    /** What it is, while it lasts. */
    public Optional<String> text() {
        return Optional.ofNullable(text);
    }
}
