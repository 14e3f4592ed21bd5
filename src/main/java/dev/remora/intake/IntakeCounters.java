package dev.remora.intake;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import dev.remora.protocol.Timing;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What intake counts. Thread-safe. */
final class IntakeCounters {
    /** How many models are shown by name. */
    static final int MODELS_SHOWN = 20;

    private static final int MODELS_COUNTED = 2_000;

    private final Map<Tier, LongAdder> byTier = new ConcurrentHashMap<>();
    private final Map<Integer, LongAdder> byStatus = new ConcurrentHashMap<>();
    private final Map<ModelName, LongAdder> byModel = new ConcurrentHashMap<>();
    private final LongAdder otherModels = new LongAdder();
    private final LongAdder mispartitioned = new LongAdder();
    private final LongAdder starved = new LongAdder();
    private final Histogram queue = new Histogram();
    private final Histogram fetch = new Histogram();
    private final Histogram load = new Histogram();
    private final Histogram run = new Histogram();
    private final Histogram total = new Histogram();

    void mispartitioned() {
        mispartitioned.increment();
    }

    /** So many partitions cannot be read on for the gaps that deferred records leave. */
    void starved(int partitions) {
        starved.add(partitions);
    }

    long starvedSum() {
        return starved.sum();
    }

    /** A request was answered before it came to anything. */
    void answered(int status) {
        byStatus.computeIfAbsent(status, each -> new LongAdder()).increment();
    }

    void answered(int status, WaitingRecord record, Timing timing, long totalNanos) {
        answered(status);
        byTier.computeIfAbsent(record.tier(), each -> new LongAdder()).increment();
        LongAdder known = byModel.get(record.model());
        if (known == null && byModel.size() < MODELS_COUNTED) {
            known = byModel.computeIfAbsent(record.model(), each -> new LongAdder());
        }
        (known == null ? otherModels : known).increment();
        queue.add(timing.queueNanos());
        addIfAny(fetch, timing.fetchNanos());
        addIfAny(load, timing.loadNanos());
        addIfAny(run, timing.runNanos());
        total.add(totalNanos);
    }

    Map<Tier, Long> byTier() {
        return sums(byTier);
    }

    Map<Integer, Long> byStatus() {
        return sums(byStatus);
    }

    long mispartitionedSum() {
        return mispartitioned.sum();
    }

    /** The busiest models; the others make room for new ones once too many are counted. */
    synchronized Map<ModelName, Long> busiest() {
        Map<ModelName, Long> sums = sums(byModel);
        List<ModelName> order = sums.keySet().stream()
                .sorted(Comparator.comparing(sums::get, Comparator.reverseOrder()))
                .toList();
        if (sums.size() >= MODELS_COUNTED) {
            order.subList(MODELS_COUNTED / 2, order.size()).forEach(this::forget);
        }
        Map<ModelName, Long> shown = new HashMap<>();
        order.stream().limit(MODELS_SHOWN).forEach(model -> shown.put(model, sums.get(model)));
        return shown;
    }

    /** Replies for models other than those shown. */
    synchronized long others(Map<ModelName, Long> shown) {
        long counted =
                sums(byModel).values().stream().mapToLong(Long::longValue).sum();
        long named = shown.values().stream().mapToLong(Long::longValue).sum();
        return Math.max(0, otherModels.sum() + counted - named);
    }

    Map<String, Buckets> latencies() {
        return Map.of(
                "queue", queue.snapshot(),
                "fetch", fetch.snapshot(),
                "load", load.snapshot(),
                "run", run.snapshot(),
                "total", total.snapshot());
    }

    private void forget(ModelName model) {
        LongAdder count = byModel.remove(model);
        if (count != null) {
            otherModels.add(count.sum());
        }
    }

    private static void addIfAny(Histogram histogram, long tookNanos) {
        if (tookNanos > 0) {
            histogram.add(tookNanos);
        }
    }

    private static <K> Map<K, Long> sums(Map<K, LongAdder> counts) {
        Map<K, Long> sums = new HashMap<>();
        counts.forEach((key, count) -> sums.put(key, count.sum()));
        return sums;
    }
}
