package dev.remora.runtime;

import ai.onnxruntime.OrtException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workspaces of all runs, as many as have ever run at once, and the watchdog that stops the runs that are late: it looks
 * each {@value #TICK_MILLIS} ms, and a run ends with the operator that it is in. The watchdog sleeps for good when nothing has
 * run for a second. Thread-safe.
 */
final class Workspaces implements Runnable, AutoCloseable {
    static final int TICK_MILLIS = 20;
    private static final int IDLE_TICKS = 1000 / TICK_MILLIS;
    private static final int LAST_TICKS = 2000 / TICK_MILLIS;
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final Logger log = LoggerFactory.getLogger(Workspaces.class);

    private final LongSupplier nanoClock;
    private final List<Workspace> all = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedDeque<Workspace> free = new ConcurrentLinkedDeque<>();
    private volatile @Nullable Thread asleep;
    private volatile boolean closed;

    Workspaces(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Takes a workspace, the one that was used last if possible, for a run that begins now and has so much time. */
    Workspace take(Duration limit) throws OrtException {
        Workspace workspace = free.pollFirst();
        if (workspace == null) {
            workspace = new Workspace();
            all.add(workspace);
        }
        workspace.arm(nanoClock.getAsLong() + (limit.compareTo(LONGEST) > 0 ? LONGEST : limit).toNanos());
        Thread watchdog = asleep;
        if (watchdog != null) {
            LockSupport.unpark(watchdog);
        }
        if (closed) {
            workspace.stop();
        }
        return workspace;
    }

    /** Gives a workspace back, disarmed. */
    void give(Workspace workspace) {
        workspace.block().shrink();
        free.addFirst(workspace);
        if (closed) {
            closeFree();
        }
    }

    /** How many runs are under way. */
    int inUse() {
        return all.size() - free.size();
    }

    @Override
    public void run() {
        int idleTicks = 0;
        while (!closed) {
            if (watch()) {
                idleTicks = 0;
            } else if (++idleTicks > IDLE_TICKS) {
                sleepUntilArmed();
                idleTicks = 0;
            }
            Thread.interrupted(); // Only close ends the watch; an interrupt left standing would make it spin.
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS));
        }
    }

    private void sleepUntilArmed() {
        asleep = Thread.currentThread();
        // Looked at once more after the announcement: whoever armed before it did not wake us.
        if (!closed && !watch()) {
            LockSupport.park(this);
        }
        asleep = null;
    }

    private boolean watch() {
        long now = nanoClock.getAsLong();
        boolean armed = false;
        for (Workspace workspace : all) {
            try {
                armed |= workspace.stopIfLate(now);
            } catch (OrtException e) {
                log.error("A run past its limit could not be stopped: {}", e.getMessage());
            }
        }
        return armed;
    }

    /**
     * Stops the runs that are under way and frees what is not in use: a workspace that was freed under its run would kill the
     * JVM, and so would one that still runs when the JVM ends. Blocks for two seconds at most.
     */
    @Override
    public void close() {
        closed = true;
        Thread watchdog = asleep;
        if (watchdog != null) {
            LockSupport.unpark(watchdog);
        }
        all.forEach(Workspaces::stop);
        closeFree();
        for (int tick = 0; tick < LAST_TICKS && !all.isEmpty(); tick++) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS));
        }
    }

    private static void stop(Workspace workspace) {
        try {
            workspace.stop();
        } catch (OrtException e) {
            log.error("A run could not be stopped at the end: {}", e.getMessage());
        }
    }

    private void closeFree() {
        for (Workspace workspace = free.pollFirst(); workspace != null; workspace = free.pollFirst()) {
            all.remove(workspace);
            workspace.close();
        }
    }
}
