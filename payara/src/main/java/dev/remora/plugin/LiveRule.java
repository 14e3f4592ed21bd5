package dev.remora.plugin;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * When an instance is better restarted: a thread of ours has ended, or hangs where nothing it waits for takes so long.
 * Threads that fetch, load or read again are judged by the first alone: the store, the disk and the brokers may keep them
 * waiting for as long as they like, and a restart would not hurry those. Immutable.
 *
 * @param runTimeout the longest that one run may take
 */
record LiveRule(Duration runTimeout) {
    /** Longer than any call to a broker that a turn may have to wait for, and than stopping a run may take. */
    static final Duration MARGIN = Duration.ofMinutes(3);

    private static final String REMEDY = " Take a thread dump (jstack), then restart this instance.";

    /**
     * What is wrong, and what mends it; empty when our threads turn.
     *
     * @param missing threads that have ended, by name
     * @param poll how long ago the poll thread last turned
     * @param reply how long ago the reply thread last turned
     * @param longestRun how long the longest run has taken so far
     */
    Optional<String> trouble(Set<String> missing, Duration poll, Duration reply, Duration longestRun) {
        if (!missing.isEmpty()) {
            return Optional.of("These threads have ended, though nobody stopped them: " + String.join(", ", missing)
                    + ". Restart this instance.");
        }
        if (poll.compareTo(MARGIN) >= 0) {
            return Optional.of("The poll thread has not turned for " + poll.toSeconds() + " s." + REMEDY);
        }
        if (reply.compareTo(MARGIN) >= 0) {
            return Optional.of("The reply thread has not turned for " + reply.toSeconds() + " s." + REMEDY);
        }
        if (longestRun.compareTo(runTimeout.plus(MARGIN)) >= 0) {
            return Optional.of("A run that remora.run.timeout (" + runTimeout.toSeconds()
                    + " s) should have stopped goes on" + " after " + longestRun.toSeconds() + " s." + REMEDY);
        }
        return Optional.empty();
    }
}
