package dev.remora.spread;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long one model must have needed less before its route narrows. A route that is wider again soon after it had narrowed
 * needs the width for a reason that its demand does not show, as where other models keep its home busy: then the next time
 * it is twice as long. Confined to the control thread.
 */
final class Calm {
    static final Duration FIRST = Duration.ofSeconds(30);
    static final Duration LONGEST = Duration.ofMinutes(16);

    /** Wider again within that time, it had better not have narrowed. */
    static final Duration SOON = Duration.ofMinutes(1);

    /** Narrow for so long, it starts anew. */
    static final Duration FORGOTTEN = Duration.ofMinutes(5);

    private long calmNanos = FIRST.toNanos();
    private @Nullable Long changedNanos;
    private boolean narrowed;

    long nanos() {
        return calmNanos;
    }

    /** The route has another width from now on, for it needed more or less. */
    void changed(long nowNanos, boolean wider) {
        if (forgotten(nowNanos)) {
            calmNanos = FIRST.toNanos();
        } else if (wider && narrowed && since(nowNanos) < SOON.toNanos()) {
            calmNanos = Math.min(LONGEST.toNanos(), 2 * calmNanos);
        }
        narrowed = !wider;
        changedNanos = nowNanos;
    }

    /** Whether the route has been narrow for so long, or always, that there is nothing to remember. */
    private boolean forgotten(long nowNanos) {
        return changedNanos == null || narrowed && unchanged(nowNanos);
    }

    /** Whether the route has had its width for so long. */
    boolean unchanged(long nowNanos) {
        return since(nowNanos) >= FORGOTTEN.toNanos();
    }

    private long since(long nowNanos) {
        return changedNanos == null ? Long.MAX_VALUE : nowNanos - changedNanos;
    }
}
