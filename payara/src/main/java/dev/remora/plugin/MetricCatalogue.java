package dev.remora.plugin;

import dev.remora.intake.Buckets;
import dev.remora.plugin.Metric.Kind;
import dev.remora.plugin.Metric.Sample;
import dev.remora.pool.EvictionReason;
import dev.remora.pool.PoolSnapshot.Evicted;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.Tier;
import dev.remora.runtime.MemoryReading;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Every metric, in the order of its documentation: the one place that defines them. Immutable. */
final class MetricCatalogue {
    private static final String LATENCY = "remora_latency_seconds";
    private static final String PHASES =
            " Phases: queue (from poll to run, waiting for nothing but its turn), fetch, load, run, total.";
    private static final List<Metric> ALL = List.of(
            // Requests and replies
            tagged(
                    "remora_invocations_total",
                    List.of("tier"),
                    "Requests answered, by where their model was when they were read: memory is SageMaker's ModelCacheHit.",
                    figures -> Stream.of(Tier.values())
                            .map(tier -> sample(figures.intake().byTier().getOrDefault(tier, 0L), tier.toString()))),
            tagged(
                    "remora_replies_total",
                    List.of("code"),
                    "Replies that the broker acknowledged, by status code.",
                    figures -> statuses(figures.reply().byStatus())),
            tagged(
                    "remora_model_replies_total",
                    List.of("model"),
                    "Replies of the busiest models, each from when it became one of them; all others are `_other`.",
                    MetricCatalogue::models),
            gauges(
                    LATENCY + "_bucket",
                    List.of("phase", "le"),
                    "Cumulative counts of what invocations spent in each phase, for histogram_quantile." + PHASES,
                    MetricCatalogue::buckets),
            gauges(
                    LATENCY + "_count",
                    List.of("phase"),
                    "How many there were.",
                    figures -> phases(figures, each -> each.counts().isEmpty() ? 0 : last(each))),
            gauges(
                    LATENCY + "_sum",
                    List.of("phase"),
                    "Seconds of all of them.",
                    figures -> phases(figures, each -> seconds(each.sumNanos()))),
            // What waits
            gauge(
                    "remora_backlog_records",
                    "Records in the window that do not run yet.",
                    of -> of.intake().backlogRecords()),
            gauge(
                    "remora_backlog_bytes",
                    "Bytes of the payloads in the window, of those that run too.",
                    of -> of.intake().backlogBytes()),
            gauge(
                    "remora_backlog_age_seconds",
                    "How long ago the oldest record was sent that waits here, deferred ones included.",
                    of -> of.intake().oldestAgeMillis() / 1e3),
            gauge(
                    "remora_backlog_seconds",
                    "Seconds that this instance needs for all that waits for it, with all its run threads: what has been"
                            + " read, what is deferred, what is unread, and the loads under way. What an autoscaler"
                            + " goes by.",
                    of -> of.intake().workload().seconds()),
            gauges(
                    "remora_model_backlog_seconds",
                    List.of("model"),
                    "Of it, what the models need that need most; all others are `_other`.",
                    MetricCatalogue::modelBacklogs),
            gauge(
                    "remora_busy_ratio",
                    "The share of the run threads' time that went into runs over the last three seconds.",
                    of -> of.intake().workload().busy()),
            gauge(
                    "remora_parked_records",
                    "Those of them whose model is being fetched or loaded.",
                    of -> of.intake().parkedRecords()),
            gauge(
                    "remora_running_records",
                    "Records that run now.",
                    of -> of.intake().running()),
            gauge(
                    "remora_deferred_records",
                    "Records over their model's share of the window: read again when it has room for them.",
                    of -> of.intake().deferredRecords()),
            counter(
                    "remora_starved_total",
                    "Times that a partition with deferred records could not be read on, so that others wait behind them.",
                    of -> of.intake().starved()),
            gauge(
                    "remora_pending_replies",
                    "Replies on their way to the broker.",
                    of -> of.reply().pending()),
            gauge("remora_pending_reply_bytes", "Their bytes.", of -> of.reply().pendingBytes()),
            gauge(
                    "remora_assigned_partitions",
                    "Partitions that this instance reads.",
                    of -> of.intake().assignedPartitions()),
            gauge(
                    "remora_full_partitions",
                    "Partitions that hand out nothing until a gap in their progress closes.",
                    of -> of.reply().fullPartitions()),
            counter(
                    "remora_mispartitioned_total",
                    "Records whose producer does not partition as Java does: served, but their model is warm elsewhere."
                            + " librdkafka needs partitioner=murmur2_random.",
                    of -> of.intake().mispartitioned()),
            gauge(
                    "remora_spread_models",
                    "Models whose records lie with this instance, and that others serve as well because they are hot.",
                    Figures::spreadModels),
            counter(
                    "remora_forwarded_total",
                    "Records left to another instance, because their model is spread.",
                    of -> of.reply().forwarded()),
            counter(
                    "remora_resent_replies_total",
                    "Replies sent again because the broker did not take them.",
                    of -> of.reply().resent()),
            counter(
                    "remora_late_completions_total",
                    "Runs whose partition had moved to another instance before they ended.",
                    of -> of.reply().late()),
            counter(
                    "remora_dead_letters_total",
                    "Requests that no reply could be written for.",
                    of -> of.reply().deadLetters()),
            // Models
            gauge(
                    "remora_loaded_models",
                    "Models in memory: SageMaker's LoadedModelCount.",
                    of -> of.pool().loadedModels()),
            gauge("remora_disk_models", "Models on disk.", of -> of.pool().diskModels()),
            gauge(
                    "remora_memory_reserved_bytes",
                    "Memory of models that are loaded, being loaded or being released.",
                    of -> of.pool().memoryReservedBytes()),
            gauge(
                    "remora_memory_peak_bytes",
                    "The most that it has been since the start.",
                    of -> of.pool().memoryPeakBytes()),
            gauge(
                    "remora_memory_budget_bytes",
                    "The most that it may be.",
                    of -> of.pool().memoryBudgetBytes()),
            measured(
                    "remora_memory_resident_bytes",
                    "Anonymous memory that the process holds, the Java heap included. Not on systems without glibc, as"
                            + " the next two.",
                    MemoryReading::residentBytes),
            measured(
                    "remora_memory_allocated_bytes",
                    "Native memory in use, models and buffers: what `remora_memory_reserved_bytes` is to be compared"
                            + " with.",
                    MemoryReading::allocatedBytes),
            measured(
                    "remora_memory_unreleased_bytes",
                    "Native memory that is free and not yet given back to the system.",
                    MemoryReading::unreleasedBytes),
            gauge(
                    "remora_disk_bytes",
                    "Disk taken by artifacts.",
                    of -> of.pool().diskBytes()),
            gauge(
                    "remora_disk_budget_bytes",
                    "The most that it may be.",
                    of -> of.pool().diskBudgetBytes()),
            counter(
                    "remora_fetches_total",
                    "Downloads from the store.",
                    of -> of.pool().counts().fetches()),
            counter(
                    "remora_fetch_failures_total",
                    "Downloads that failed.",
                    of -> of.pool().counts().fetchFailures()),
            counter(
                    "remora_fetched_bytes_total",
                    "Bytes downloaded.",
                    of -> of.pool().counts().fetchedBytes()),
            gauge(
                    "remora_fetch_seconds_sum",
                    "Time spent on downloads, all together: SageMaker's ModelDownloadingTime.",
                    of -> seconds(of.pool().counts().fetchNanos())),
            counter(
                    "remora_loads_total",
                    "Loads into memory.",
                    of -> of.pool().counts().loads()),
            counter(
                    "remora_load_failures_total",
                    "Loads that failed.",
                    of -> of.pool().counts().loadFailures()),
            gauge(
                    "remora_load_seconds_sum",
                    "Time spent on loads, all together: SageMaker's ModelLoadingTime.",
                    of -> seconds(of.pool().counts().loadNanos())),
            gauge(
                    "remora_load_wait_seconds_sum",
                    "Time that models waited for memory before they could load: with fetch and load of"
                            + " remora_latency_seconds, SageMaker's ModelLoadingWaitTime.",
                    of -> seconds(of.pool().counts().waitNanos())),
            gauge(
                    "remora_unload_seconds_sum",
                    "Time spent on releasing models: SageMaker's ModelUnloadingTime.",
                    of -> seconds(of.pool().counts().unloadNanos())),
            counter(
                    "remora_reloads_total",
                    "Loads of models that had been in memory before. Many are the sign of thrashing: give the"
                            + " instances more memory, or add some.",
                    of -> of.pool().counts().reloads()),
            counter(
                    "remora_handed_over_models_total",
                    "Models loaded before anybody asked for them here, because they were warm where their partitions came"
                            + " from.",
                    of -> of.pool().handedOver()),
            counter(
                    "remora_handed_over_models_used_total",
                    "Models that were handed over and have been used since. Far fewer than were handed over: their"
                            + " requests did not come.",
                    of -> of.pool().handedOverUsed()),
            counter(
                    "remora_optimized_models_total",
                    "Models that were written to the disk in a form that loads sooner.",
                    of -> of.pool().optimized()),
            tagged(
                    "remora_evictions_total",
                    List.of("tier", "reason"),
                    "Models that left memory or disk, and why.",
                    figures -> evictions(figures, Evicted::count)),
            gauges(
                    "remora_evicted_age_seconds_sum",
                    List.of("tier", "reason"),
                    "For how long they had been in memory, or on disk since this instance started, all together.",
                    figures -> evictions(figures, each -> seconds(each.ageNanos()))),
            gauges(
                    "remora_evicted_unused_seconds_sum",
                    List.of("tier", "reason"),
                    "How long before that they had last been used, all together: over remora_evictions_total, the age at"
                            + " eviction. Where it falls for reason capacity, the tier is too small for what is used.",
                    figures -> evictions(figures, each -> seconds(each.unusedNanos()))));

    private MetricCatalogue() {}

    static List<Metric> all() {
        return ALL;
    }

    private static Metric measured(String name, String sentence, ToDoubleFunction<MemoryReading> value) {
        return gauges(
                name,
                List.of(),
                sentence,
                figures -> figures.memory().stream().map(reading -> sample(value.applyAsDouble(reading))));
    }

    private static Metric gauge(String name, String sentence, ToDoubleFunction<Figures> value) {
        return gauges(name, List.of(), sentence, figures -> Stream.of(sample(value.applyAsDouble(figures))));
    }

    private static Metric gauges(
            String name, List<String> tags, String sentence, Function<Figures, Stream<Sample>> read) {
        return new Metric(name, Kind.GAUGE, tags, sentence, read);
    }

    private static Metric counter(String name, String sentence, ToDoubleFunction<Figures> value) {
        return tagged(name, List.of(), sentence, figures -> Stream.of(sample(value.applyAsDouble(figures))));
    }

    private static Metric tagged(
            String name, List<String> tags, String sentence, Function<Figures, Stream<Sample>> read) {
        return new Metric(name, Kind.COUNTER, tags, sentence, read);
    }

    private static Sample sample(double value, String... tags) {
        return new Sample(List.of(tags), value);
    }

    private static Stream<Sample> statuses(Map<Integer, Long> counts) {
        var known = new TreeSet<>(counts.keySet());
        known.add(200);
        Arrays.stream(ErrorCode.values()).map(ErrorCode::status).forEach(known::add);
        return known.stream().map(code -> sample(counts.getOrDefault(code, 0L), Integer.toString(code)));
    }

    private static Stream<Sample> models(Figures figures) {
        return figures.busyModels().entrySet().stream().map(each -> sample(each.getValue(), each.getKey()));
    }

    private static Stream<Sample> modelBacklogs(Figures figures) {
        var work = figures.intake().workload();
        return Stream.concat(
                work.byModel().entrySet().stream()
                        .map(each -> sample(each.getValue(), each.getKey().value())),
                Stream.of(sample(work.otherSeconds(), BusyModels.OTHER)));
    }

    private static Stream<Sample> phases(Figures figures, ToDoubleFunction<Buckets> value) {
        return figures.intake().latencies().entrySet().stream()
                .map(each -> sample(value.applyAsDouble(each.getValue()), each.getKey()));
    }

    private static Stream<Sample> buckets(Figures figures) {
        return figures.intake().latencies().entrySet().stream().flatMap(each -> {
            var bounds = each.getValue().boundsSeconds();
            var counts = each.getValue().counts();
            return IntStream.range(0, counts.size())
                    .mapToObj(at ->
                            sample(counts.get(at), each.getKey(), at < bounds.size() ? plain(bounds.get(at)) : "+Inf"));
        });
    }

    private static Stream<Sample> evictions(Figures figures, ToDoubleFunction<Evicted> value) {
        var counts = figures.pool().counts();
        var samples = new ArrayList<Sample>();
        for (var reason : EvictionReason.values()) {
            var why = reason.name().toLowerCase(Locale.ROOT);
            samples.add(evicted(counts.memoryEvictions(), reason, value, "memory", why));
            samples.add(evicted(counts.diskEvictions(), reason, value, "disk", why));
        }
        return samples.stream();
    }

    private static Sample evicted(
            Map<EvictionReason, Evicted> tier, EvictionReason reason, ToDoubleFunction<Evicted> value, String... tags) {
        return sample(value.applyAsDouble(tier.getOrDefault(reason, Evicted.NONE)), tags);
    }

    private static String plain(double bound) {
        return BigDecimal.valueOf(bound).stripTrailingZeros().toPlainString();
    }

    private static double last(Buckets buckets) {
        return buckets.counts().get(buckets.counts().size() - 1);
    }

    private static double seconds(long nanos) {
        return (double) nanos / TimeUnit.SECONDS.toNanos(1);
    }
}
