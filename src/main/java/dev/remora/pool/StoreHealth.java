package dev.remora.pool;

import dev.remora.protocol.RemoraException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Since when the store fails or refuses, said once in the log. Guarded by the pool's lock. */
final class StoreHealth {
    private static final Logger log = LoggerFactory.getLogger(StoreHealth.class);

    private static final long DOUBT = Duration.ofSeconds(5).toNanos();

    private boolean failing;
    private long failedAt;
    private boolean refusing;
    private long refusingSince;

    void answered() {
        if (failing) {
            log.info("The model store answers again");
        }
        failing = false;
        refusing = false;
    }

    void failed(RemoraException failure, long now) {
        failedAt = now;
        if (!failing) {
            log.warn(
                    "The model store fails; models that are here are served, others wait. {} {}",
                    failure.getMessage(),
                    failure.remedy());
        }
        failing = true;
    }

    /** Whether it failed so short a time ago that asking again would likely be waiting for nothing. */
    boolean failedJustNow(long now) {
        return failing && now - failedAt < DOUBT;
    }

    /** Returns for how long it has been refusing, in nanoseconds. */
    long refused(long now) {
        if (!refusing) {
            refusing = true;
            refusingSince = now;
        }
        return now - refusingSince;
    }
}
