package dev.remora.intake;

import dev.remora.pool.Demand;
import dev.remora.protocol.ModelName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Predicate;

/** The records that wait for one model, in the order in which they run. Guarded by the window's lock, but for its demand. */
final class ModelQueue {
    /** Whether its records may run. */
    enum State {
        READY,
        /** The model is on its way into memory. */
        PARKED
    }

    private Demand demand;
    private final TreeSet<WaitingRecord> records = new TreeSet<>(WaitingRecord.ORDER);
    private State state = State.READY;
    private long parkedNanos;

    /** @param demand where the pool looks for what waits here */
    ModelQueue(Demand demand) {
        this.demand = demand;
    }

    ModelName model() {
        return demand.model();
    }

    /** What the pool sees of it. Thread-safe. */
    Demand demand() {
        return demand;
    }

    boolean parked() {
        return state == State.PARKED;
    }

    void park(long nowNanos) {
        state = State.PARKED;
        parkedNanos = nowNanos;
    }

    void ready() {
        state = State.READY;
    }

    long parkedNanos() {
        return parkedNanos;
    }

    boolean isEmpty() {
        return records.isEmpty();
    }

    int size() {
        return records.size();
    }

    Iterable<WaitingRecord> records() {
        return records;
    }

    /** The one that runs next; there is one. */
    WaitingRecord first() {
        return records.first();
    }

    /** Takes a record in, or back, at its place. */
    void add(WaitingRecord record) {
        follow(record.demand());
        records.add(record);
        tell();
    }

    WaitingRecord takeFirst() {
        WaitingRecord record = Objects.requireNonNull(records.pollFirst());
        tell();
        return record;
    }

    /** Takes those out that match. */
    List<WaitingRecord> takeAll(Predicate<WaitingRecord> which) {
        List<WaitingRecord> taken = new ArrayList<>();
        for (Iterator<WaitingRecord> each = records.iterator(); each.hasNext(); ) {
            WaitingRecord record = each.next();
            if (which.test(record)) {
                taken.add(record);
                each.remove();
            }
        }
        if (!taken.isEmpty()) {
            tell();
        }
        return taken;
    }

    /** Takes those out that match, of the last ones, at most so many. */
    List<WaitingRecord> takeLast(int most, Predicate<WaitingRecord> which) {
        List<WaitingRecord> taken = new ArrayList<>();
        for (Iterator<WaitingRecord> each = records.descendingIterator(); each.hasNext() && taken.size() < most; ) {
            WaitingRecord record = each.next();
            if (which.test(record)) {
                taken.add(record);
                each.remove();
            }
        }
        Collections.reverse(taken);
        if (!taken.isEmpty()) {
            tell();
        }
        return taken;
    }

    /** The pool may have forgotten the model while nothing waited, and look elsewhere since. */
    private void follow(Demand newest) {
        if (newest != demand) {
            demand.update(Demand.NONE, 0);
            demand = newest;
        }
    }

    private void tell() {
        demand.update(records.isEmpty() ? Demand.NONE : first().place(), records.size());
    }
}
