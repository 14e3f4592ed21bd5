package dev.remora.pool;

import dev.remora.protocol.RemoraException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Since when the store fails or refuses, said once in the log. Guarded by the pool's lock. */
final class StoreHealth {
    private static final Logger log = LoggerFactory.getLogger(StoreHealth.class);

    private static final long PROBE_EVERY = Duration.ofSeconds(5).toNanos();
    /** A store that fails now and then is said once: it answers again when nothing has failed for so long. */
    private static final long QUIET = Duration.ofSeconds(30).toNanos();

    private boolean failing;
    private boolean said;
    private long failedAt;
    private long nextProbe;
    private boolean refusing;
    private long refusingSince;

    void answered(long now) {
        failing = false;
        refusing = false;
        if (said && now - failedAt >= QUIET) {
            said = false;
            log.info("The model store answers again");
        }
    }

    void failed(RemoraException failure, long now) {
        failing = true;
        failedAt = now;
        nextProbe = now + PROBE_EVERY;
        if (!said) {
            said = true;
            log.warn(
                    "The model store fails; models that are here are served, others wait. {} {}",
                    failure.getMessage(),
                    failure.remedy());
        }
    }

    /** Whether it failed when it was last asked. */
    boolean failing() {
        return failing;
    }

    /** Whether it is time to ask a failing store again; then nobody else does until the answer is due. */
    boolean mayProbe(long now) {
        if (now < nextProbe) {
            return false;
        }
        nextProbe = now + PROBE_EVERY;
        return true;
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
