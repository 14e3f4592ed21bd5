package dev.remora.runtime;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Knows whether something was alone: a model's memory can be measured only while nothing else loads, runs or closes.
 * Thread-safe; costs two atomic additions for each activity.
 */
final class Activity {
    private static final long BEGUN = 1L << 32;

    /** How many have begun, in the high half; how many have not ended yet, in the low half. */
    private final AtomicLong count = new AtomicLong();

    /** Begins an activity. The ticket is for {@link #wasAlone}. */
    long begin() {
        return count.addAndGet(BEGUN + 1);
    }

    /** Whether no other activity has touched the one with this ticket, which has not ended yet. */
    boolean wasAlone(long ticket) {
        return (int) ticket == 1 && count.get() == ticket;
    }

    /** Ends an activity. */
    void end() {
        count.decrementAndGet();
    }
}
