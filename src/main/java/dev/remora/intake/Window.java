package dev.remora.intake;

import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The records that were polled and not yet run: what the pool is told of the future, and where run threads take their
 * work. Thread-safe, by one lock that is held for the moving of references only.
 *
 * <p>Run threads take from here themselves: a record changes hands once, and poll is not woken for it.
 */
final class Window {
    private final Turns turns = new Turns();
    private final ModelQueues queues;
    private final int maxRecords;
    private final long maxBytes;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition finished = lock.newCondition();
    private final Deque<Work> failed = new ArrayDeque<>();
    private final Set<WaitingRecord> running = new HashSet<>();
    private final Map<TopicPartition, Long> epochs = new HashMap<>();
    private long bytes;
    private boolean closed;

    /** @param maxBytes of payload, running ones included */
    Window(int maxRecords, long maxBytes, LongSupplier nanos) {
        this.queues = new ModelQueues(turns, maxRecords);
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
        this.nanos = nanos;
    }

    /** Records of this assignment of the partition may come from here on. */
    void assigned(TopicPartition partition, long epoch) {
        locked(() -> epochs.put(partition, epoch));
    }

    /**
     * Adds a record.
     *
     * @return its queue, where its model is not in memory and nobody fetches or loads it for us: the queue is parked now,
     *     and the caller has the model prepared
     */
    @Nullable
    ModelQueue add(WaitingRecord record) {
        lock.lock();
        try {
            bytes += record.bytes();
            ModelQueue cold = queues.add(record, nanos.getAsLong());
            work.signal();
            return cold;
        } finally {
            lock.unlock();
        }
    }

    /** Takes what is to be done next. Blocks; null once the window is closed. */
    @Nullable
    Work take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                Work next = next();
                if (next != null) {
                    running.add(next.record);
                    return next;
                }
                work.await();
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Work next() {
        Work failure = failed.pollFirst();
        if (failure != null) {
            return failure;
        }
        WaitingRecord record = queues.next();
        return record == null ? null : new Work(record, null);
    }

    /**
     * A record that was taken is answered.
     *
     * @param ranNanos how long it held its run thread for its model; 0 when it did not run
     */
    void done(WaitingRecord record, long ranNanos) {
        locked(() -> {
            if (ranNanos > 0) {
                turns.ran(record.model(), ranNanos);
            }
            running.remove(record);
            bytes -= record.bytes();
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
        lock.lock();
        try {
            running.remove(record);
            finished.signalAll();
            if (!ours(record)) {
                bytes -= record.bytes();
                return null;
            }
            return queues.putBack(record, nanos.getAsLong());
        } finally {
            lock.unlock();
        }
    }

    /** The model of a parked queue is in memory. */
    void ready(ModelQueue queue, Preparation preparation) {
        locked(() -> {
            queues.ready(queue, preparation, nanos.getAsLong());
            work.signalAll();
        });
    }

    /** The model of a parked queue cannot be had: all that wait for it are to be answered so. */
    void failed(ModelQueue queue, RemoraException reason) {
        locked(() -> {
            queues.remove(queue).forEach(record -> failed.add(new Work(record, reason)));
            work.signalAll();
        });
    }

    /** Takes out those whose deadline has passed; the caller answers them. */
    List<WaitingRecord> expire(long nowMillis) {
        return takeOut(record -> record.expired(nowMillis));
    }

    /** Drops what waits of these partitions, and takes none of it back. */
    void revoke(Collection<TopicPartition> partitions) {
        Set<TopicPartition> gone = Set.copyOf(partitions);
        locked(() -> {
            gone.forEach(epochs::remove);
            takeOut(record -> gone.contains(record.receipt().partition()));
            failed.removeIf(each -> {
                boolean drop = gone.contains(each.record.receipt().partition());
                if (drop) {
                    bytes -= each.record.bytes();
                }
                return drop;
            });
        });
    }

    /** Waits until none of these partitions' records run, at most so long. Whether that was so in time. */
    boolean awaitIdle(Collection<TopicPartition> partitions, Duration limit) throws InterruptedException {
        Set<TopicPartition> gone = Set.copyOf(partitions);
        long left = TimeUnit.NANOSECONDS.convert(limit);
        lock.lockInterruptibly();
        try {
            while (running.stream()
                    .anyMatch(record -> gone.contains(record.receipt().partition()))) {
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
        });
    }

    boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** How full it is, from 0 to 1 and beyond. */
    double fill() {
        lock.lock();
        try {
            return Math.max((double) (waiting() + running.size()) / maxRecords, (double) bytes / maxBytes);
        } finally {
            lock.unlock();
        }
    }

    Backlog backlog() {
        lock.lock();
        try {
            return new Backlog(waiting(), bytes, queues.oldestMillis(), queues.parked(), running.size());
        } finally {
            lock.unlock();
        }
    }

    private List<WaitingRecord> takeOut(Predicate<WaitingRecord> which) {
        lock.lock();
        try {
            List<WaitingRecord> taken = queues.takeOut(which);
            taken.forEach(record -> bytes -= record.bytes());
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private int waiting() {
        return queues.waiting() + failed.size();
    }

    private boolean ours(WaitingRecord record) {
        Long epoch = epochs.get(record.receipt().partition());
        return epoch != null && epoch == record.receipt().epoch();
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
     * A record to be run, or to be answered.
     *
     * @param failure what to answer it with, or null when it is to be run
     */
    record Work(WaitingRecord record, @Nullable RemoraException failure) {}

    /** @param oldestMillis timestamp of the oldest record; {@code Long.MAX_VALUE} when none waits */
    record Backlog(int records, long bytes, long oldestMillis, int parked, int running) {}
}
