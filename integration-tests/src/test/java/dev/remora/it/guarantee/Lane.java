package dev.remora.it.guarantee;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Disturbances one after another, spread over a time, on a thread of their own. One that takes longer than its share pushes
 * the next ones back; none is left out. Thread-safe.
 */
final class Lane {
    private final List<Disturbance> disturbances;
    private final Arena arena;
    private final Duration over;
    private final Narrator narrator;
    private final List<String> troubles = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private int finished;
    private long nanosSpent;

    Lane(String name, List<Disturbance> disturbances, Arena arena, Duration over, Narrator narrator) {
        this.disturbances = List.copyOf(disturbances);
        this.arena = arena;
        this.over = over;
        this.narrator = narrator;
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        long begin = System.nanoTime();
        for (int i = 0; i < disturbances.size(); i++) {
            // Within the middle of its share of the time, so that the first load and the last replies are quiet.
            double share = (i + 0.25 + arena.random().nextDouble() / 2) / disturbances.size();
            long due = begin + (long) (share * over.toNanos());
            try {
                arena.hold(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
                long start = System.nanoTime();
                inflict(disturbances.get(i));
                spent(System.nanoTime() - start);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private synchronized void spent(long nanos) {
        nanosSpent += nanos;
        finished++;
    }

    /** How long the rest will probably take. */
    synchronized Duration outstanding() {
        int left = disturbances.size() - finished;
        long share = over.toNanos() / Math.max(1, disturbances.size());
        long mean = finished == 0 ? share : nanosSpent / finished;
        return Duration.ofNanos(left * Math.max(share, mean));
    }

    private void inflict(Disturbance disturbance) throws InterruptedException {
        narrator.say("-> " + disturbance.name());
        try {
            narrator.say(
                    "<- " + disturbance.name() + ": " + disturbance.action().inflict(arena));
        } catch (IOException | RuntimeException | AssertionError e) {
            troubles.add(disturbance.name() + ": " + e);
            narrator.say("!! " + disturbance.name() + ": " + e);
        }
    }

    /** Disturbances that the endpoint did not recover from in time, or that could not be done. */
    List<String> troubles() {
        return troubles;
    }

    boolean isOver() {
        return !thread.isAlive();
    }
}
