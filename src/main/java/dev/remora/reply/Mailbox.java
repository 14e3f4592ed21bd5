package dev.remora.reply;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Messages to one thread, which takes them in the order in which they came. Each says how long it may wait: so long the
 * thread sleeps on, and takes all that came meanwhile at one waking. Thread-safe; one thread takes. It has no bound.
 */
final class Mailbox {
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition sooner = lock.newCondition();
    private final Deque<Runnable> messages = new ArrayDeque<>();

    /** When the first of the messages is to be taken; says nothing while there are none. */
    private long dueNanos;

    Mailbox(LongSupplier nanos) {
        this.nanos = nanos;
    }

    void post(Runnable message, long patienceNanos) {
        lock.lock();
        try {
            long due = nanos.getAsLong() + patienceNanos;
            boolean first = messages.isEmpty() || due - dueNanos < 0;
            messages.add(message);
            if (first) {
                dueNanos = due;
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
            for (long left = left(end); left > 0; left = left(end)) {
                sooner.awaitNanos(left);
            }
            for (int i = 0; i < max && !messages.isEmpty(); i++) {
                into.add(messages.remove());
            }
        } finally {
            lock.unlock();
        }
    }

    private long left(long endNanos) {
        long until = messages.isEmpty() || endNanos - dueNanos < 0 ? endNanos : dueNanos;
        return until - nanos.getAsLong();
    }
}
