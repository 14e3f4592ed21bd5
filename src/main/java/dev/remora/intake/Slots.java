package dev.remora.intake;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import org.apache.kafka.common.TopicPartition;

/**
 * What runs, and what may begin to run beside it. Guarded by the window's lock.
 *
 * <p>A run is not interrupted, so a short one that comes while long ones hold all slots would wait for the first of them to
 * end, however urgent its turn is. There is one more run thread than slots: it takes what is done long before that, and
 * shares the processors with the others for so long.
 */
final class Slots {
    static final long ANY = Long.MAX_VALUE;

    /** Runs shorter than this are waited for: that costs less than one thread more. */
    static final long LONG_MICROS = 5_000;

    /** A short run takes this part of a long one at most. */
    static final int PART = 4;

    private final int slots;
    private final Scheduler turns;
    /** What each was expected to take when it began, in microseconds. */
    private final Map<WaitingRecord, Long> running = new HashMap<>();

    private int asleep;

    Slots(int slots, Scheduler turns) {
        this.slots = slots;
        this.turns = turns;
    }

    /** The threads that take from here: with all of them at their runs nothing is gained by one more. */
    static int threads(int slots) {
        return slots + 1;
    }

    /** How long a run that begins now may take, in microseconds; {@link #ANY} while a slot is free, 0 for none. */
    long mostMicros() {
        if (running.size() < slots) {
            return ANY;
        }
        long shortest = ANY;
        for (long micros : running.values()) {
            shortest = Math.min(shortest, micros);
        }
        return running.size() > slots || shortest < LONG_MICROS ? 0 : shortest / PART;
    }

    /**
     * Whether a thread is to be woken for a record that has come. Not while all slots have a thread that runs or will look
     * here in a moment: the one more would find nothing then, or take another one's place with cold caches.
     */
    boolean needOneMore(WaitingRecord record) {
        if (running.size() < slots) {
            return asleep > 1;
        }
        long most = mostMicros();
        return most > 0 && turns.costMicros(record.model()) <= most;
    }

    /** As {@link Condition#await()}, of a thread that has found nothing to take. */
    void await(Condition work) throws InterruptedException {
        asleep++;
        try {
            work.await();
        } finally {
            asleep--;
        }
    }

    /** With this run all slots may be at long ones while a short one waits already: then one more thread looks. */
    void begins(WaitingRecord record, Condition work) {
        running.put(record, turns.costMicros(record.model()));
        long most = mostMicros();
        if (most > 0 && most < ANY) {
            work.signal();
        }
    }

    void ends(WaitingRecord record) {
        running.remove(record);
    }

    /** Whether a record of these partitions runs. */
    boolean anyOf(Set<TopicPartition> partitions) {
        return running.keySet().stream()
                .anyMatch(each -> partitions.contains(each.receipt().partition()));
    }

    int count() {
        return running.size();
    }

    Set<WaitingRecord> running() {
        return Collections.unmodifiableSet(running.keySet());
    }
}
