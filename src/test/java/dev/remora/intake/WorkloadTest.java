package dev.remora.intake;

import static dev.remora.intake.Bench.P0;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.remora.intake.Window.Ran;
import dev.remora.pool.Demand;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.pool.ModelPool.Prospect;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkloadTest {
    private static final Offset<Double> EXACT = within(1e-6);
    private long nanos = 1;
    private long offset;
    private final Map<String, Demand> demands = new HashMap<>();
    private final Window window = window(2);

    @Test
    void whatWaitsCountsAsItsModelsRunsTake() throws InterruptedException {
        run("slow.onnx", Duration.ofMillis(500));
        run("fast.onnx", Duration.ofMillis(1));
        add(window, "slow.onnx", Tier.MEMORY);
        add(window, "slow.onnx", Tier.MEMORY);
        add(window, "fast.onnx", Tier.MEMORY);

        // Two run threads do it in half the time.
        assertThat(window.workload().seconds()).isCloseTo(0.5005, EXACT);
        assertThat(of("slow.onnx")).isCloseTo(0.5, EXACT);
        assertThat(of("fast.onnx")).isCloseTo(0.0005, EXACT);
    }

    @Test
    void aModelOnItsWayAddsWhatALoadTakes() throws InterruptedException {
        run("warm.onnx", Duration.ofMillis(100));
        ModelQueue first = Objects.requireNonNull(add(window, "first.onnx", Tier.S3));
        window.ready(
                first,
                new Preparation(
                        Duration.ofSeconds(2).toNanos(), Duration.ofSeconds(1).toNanos()));
        window.done(List.of(taken()), new Ran(0, true, 1));
        double warm = window.workload().seconds();

        add(window, "second.onnx", Tier.S3);

        assertThat(warm).isZero();
        assertThat(of("second.onnx")).isBetween(3.0, 3.1);
    }

    @Test
    void whatIsUnreadIsTakenToBeAsWhatWaitsOfItsPartition() throws InterruptedException {
        run("a.onnx", Duration.ofMillis(20));
        run("b.onnx", Duration.ofMillis(20));
        add(window, "a.onnx", Tier.MEMORY);
        add(window, "a.onnx", Tier.MEMORY);
        add(window, "a.onnx", Tier.MEMORY);
        add(window, "b.onnx", Tier.MEMORY);

        window.look(Map.of(P0, 400L));

        assertThat(of("a.onnx")).isCloseTo(3.03, EXACT);
        assertThat(of("b.onnx")).isCloseTo(1.01, EXACT);
    }

    @Test
    void whatIsDeferredCountsUntilItsPartitionIsGone() throws InterruptedException {
        Window small = window(1, 40);
        runIn(small, "hot.onnx", Duration.ofMillis(100));
        for (int i = 0; i < 30; i++) {
            add(small, "hot.onnx", Tier.MEMORY);
        }

        assertThat(small.backlog().deferred()).isEqualTo(20);
        assertThat(small.workload().seconds()).isCloseTo(3, EXACT);

        small.revoke(List.of(P0));

        assertThat(small.workload().seconds()).isZero();
    }

    @Test
    void busyIsTheShareOfTimeThatRunsTook() throws InterruptedException {
        Window one = window(1);
        one.look(Map.of());
        for (int i = 0; i < 20; i++) {
            runIn(one, "a.onnx", Duration.ofMillis(75));
            pass(Duration.ofMillis(25));
            one.look(Map.of());
        }

        assertThat(one.workload().busy()).isCloseTo(0.75, within(0.01));
    }

    @Test
    void aRunThatLastsCountsWhileItLasts() throws InterruptedException {
        add(window, "a.onnx", Tier.MEMORY);
        Work taken = window.take(null).get(0);
        window.look(Map.of());
        for (int i = 0; i < 40; i++) {
            pass(Duration.ofMillis(100));
            window.look(Map.of());
        }

        assertThat(window.workload().busy()).isCloseTo(0.5, within(0.01));

        window.done(List.of(taken.record()), new Ran(Duration.ofSeconds(4).toNanos(), true, 1));
        pass(Duration.ofMillis(100));
        window.look(Map.of());

        assertThat(window.workload().busy()).isCloseTo(0.5, within(0.03));
    }

    @Property(tries = 200)
    void allIsTheSumOfTheShownAndTheOthers(@ForAll @IntRange(min = 0, max = 60) int models) {
        Window wide = window(1, 1000);
        for (int i = 0; i < models; i++) {
            add(wide, "m" + i + ".onnx", Tier.MEMORY);
        }

        Workload all = wide.workload();

        double shown =
                all.byModel().values().stream().mapToDouble(Double::doubleValue).sum();
        assertThat(all.byModel()).hasSizeLessThanOrEqualTo(IntakeCounters.MODELS_SHOWN);
        assertThat(shown + all.otherSeconds()).isCloseTo(all.seconds(), EXACT);
    }

    private double of(String model) {
        return Objects.requireNonNull(window.workload().byModel().get(new ModelName(model)));
    }

    private void run(String model, Duration took) throws InterruptedException {
        runIn(window, model, took);
    }

    private void runIn(Window where, String model, Duration took) throws InterruptedException {
        add(where, model, Tier.MEMORY);
        Work work = where.take(null).get(0);
        pass(took);
        where.done(List.of(work.record()), new Ran(took.toNanos(), true, 1));
    }

    private WaitingRecord taken() throws InterruptedException {
        return window.take(null).get(0).record();
    }

    private @Nullable ModelQueue add(Window where, String model, Tier tier) {
        Prospect prospect = new Prospect(tier, demands.computeIfAbsent(model, each -> new Demand(new ModelName(each))));
        return where.add(List.of(Waiting.record(P0, offset++, model, 5, new byte[3], prospect, nanos))).stream()
                .findFirst()
                .orElse(null);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private Window window(int runThreads) {
        return window(runThreads, 100);
    }

    private Window window(int runThreads, int records) {
        Window made = new Window(records, 100_000, runThreads, () -> nanos);
        made.assigned(P0, 1);
        return made;
    }
}
