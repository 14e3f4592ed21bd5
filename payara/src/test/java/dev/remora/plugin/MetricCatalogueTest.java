package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.intake.Buckets;
import dev.remora.intake.IntakeSnapshot;
import dev.remora.intake.Workload;
import dev.remora.plugin.Metric.Kind;
import dev.remora.plugin.Metric.Sample;
import dev.remora.pool.EvictionReason;
import dev.remora.pool.PoolSnapshot;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import dev.remora.reply.ReplySnapshot;
import dev.remora.runtime.MemoryReading;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MetricCatalogueTest {
    static final Figures FIGURES = figures(Map.of("a.onnx", 7L, "_other", 90L));

    @Test
    void namesSayTheirKindAndAreWrittenAlike() {
        assertThat(MetricCatalogue.all())
                .allSatisfy(metric -> assertThat(metric.name()).matches("remora_[a-z]+(_[a-z]+)*"))
                .allSatisfy(metric -> assertThat(metric.name().endsWith("_total"))
                        .as(metric.name())
                        .isEqualTo(metric.kind() == Kind.COUNTER))
                .allSatisfy(metric -> assertThat(metric.sentence()).endsWith("."))
                .extracting(Metric::name)
                .doesNotHaveDuplicates();
    }

    @Test
    void everySampleHasAValueForEachTag() {
        for (var metric : MetricCatalogue.all()) {
            assertThat(metric.read().apply(FIGURES))
                    .as(metric.name())
                    .isNotEmpty()
                    .allSatisfy(sample -> assertThat(sample.tags())
                            .hasSameSizeAs(metric.tags())
                            .doesNotContainNull())
                    .extracting(Sample::tags)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void whatNeverHappenedIsZeroFromTheStart() {
        assertThat(samples("remora_invocations_total"))
                .contains(new Sample(List.of("memory"), 5), new Sample(List.of("s3"), 0));
        assertThat(samples("remora_replies_total"))
                .contains(new Sample(List.of("200"), 4), new Sample(List.of("507"), 0));
        assertThat(samples("remora_evictions_total"))
                .contains(
                        new Sample(List.of("memory", "capacity"), 3),
                        new Sample(List.of("disk", "capacity"), 0),
                        new Sample(List.of("disk", "corrupt"), 0));
    }

    @Test
    void theBusiestModelsAreNamedAndTheOthersAreOne() {
        assertThat(samples("remora_model_replies_total"))
                .containsExactlyInAnyOrder(new Sample(List.of("a.onnx"), 7), new Sample(List.of("_other"), 90));
    }

    @Test
    void workIsShownOfTheInstanceAndOfTheModelsThatHaveMost() {
        assertThat(samples("remora_backlog_seconds")).containsExactly(new Sample(List.of(), 2.5));
        assertThat(samples("remora_busy_ratio")).containsExactly(new Sample(List.of(), 0.75));
        assertThat(samples("remora_model_backlog_seconds"))
                .containsExactly(new Sample(List.of("a.onnx"), 2), new Sample(List.of("_other"), 0.5));
    }

    @Test
    void bucketsAreCumulativeAndEndInInfinity() {
        assertThat(samples("remora_latency_seconds_bucket"))
                .containsExactly(
                        new Sample(List.of("run", "0.001"), 1),
                        new Sample(List.of("run", "0.1"), 3),
                        new Sample(List.of("run", "+Inf"), 4));
        assertThat(samples("remora_latency_seconds_count")).containsExactly(new Sample(List.of("run"), 4));
        assertThat(samples("remora_latency_seconds_sum")).containsExactly(new Sample(List.of("run"), 1.5));
    }

    private static List<Sample> samples(String name) {
        return MetricCatalogue.all().stream()
                .filter(metric -> metric.name().equals(name))
                .flatMap(metric -> metric.read().apply(FIGURES))
                .toList();
    }

    static Figures figures(Map<String, Long> busyModels) {
        var latency = new Buckets(List.of(0.001, 0.1), List.of(1L, 3L, 4L), 1_500_000_000L);
        var intake = new IntakeSnapshot(
                3,
                300,
                1500,
                2,
                1,
                40,
                new Workload(2.5, 0.75, Map.of(new ModelName("a.onnx"), 2.0), 0.5),
                2,
                Map.of(Tier.MEMORY, 5L),
                Map.of(200, 4L),
                Map.of(new ModelName("a.onnx"), 7L),
                90,
                6,
                8,
                0,
                0,
                Map.of("run", latency),
                Optional.empty());
        var counts = new PoolSnapshot.Counts(
                1,
                0,
                10,
                100,
                2,
                0,
                20,
                1,
                0,
                0,
                Map.of(EvictionReason.CAPACITY, new PoolSnapshot.Evicted(3, 9_000_000_000L, 6_000_000_000L)),
                Map.of(),
                9);
        var pool = new PoolSnapshot(1, 2, 3, 4, 5, 6, 7, counts, 8, 9, 10);
        return new Figures(
                intake,
                pool,
                new ReplySnapshot(Map.of(200, 4L), 0, 0, 0, 0, 0, 8, 0, 0, Optional.empty()),
                3,
                Optional.of(new MemoryReading(3, 2, 1)),
                busyModels);
    }
}
