package dev.remora.intake;

import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits, by model: a queue is there while records wait in it or its model is on its way. Guarded by the window's
 * lock.
 */
final class ModelQueues {
    private final Scheduler turns;
    private final int classPlaces;
    private final Map<ModelName, ModelQueue> queues = new HashMap<>();
    private long sequence;
    private int waiting;
    private int parked;

    /** @param classPlaces by how many places a record goes before those of the next lower priority */
    ModelQueues(Scheduler turns, int classPlaces) {
        this.turns = turns;
        this.classPlaces = classPlaces;
    }

    /** Adds a record; returns its queue where that was parked for it, so that its model is to be prepared. */
    @Nullable
    ModelQueue add(WaitingRecord record, long nowNanos) {
        record.arrived(sequence++, classPlaces);
        ModelQueue queue = queueOf(record);
        boolean first = queue.isEmpty();
        queue.add(record);
        count(queue, 1);
        if (queue.parked()) {
            return null;
        }
        if (record.tier() != Tier.MEMORY) {
            return park(queue, nowNanos);
        }
        if (first) {
            turns.ready(queue);
        }
        return null;
    }

    /** Puts a record back whose model is not in memory; returns its queue where that was parked for it. */
    @Nullable
    ModelQueue putBack(WaitingRecord record, long nowNanos) {
        ModelQueue queue = queueOf(record);
        queue.add(record);
        count(queue, 1);
        return queue.parked() ? null : park(queue, nowNanos);
    }

    /**
     * Takes the record that runs next, or null when none may.
     *
     * @param mostMicros that its run may take
     */
    @Nullable
    WaitingRecord next(long mostMicros) {
        ModelQueue queue = turns.next(mostMicros);
        return queue == null ? null : takeFirst(queue);
    }

    /** Takes the next record of this model for who took so many of it in a row, or null when others have their turn. */
    @Nullable
    WaitingRecord more(ModelName model, int inRow, long heldNanos) {
        ModelQueue queue = queues.get(model);
        return queue != null && turns.keeps(queue, inRow, heldNanos) ? takeFirst(queue) : null;
    }

    private WaitingRecord takeFirst(ModelQueue queue) {
        WaitingRecord record = queue.takeFirst();
        count(queue, -1);
        if (queue.isEmpty()) {
            queues.remove(queue.model());
        } else {
            turns.ready(queue);
        }
        return record;
    }

    /** The model of a parked queue is in memory. */
    void ready(ModelQueue queue, Preparation preparation, long nowNanos) {
        for (WaitingRecord record : queue.records()) {
            record.waited(preparation.fetchNanos(), preparation.loadNanos(), queue.parkedNanos(), nowNanos);
        }
        queue.ready();
        parked -= queue.size();
        if (queue.isEmpty()) {
            queues.remove(queue.model());
        } else {
            turns.ready(queue);
        }
    }

    /** Takes a parked queue out, with all that wait in it. */
    List<WaitingRecord> remove(ModelQueue queue) {
        queues.remove(queue.model());
        List<WaitingRecord> taken = queue.takeAll(record -> true);
        count(queue, -taken.size());
        return taken;
    }

    /** Takes those out that match. */
    List<WaitingRecord> takeOut(Predicate<WaitingRecord> which) {
        List<WaitingRecord> taken = new ArrayList<>();
        for (ModelQueue queue : List.copyOf(queues.values())) {
            List<WaitingRecord> ofIt = queue.takeAll(which);
            taken.addAll(ofIt);
            count(queue, -ofIt.size());
            gone(queue);
        }
        return taken;
    }

    Collection<ModelQueue> all() {
        return queues.values();
    }

    /** Takes those of a model out that match, of the last ones, at most so many. */
    List<WaitingRecord> takeLast(ModelName model, int most, Predicate<WaitingRecord> which) {
        ModelQueue queue = queues.get(model);
        if (queue == null || most <= 0) {
            return List.of();
        }
        List<WaitingRecord> taken = queue.takeLast(most, which);
        count(queue, -taken.size());
        gone(queue);
        return taken;
    }

    int waiting(ModelName model) {
        ModelQueue queue = queues.get(model);
        return queue == null ? 0 : queue.size();
    }

    boolean parked(ModelName model) {
        ModelQueue queue = queues.get(model);
        return queue != null && queue.parked();
    }

    int waiting() {
        return waiting;
    }

    /** How many of those wait for their model. */
    int parked() {
        return parked;
    }

    /** Timestamp of the oldest record; {@code Long.MAX_VALUE} when none waits. */
    long oldestMillis() {
        long oldest = Long.MAX_VALUE;
        for (ModelQueue queue : queues.values()) {
            for (WaitingRecord record : queue.records()) {
                oldest = Math.min(oldest, record.receipt().record().timestamp());
            }
        }
        return oldest;
    }

    private void gone(ModelQueue queue) {
        if (queue.isEmpty() && !queue.parked()) {
            queues.remove(queue.model());
            turns.gone(queue);
        }
    }

    private void count(ModelQueue queue, int by) {
        waiting += by;
        parked += queue.parked() ? by : 0;
    }

    private ModelQueue queueOf(WaitingRecord record) {
        return queues.computeIfAbsent(record.model(), model -> new ModelQueue(record.demand()));
    }

    private ModelQueue park(ModelQueue queue, long nowNanos) {
        turns.gone(queue);
        queue.park(nowNanos);
        parked += queue.size();
        return queue;
    }
}
