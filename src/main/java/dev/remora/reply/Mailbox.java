package dev.remora.reply;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Messages to one thread, which takes them in the order in which they came. Each says how long it may wait: so long the
 * thread sleeps on, and takes all that came meanwhile at one waking. Thread-safe; one thread takes. It has no bound.
 */
final class Mailbox {
    /** A system's timers are late by about so much: what is due within it is taken at once. */
    private static final long FINEST_NANOS = TimeUnit.MICROSECONDS.toNanos(60);

    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition sooner = lock.newCondition();
    private final Deque<Runnable> messages = new ArrayDeque<>();

    /** When the first of the messages is to be taken; says nothing while there are none. */
    private long dueNanos;

    /** Until when the thread sleeps, unless it is woken; says nothing while it is awake. */
    private long asleepUntilNanos;

    Mailbox(LongSupplier nanos) {
        this.nanos = nanos;
    }

    void post(Runnable message, long patienceNanos) {
        lock.lock();
        try {
            long due = nanos.getAsLong() + patienceNanos;
            if (messages.isEmpty() || due - dueNanos < 0) {
                dueNanos = due;
            }
            messages.add(message);
            if (due - asleepUntilNanos < 0) {
                sooner.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes what there is as soon as one of them is due, at most so long and so many. Blocks. */
    void take(Collection<Runnable> into, int max, long limitNanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long end = nanos.getAsLong() + limitNanos;
            for (long left = setSleep(end); left > FINEST_NANOS; left = setSleep(end)) {
                sooner.awaitNanos(left);
            }
            for (int i = 0; i < max && !messages.isEmpty(); i++) {
                into.add(messages.remove());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Notes until when the thread is about to sleep; returns how long that is. */
    private long setSleep(long endNanos) {
        asleepUntilNanos = messages.isEmpty() || endNanos - dueNanos < 0 ? endNanos : dueNanos;
        return asleepUntilNanos - nanos.getAsLong();
    }
}
