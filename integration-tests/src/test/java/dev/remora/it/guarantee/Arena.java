package dev.remora.it.guarantee;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What a disturbance may touch. Immutable.
 *
 * @param site broker and store
 * @param fleet the instances
 * @param takeovers where deaths are noted
 * @param random of this lane of disturbances
 * @param sessionTimeout after which the group takes a silent instance for dead
 * @param tally counts what was done
 * @param over open when the run is to end early
 */
record Arena(
        Site site,
        Fleet fleet,
        Takeovers takeovers,
        SplittableRandom random,
        Duration sessionTimeout,
        Tally tally,
        CountDownLatch over) {

    /** Blocks for so long, or until the run is over. */
    void hold(Duration time) throws InterruptedException {
        if (over.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new InterruptedException("The run is over");
        }
    }
}
