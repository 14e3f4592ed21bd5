package dev.remora.reply;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** How much waits to be sent, and how much more may. Thread-safe. */
final class Room {
    private final long maxBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private long bytes;
    private int count;

    Room(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    void take(long more) {
        lock.lock();
        try {
            bytes += more;
            count++;
        } finally {
            lock.unlock();
        }
    }

    void give(long back) {
        lock.lock();
        try {
            bytes -= back;
            count--;
            if (bytes < maxBytes) {
                freed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    boolean available() {
        lock.lock();
        try {
            return bytes < maxBytes;
        } finally {
            lock.unlock();
        }
    }

    void await(Duration limit) throws InterruptedException {
        long left = TimeUnit.NANOSECONDS.convert(limit);
        lock.lockInterruptibly();
        try {
            while (bytes >= maxBytes && left > 0) {
                left = freed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    int count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }
}
