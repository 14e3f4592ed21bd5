package dev.remora.intake;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What a run thread takes next. Guarded by the window's lock. */
final class Dispatch {
    /** How much work a thread takes at once: to look here costs about as much as the shortest runs. */
    private static final long AT_ONCE_MICROS = 100;

    /** Should one run take longer than was expected, no more than these wait for it. */
    private static final int MOST_AT_ONCE = 8;

    private final ModelQueues queues;
    private final Scheduler turns;
    private final Slots slots;
    private final Deque<Work> failed = new ArrayDeque<>();

    Dispatch(ModelQueues queues, Scheduler turns, Slots slots) {
        this.queues = queues;
        this.turns = turns;
        this.slots = slots;
    }

    /**
     * Takes one record, or a few of one model whose runs are short or that runs them in one call; none where nothing may run
     * now.
     *
     * @param last what the caller took last: it keeps its model for a while
     */
    List<Work> next(@Nullable Work last, long nowNanos) {
        List<Work> next = choose(last, nowNanos);
        if (!next.isEmpty()) {
            slots.begins(next, queues.waiting() > queues.parked());
        }
        return next;
    }

    /** The model of these records cannot be had: they are answered so before anything else is done. */
    void failed(List<WaitingRecord> records, RemoraException reason, long nowNanos) {
        records.forEach(record -> failed.add(new Work(record, reason, 1, nowNanos)));
    }

    /** How many records wait to be answered so. */
    int failed() {
        return failed.size();
    }

    /** Drops those of these partitions, and returns them. */
    List<WaitingRecord> drop(Set<TopicPartition> partitions) {
        List<WaitingRecord> dropped = new ArrayList<>();
        for (Iterator<Work> each = failed.iterator(); each.hasNext(); ) {
            WaitingRecord record = each.next().record();
            if (partitions.contains(record.receipt().partition())) {
                each.remove();
                dropped.add(record);
            }
        }
        return dropped;
    }

    private List<Work> choose(@Nullable Work last, long nowNanos) {
        Work failure = failed.pollFirst();
        if (failure != null) {
            return List.of(failure);
        }
        long mostMicros = slots.mostMicros();
        Work first = last == null || mostMicros < Slots.ANY ? null : more(last, nowNanos);
        if (first == null) {
            WaitingRecord record = queues.next(mostMicros);
            first = record == null ? null : new Work(record, null, 1, nowNanos);
        }
        if (first == null) {
            return List.of();
        }
        return mostMicros < Slots.ANY ? List.of(first) : withMore(first, nowNanos);
    }

    private List<Work> withMore(Work first, long nowNanos) {
        ModelName model = first.record().model();
        long cost = turns.costMicros(model);
        long most = Math.max(
                Math.min(MOST_AT_ONCE, AT_ONCE_MICROS / cost),
                Math.min(turns.together(model), Turns.TURN_MICROS / cost));
        List<Work> works = new ArrayList<>();
        for (Work next = first; next != null; next = works.size() < most ? more(next, nowNanos) : null) {
            works.add(next);
        }
        return works;
    }

    private @Nullable Work more(Work last, long nowNanos) {
        WaitingRecord record = queues.more(last.record().model(), last.inRow(), nowNanos - last.firstNanos());
        return record == null ? null : new Work(record, null, last.inRow() + 1, last.firstNanos());
    }
}
