package dev.remora.intake;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** How busy the run threads have been of late. Guarded by the window's lock. */
final class Busy {
    private static final long SPAN_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final int runThreads;
    private final Deque<Sample> samples = new ArrayDeque<>();

    /** Those that ran when they were last looked at, and since when that is known. */
    private final Map<WaitingRecord, Long> seenRunning = new HashMap<>();

    private long ranNanos;

    Busy(int runThreads) {
        this.runThreads = runThreads;
    }

    /** A run has ended that took so long. */
    void ran(long nanos) {
        ranNanos += nanos;
    }

    /** To be called several times a second. */
    void look(Set<WaitingRecord> running, long nowNanos) {
        seenRunning.keySet().retainAll(running);
        long total = ranNanos;
        for (WaitingRecord each : running) {
            total += nowNanos - seenRunning.computeIfAbsent(each, first -> nowNanos);
        }
        samples.addLast(new Sample(nowNanos, total));
        while (samples.size() > 2 && nowNanos - samples.getFirst().atNanos > SPAN_NANOS) {
            samples.removeFirst();
        }
    }

    /** The share of their time that they ran, from 0 to 1. */
    double share() {
        if (samples.size() < 2) {
            return 0;
        }
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        double span = (double) (last.atNanos - first.atNanos) * runThreads;
        return span <= 0 ? 0 : Math.max(0, Math.min(1, (last.ranNanos - first.ranNanos) / span));
    }

    private record Sample(long atNanos, long ranNanos) {}
}
