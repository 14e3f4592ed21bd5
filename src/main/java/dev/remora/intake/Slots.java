package dev.remora.intake;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import org.apache.kafka.common.TopicPartition;

/**
 * What run threads have taken, and what may begin to run beside it. Guarded by the window's lock.
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
    private final Condition work;

    /** One for each thread that has not come to the end of what it took. */
    private final List<Taken> taken = new ArrayList<>();

    private int asleep;

    /** Whether one that was woken has not looked yet. */
    private boolean waking;

    /** @param work where threads sleep that find nothing to take */
    Slots(int slots, Scheduler turns, Condition work) {
        this.slots = slots;
        this.turns = turns;
        this.work = work;
    }

    /** The threads that take from here: with all of them at their runs nothing is gained by one more. */
    static int threads(int slots) {
        return slots + 1;
    }

    /** How long a run that begins now may take, in microseconds; {@link #ANY} while a slot is free, 0 for none. */
    long mostMicros() {
        if (taken.size() < slots) {
            return ANY;
        }
        long shortest = ANY;
        for (Taken each : taken) {
            shortest = Math.min(shortest, each.micros);
        }
        return taken.size() > slots || shortest < LONG_MICROS ? 0 : shortest / PART;
    }

    /** A record has come: wakes a thread for it where it needs one. */
    void came(WaitingRecord record) {
        long most = mostMicros();
        if (most == ANY) {
            fill();
        } else if (most > 0 && turns.costMicros(record.model()) <= most) {
            wake();
        }
    }

    /**
     * The calling thread has taken these, of one model, to run them one after the other. Wakes another one for what is left,
     * or for a short run that waits already, where all slots are at long ones now.
     *
     * @param moreWaits whether there is more to take
     */
    void begins(List<Work> works, boolean moreWaits) {
        Deque<WaitingRecord> records = new ArrayDeque<>(works.size() + 1);
        works.forEach(each -> records.add(each.record()));
        taken.add(new Taken(records, turns.costMicros(records.getFirst().model())));
        long most = mostMicros();
        if (most == ANY && moreWaits) {
            fill();
        } else if (most > 0 && most < ANY) {
            wake();
        }
    }

    /** Sleeps until woken, of a thread that has found nothing to take. */
    void await() throws InterruptedException {
        asleep++;
        try {
            work.await();
        } finally {
            asleep--;
            waking = false;
        }
    }

    /**
     * Not while all slots have a thread that runs or will look here in a moment: the one more would find nothing then, or
     * take another one's place with cold caches.
     */
    private void fill() {
        if (asleep > 1) {
            wake();
        }
    }

    /** One after another: the first takes a few records where they are short, and wakes the next for what it leaves. */
    private void wake() {
        if (!waking && asleep > 0) {
            waking = true;
            work.signal();
        }
    }

    /** A record that was taken has run, or does not. */
    void ends(WaitingRecord record) {
        for (Taken each : taken) {
            if (each.records.removeFirstOccurrence(record)) {
                if (each.records.isEmpty()) {
                    taken.remove(each);
                }
                return;
            }
        }
    }

    /** Whether a thread has taken records of these partitions that have not ended. */
    boolean anyOf(Set<TopicPartition> partitions) {
        for (Taken each : taken) {
            for (WaitingRecord record : each.records) {
                if (partitions.contains(record.receipt().partition())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Those that run now: of what a thread has taken, the first. */
    Set<WaitingRecord> running() {
        Set<WaitingRecord> running = new HashSet<>();
        taken.forEach(each -> running.add(each.records.getFirst()));
        return running;
    }

    /** Those that were taken and have not begun to run. */
    List<WaitingRecord> notBegun() {
        List<WaitingRecord> later = new ArrayList<>();
        taken.forEach(each -> each.records.stream().skip(1).forEach(later::add));
        return later;
    }

    /**
     * What one thread has taken at once.
     *
     * @param records that have not ended, in the order in which they run
     * @param micros what one of them was expected to take when it was taken
     */
    private record Taken(Deque<WaitingRecord> records, long micros) {}
}
