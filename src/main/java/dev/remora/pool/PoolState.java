package dev.remora.pool;

import dev.remora.protocol.ModelName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all threads of the pool share, and its one lock. Decisions are taken under the lock; what they lead to (files,
 * loads, completions) happens outside it. Thread-safe where it locks itself; all else is guarded by the lock.
 */
final class PoolState {
    private static final Logger log = LoggerFactory.getLogger(PoolState.class);

    final PoolSettings settings;
    final CrashMarks marks;
    final MemoryTier memory;
    final DiskTier disk;
    final EvictionPolicy policy;
    final PoolCounters figures;
    /** Those on their way into memory, in order of arrival. */
    final Set<Preparing> preparing = new LinkedHashSet<>();

    final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<ModelName, ModelSlot> slots = new HashMap<>();
    private final List<Runnable> outside = new ArrayList<>();
    private final LongSupplier clock;
    private long arrivals;
    /** Models whose first run went well, for the load thread to take their crash marks away. */
    final List<Resident> proven = new ArrayList<>();

    final StoreHealth store = new StoreHealth();
    /** Nothing new is begun. */
    boolean closing;
    /** The threads end. */
    boolean stopped;

    PoolState(PoolSettings settings, CrashMarks marks, EvictionPolicy policy, LongSupplier clock) {
        this.settings = settings;
        this.marks = marks;
        this.policy = new GuardedPolicy(policy);
        long origin = clock.getAsLong();
        this.clock = () -> clock.getAsLong() - origin;
        this.figures = new PoolCounters(this.clock);
        this.memory = new MemoryTier(settings.memoryBytes(), this.policy, figures);
        this.disk = new DiskTier(settings.diskBytes(), slots::values, figures, this.clock);
    }

    /** Nanoseconds since the pool was opened. */
    long now() {
        return clock.getAsLong();
    }

    long maxAgeNanos() {
        return settings.maxAge().toNanos();
    }

    /** Decides under the lock, then does outside it what the decision asked for. */
    <T> T locked(Supplier<T> decision) {
        T result;
        List<Runnable> due;
        lock.lock();
        try {
            result = decision.get();
            due = takeOutside();
        } finally {
            lock.unlock();
        }
        due.forEach(PoolState::act);
        return result;
    }

    /** A fault in one must keep neither the others from being done nor from the caller what was decided. */
    private static void act(Runnable due) {
        try {
            due.run();
        } catch (RuntimeException | Error e) {
            log.error("The pool met a fault of ours outside its lock and goes on", e);
        }
    }

    private List<Runnable> takeOutside() {
        if (outside.isEmpty() || lock.getHoldCount() > 1) {
            return List.of();
        }
        List<Runnable> due = List.copyOf(outside);
        outside.clear();
        return due;
    }

    /** As {@link #locked(Supplier)}, without a result. */
    void locked(Runnable decision) {
        locked(() -> {
            decision.run();
            return Boolean.TRUE;
        });
    }

    /** Has this done by the present thread, once it has given the lock back. */
    void outside(Runnable action) {
        outside.add(action);
    }

    /** Whether something waits for the lock to be given back. */
    boolean hasOutside() {
        return !outside.isEmpty();
    }

    /** Tells the pool's threads to look again. */
    void signal() {
        changed.signalAll();
    }

    /**
     * Waits for a change; also returns by itself, for the clock and the demands move without telling. An interrupt ends
     * the wait and nothing more: a container interrupts its threads before it has us drain, and only {@link #stopped}
     * ends ours.
     *
     * @return how many of the nanoseconds are left; 0 after an interrupt
     */
    long await(long nanos) {
        try {
            return changed.awaitNanos(nanos);
        } catch (InterruptedException e) {
            return 0;
        }
    }

    @Nullable
    ModelSlot known(ModelName model) {
        return slots.get(model);
    }

    ModelSlot slot(ModelName model) {
        return slots.computeIfAbsent(
                model, name -> new ModelSlot(name, settings.pins().contains(name)));
    }

    Iterable<ModelSlot> slots() {
        return Collections.unmodifiableCollection(slots.values());
    }

    long nextArrival() {
        return ++arrivals;
    }

    /** The figures. */
    PoolSnapshot snapshot() {
        return new PoolSnapshot(
                memory.reserved(),
                memory.budget(),
                disk.occupied(),
                disk.budget(),
                memory.size(),
                disk.entries(),
                memory.peak(),
                figures.counts(),
                figures.handedOver,
                figures.handedOverUsed,
                figures.optimized);
    }

    void forget(long now) {
        slots.values().removeIf(slot -> slot.forgettable(now));
    }
}
