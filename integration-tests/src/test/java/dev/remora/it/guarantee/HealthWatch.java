package dev.remora.it.guarantee;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Compares what instances hold with what they may. Thread-safe. */
final class HealthWatch {
    private static final int SAMPLES_UNTIL_WARM = 5;
    /** Pools that grow with use, and connections. */
    private static final int MORE_THREADS = 40;

    private static final int MORE_FILES = 100;
    /** Folders are looked at a moment after the figures. */
    private static final double SLACK = 1.02;

    private static final long SMALL_FILES = 2 << 20;

    private final Map<Long, Integer> samples = new ConcurrentHashMap<>();
    private final Map<Long, Vitals> warm = new ConcurrentHashMap<>();
    private final List<Violation> violations = new CopyOnWriteArrayList<>();
    private final Map<String, Long> peaks = new ConcurrentSkipListMap<>();

    /** Looks at an instance during the run. */
    void sample(String name, Vitals vitals) {
        if (samples.merge(vitals.process(), 1, Integer::sum) == SAMPLES_UNTIL_WARM) {
            warm.put(vitals.process(), vitals);
        }
        peak("memory_reserved_bytes", vitals.memoryBytes());
        peak("disk_bytes", vitals.diskBytes());
        peak("folder_bytes", vitals.folderBytes());
        peak("resident_bytes", vitals.residentBytes());
        peak("threads", vitals.threads());
        peak("open_files", vitals.openFiles());
        over("memory", name, vitals.memoryBytes(), vitals.memoryBudgetBytes());
        over("disk", name, vitals.diskBytes(), vitals.diskBudgetBytes());
        long folderBudget = (long) (vitals.diskBudgetBytes() * SLACK) + SMALL_FILES;
        over("disk folder", name, vitals.folderBytes(), folderBudget);
    }

    /** Looks at an instance that has nothing to do any more. */
    void last(String name, Vitals vitals) {
        sample(name, vitals);
        nothingMore("files in the temporary folder of the disk tier", name, vitals.temporaryFiles(), 0);
        nothingMore("deleted files held open", name, vitals.deletedFiles(), 0);
        nothingMore("records or replies that wait", name, vitals.unfinished(), 0);
        Vitals before = warm.get(vitals.process());
        if (before != null) {
            nothingMore("threads", name, vitals.threads(), before.threads() + MORE_THREADS);
            nothingMore("open files", name, vitals.openFiles(), before.openFiles() + MORE_FILES);
        }
    }

    /** The most of each that any instance held. */
    Map<String, Long> peaks() {
        return Map.copyOf(peaks);
    }

    /** How often instances were looked at. */
    int samples() {
        return samples.values().stream().mapToInt(Integer::intValue).sum();
    }

    List<Violation> violations() {
        return new ArrayList<>(violations);
    }

    private void peak(String what, long value) {
        peaks.merge(what, value, Math::max);
    }

    private void over(String budget, String name, long used, long most) {
        if (used > most && most > 0) {
            violations.add(new Violation(
                    "budget", name + " holds " + used + " bytes of " + budget + ", its budget is " + most));
        }
    }

    private void nothingMore(String what, String name, long now, long most) {
        if (now > most) {
            violations.add(
                    new Violation("leak", name + " ends with " + now + " " + what + ", expected at most " + most));
        }
    }
}
