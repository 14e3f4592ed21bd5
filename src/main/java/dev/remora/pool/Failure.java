package dev.remora.pool;

import dev.remora.protocol.RemoraException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A failure that is remembered, so that a model that is missing or broken costs no loop of calls. Immutable.
 *
 * @param error what those who ask are answered with
 * @param version of the artifact that is at fault, or null when no artifact is
 * @param probeAt when the store is asked again, on the pool's clock
 * @param backoffNanos what led to {@code probeAt}; the next one is longer
 * @param untilNanos when the same version is tried again; {@link Long#MAX_VALUE} for never
 */
record Failure(RemoraException error, @Nullable String version, long probeAt, long backoffNanos, long untilNanos) {
    private static final long FIRST = Duration.ofSeconds(1).toNanos();
    private static final long LONGEST = Duration.ofSeconds(5).toNanos();
    private static final long LONGEST_OF_VERSION = Duration.ofSeconds(10).toNanos();

    /** After {@code before}, if that one was about the same, the pause doubles. */
    static Failure after(
            @Nullable Failure before, RemoraException error, @Nullable String version, long now, long untilNanos) {
        long longest = version == null ? LONGEST : LONGEST_OF_VERSION;
        long backoff = before != null && before.error.code() == error.code()
                ? Math.min(2 * before.backoffNanos, longest)
                : FIRST;
        return new Failure(error, version, now + backoff, backoff, untilNanos);
    }
}
