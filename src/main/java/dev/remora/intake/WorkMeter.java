package dev.remora.intake;

import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ModelName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/**
 * Makes seconds of work of what waits: records by what a run of their model takes, and the load of a model that is on its
 * way. Guarded by the window's lock.
 */
final class WorkMeter {
    private static final int MEMORY = 8;
    private static final double MICROS = TimeUnit.SECONDS.toMicros(1);

    private final Scheduler turns;
    private final int runThreads;
    private final Busy busy;
    private Map<TopicPartition, Long> unread = Map.of();
    private double loadMicros;

    WorkMeter(Scheduler turns, int runThreads) {
        this.turns = turns;
        this.runThreads = runThreads;
        this.busy = new Busy(runThreads);
    }

    void ran(long nanos) {
        busy.ran(nanos);
    }

    void loaded(Preparation preparation) {
        double micros = TimeUnit.NANOSECONDS.toMicros(preparation.fetchNanos() + preparation.loadNanos());
        loadMicros += loadMicros == 0 ? micros : (micros - loadMicros) / MEMORY;
    }

    /**
     * To be called several times a second.
     *
     * @param unreadNow how many records of each of our partitions are still to be read
     */
    void look(Set<WaitingRecord> running, Map<TopicPartition, Long> unreadNow, long nowNanos) {
        busy.look(running, nowNanos);
        unread = unreadNow;
    }

    double busy() {
        return busy.share();
    }

    /** What waits now. */
    Workload measure(ModelQueues queues, Deferred deferred) {
        Map<ModelName, Double> records = new HashMap<>();
        queues.all().forEach(queue -> records.merge(queue.model(), (double) queue.size(), Double::sum));
        addUnread(records, queues);
        deferred.byModel().forEach((model, count) -> records.merge(model, (double) count, Double::sum));
        Map<ModelName, Double> seconds = new HashMap<>();
        records.forEach((model, count) -> seconds.put(model, seconds(model, count, queues.parked(model))));
        return workload(seconds);
    }

    /** Of what is unread nothing is known but where it lies: it is taken to be as what waits of the same partition. */
    private void addUnread(Map<ModelName, Double> records, ModelQueues queues) {
        Map<TopicPartition, Map<ModelName, Integer>> waiting = new HashMap<>();
        for (ModelQueue queue : queues.all()) {
            for (WaitingRecord record : queue.records()) {
                if (unread.getOrDefault(record.receipt().partition(), 0L) > 0) {
                    waiting.computeIfAbsent(record.receipt().partition(), each -> new HashMap<>())
                            .merge(queue.model(), 1, Integer::sum);
                }
            }
        }
        waiting.forEach((partition, models) -> {
            double all = models.values().stream().mapToInt(Integer::intValue).sum();
            double each = unread.getOrDefault(partition, 0L) / all;
            models.forEach((model, count) -> records.merge(model, count * each, Double::sum));
        });
    }

    private double seconds(ModelName model, double count, boolean cold) {
        return (count * turns.costMicros(model) / runThreads + (cold ? loadMicros : 0)) / MICROS;
    }

    private Workload workload(Map<ModelName, Double> seconds) {
        double all = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
        List<ModelName> most = seconds.keySet().stream()
                .sorted(Comparator.comparing(seconds::get, Comparator.reverseOrder()))
                .limit(IntakeCounters.MODELS_SHOWN)
                .toList();
        Map<ModelName, Double> shown = new HashMap<>();
        most.forEach(model -> shown.put(model, seconds.get(model)));
        double named = shown.values().stream().mapToDouble(Double::doubleValue).sum();
        return new Workload(all, busy(), shown, Math.max(0, all - named));
    }
}
