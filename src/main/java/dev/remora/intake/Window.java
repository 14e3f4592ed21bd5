package dev.remora.intake;

import dev.remora.intake.Deferred.Place;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The records that were polled and not yet run: what the pool is told of the future, and where run threads take their
 * work. Thread-safe, by one lock that is held for the moving of references only.
 *
 * <p>Run threads take from here themselves: a record changes hands once, and poll is not woken for it.
 */
final class Window {
    /** How much work a model may have waiting over its share before others are read past it. */
    private static final long PATIENCE_MICROS = 250_000;

    /** How often room for deferred records is looked for: a model has {@link #PATIENCE_MICROS} of work before that. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Scheduler turns = new Turns();
    private final ModelQueues queues;
    private final Shares shares;
    private final Deferred deferred = new Deferred();
    private final WorkMeter meter;
    private final int runThreads;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition again = lock.newCondition();
    private final Condition finished = lock.newCondition();
    private final Slots slots;
    private final Dispatch dispatch;
    private final Map<TopicPartition, Long> epochs = new HashMap<>();
    private final Contents contents;
    private boolean closed;

    /** @param maxBytes of payload, running ones included */
    Window(int maxRecords, long maxBytes, int runThreads, LongSupplier nanos) {
        this.slots = new Slots(runThreads, turns, work);
        this.queues = new ModelQueues(turns, maxRecords);
        this.dispatch = new Dispatch(queues, turns, slots);
        this.shares = new Shares(maxRecords, maxBytes);
        this.meter = new WorkMeter(turns, runThreads);
        this.runThreads = runThreads;
        this.nanos = nanos;
        this.contents = new Contents(queues, shares, deferred, turns, epochs);
    }

    /** Records of this assignment of the partition may come from here on. */
    void assigned(TopicPartition partition, long epoch) {
        locked(() -> epochs.put(partition, epoch));
    }

    /**
     * Adds records, or defers those whose models are over their share. Run threads find all of them at once.
     *
     * @return queues whose models are not in memory, and nobody fetches or loads them for us: they are parked now, and the
     *     caller has the models prepared
     */
    List<ModelQueue> add(List<WaitingRecord> records) {
        List<ModelQueue> cold = new ArrayList<>();
        locked(() -> {
            for (WaitingRecord record : records) {
                ModelQueue parked = add(record);
                if (parked != null) {
                    cold.add(parked);
                }
            }
        });
        return cold;
    }

    private @Nullable ModelQueue add(WaitingRecord record) {
        if (deferred.before(record) || shares.over(record) && slow(record.model())) {
            if (deferred.records() == 0) {
                again.signal();
            }
            deferred.add(record);
            return null;
        }
        return admit(record);
    }

    /**
     * Takes a record whatever its model's share, as long as its partition is ours.
     *
     * @return its queue, where the caller has the model prepared, as with {@link #add}
     */
    @Nullable
    ModelQueue keep(WaitingRecord record) {
        return got(() -> ours(record) ? admit(record) : null);
    }

    private @Nullable ModelQueue admit(WaitingRecord record) {
        shares.hold(record);
        ModelQueue cold = queues.add(record, nanos.getAsLong());
        slots.came(record);
        return cold;
    }

    /** Whether what the model holds would keep others waiting: one that is fast is gone before it is read again. */
    private boolean slow(ModelName model) {
        long work = shares.records(model) * turns.costMicros(model) / runThreads;
        return work > PATIENCE_MICROS || queues.parked(model);
    }

    /**
     * What of the deferred is to be read again, as soon as there is room for it. Null when none is within the limit.
     *
     * @param leaves whether a model's records need no room, since they go elsewhere
     */
    @Nullable
    Place nextDeferred(Duration limit, BiPredicate<ModelName, Contents> leaves) throws InterruptedException {
        long end = nanos.getAsLong() + limit.toNanos();
        lock.lockInterruptibly();
        try {
            while (!closed) {
                Place next = deferred.next(shares::hasRoom, model -> leaves.test(model, contents));
                long left = end - nanos.getAsLong();
                if (next != null || left <= 0) {
                    return next;
                }
                again.awaitNanos(deferred.records() > 0 ? Math.min(left, LOOK_NANOS) : left);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether this is the first of its model's deferred records of this partition. */
    @Nullable
    Place deferredAt(TopicPartition partition, ModelName model, long offset) {
        return got(() -> deferred.at(partition, model, offset));
    }

    /** Whether this is the first of any model's deferred records of this partition. */
    @Nullable
    Place deferredAt(TopicPartition partition, long offset) {
        return got(() -> deferred.at(partition, offset));
    }

    /**
     * Adds a deferred record that was read again, if there is room; else it stays deferred.
     *
     * @return as {@link #keep}
     */
    @Nullable
    ModelQueue addAgain(WaitingRecord record, Place place) {
        return got(() -> shares.over(record) || !deferred.remove(place) ? null : admit(record));
    }

    /**
     * Takes what is to be done next: one record, or a few of one model whose runs are short or that runs them in one call.
     * Blocks; empty once the window is closed.
     *
     * @param last what the caller took last: it keeps its model for a while
     */
    List<Work> take(@Nullable Work last) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                List<Work> next = dispatch.next(last, nanos.getAsLong());
                if (!next.isEmpty()) {
                    return next;
                }
                slots.await();
            }
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records of one model that were taken are answered.
     *
     * @param ran what they had of their model
     */
    void done(List<WaitingRecord> records, Ran ran) {
        locked(() -> {
            if (ran.nanos() > 0) {
                ModelName model = records.get(0).model();
                turns.ran(model, records.size(), ran.nanos(), ran.whole());
                turns.runsTogether(model, ran.together());
                meter.ran(ran.nanos() * records.size());
            }
            for (WaitingRecord record : records) {
                slots.ends(record);
                shares.release(record);
            }
            finished.signalAll();
        });
    }

    /**
     * A record was taken whose model is not in memory after all: it goes back to its place.
     *
     * @return its queue, where the caller has the model prepared; null where that is under way, or where the record's
     *     partition has moved on
     */
    @Nullable
    ModelQueue park(WaitingRecord record) {
        return got(() -> {
            slots.ends(record);
            finished.signalAll();
            if (!ours(record)) {
                shares.release(record);
                return null;
            }
            return queues.putBack(record, nanos.getAsLong());
        });
    }

    /** The model of a parked queue is in memory. */
    void ready(ModelQueue queue, Preparation preparation) {
        locked(() -> {
            meter.loaded(preparation);
            queues.ready(queue, preparation, nanos.getAsLong());
            work.signalAll();
        });
    }

    /** The model of a parked queue cannot be had: all that wait for it are to be answered so. */
    void failed(ModelQueue queue, RemoraException reason) {
        locked(() -> {
            dispatch.failed(queues.remove(queue), reason, nanos.getAsLong());
            work.signalAll();
        });
    }

    /** Takes out those that no thread has taken and whose deadline has passed; the caller answers them. */
    List<WaitingRecord> expire(long nowMillis) {
        return takeOut(record -> record.expired(nowMillis));
    }

    /** Drops what waits of these partitions and no thread has taken, and takes none of it back. */
    void revoke(Collection<TopicPartition> partitions) {
        Set<TopicPartition> gone = Set.copyOf(partitions);
        locked(() -> {
            gone.forEach(epochs::remove);
            deferred.drop(gone);
            takeOut(record -> gone.contains(record.receipt().partition()));
            dispatch.drop(gone).forEach(shares::release);
        });
    }

    /** Waits until no thread is at these partitions' records, at most so long. Whether that was so in time. */
    boolean awaitIdle(Collection<TopicPartition> partitions, Duration limit) throws InterruptedException {
        Set<TopicPartition> gone = Set.copyOf(partitions);
        long left = TimeUnit.NANOSECONDS.convert(limit);
        lock.lockInterruptibly();
        try {
            while (slots.anyOf(gone)) {
                if (left <= 0) {
                    return false;
                }
                left = finished.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Hands out nothing more. */
    void close() {
        locked(() -> {
            closed = true;
            work.signalAll();
            again.signalAll();
        });
    }

    boolean closed() {
        return ask(in -> closed);
    }

    /** How full it is, from 0 to 1 and beyond. */
    double fill() {
        return ask(in -> Math.max(in.shares.fill(), in.deferred.fill()));
    }

    /**
     * Notes how things stand; to be called several times a second.
     *
     * @param unread how many records of each of our partitions are still to be read
     */
    void look(Map<TopicPartition, Long> unread) {
        locked(() -> meter.look(slots.running(), unread, nanos.getAsLong()));
    }

    /** How much work waits, and how busy the run threads have been. */
    Workload workload() {
        return ask(in -> meter.measure(in.queues, in.deferred));
    }

    Backlog backlog() {
        return ask(in -> {
            List<WaitingRecord> taken = slots.notBegun();
            int records = queues.waiting() + dispatch.failed() + taken.size();
            int running = slots.running().size();
            long oldest = Math.min(queues.oldestMillis(), deferred.oldestMillis());
            for (WaitingRecord each : taken) {
                oldest = Math.min(oldest, each.receipt().record().timestamp());
            }
            return new Backlog(records, shares.bytes(), oldest, queues.parked(), running, deferred.records());
        });
    }

    /** Asks, or changes, what is in it, alone with it as long as that takes. */
    <T> T ask(Function<Contents, T> question) {
        lock.lock();
        try {
            return question.apply(contents);
        } finally {
            lock.unlock();
        }
    }

    private List<WaitingRecord> takeOut(Predicate<WaitingRecord> which) {
        return ask(in -> {
            List<WaitingRecord> taken = queues.takeOut(which);
            taken.forEach(shares::release);
            return taken;
        });
    }

    private boolean ours(WaitingRecord record) {
        Long epoch = epochs.get(record.receipt().partition());
        return epoch != null && epoch == record.receipt().epoch();
    }

    private <T> @Nullable T got(Supplier<@Nullable T> decision) {
        lock.lock();
        try {
            return decision.get();
        } finally {
            lock.unlock();
        }
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What a record had of its model. Immutable.
     *
     * @param nanos how long it held its run thread, its part of that where several ran in one call; 0 when it did not run
     * @param whole whether it ran to its end
     * @param together how many records of its model are worth taking at once
     */
    record Ran(long nanos, boolean whole, int together) {
        static final Ran NOT = new Ran(0, false, 1);
    }

    /** What waits. Guarded by the window's lock. */
    record Contents(
            ModelQueues queues, Shares shares, Deferred deferred, Scheduler turns, Map<TopicPartition, Long> epochs) {}

    /** @param oldestMillis timestamp of the oldest record; {@code Long.MAX_VALUE} when none waits */
    record Backlog(int records, long bytes, long oldestMillis, int parked, int running, long deferred) {}
}
