package dev.remora.bench;

import dev.remora.reply.Delivery;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What three instances make of a model that is flooded with twice what one of them serves, and what becomes of fifty others
 * beside it. Runs wait instead of burning: two cores cannot show more than two cores' work otherwise.
 */
final class SpreadBench implements Bench {
    private static final double TIMES = 2;
    private static final Duration WAIT = Duration.ofSeconds(2);
    private static final Duration ALONE = Duration.ofSeconds(10);
    private static final Duration QUIET = Duration.ofSeconds(40);
    private static final Duration FLOOD = Duration.ofSeconds(40);
    private static final Duration LEAD = Duration.ofSeconds(3);

    /** New processes are slow at first: the others' time before the flood would look long for that alone. */
    private static final Duration WARM_UP = Duration.ofSeconds(15);

    private static final Duration WIDEN_LIMIT = Duration.ofSeconds(10);
    private static final Duration NARROW_LIMIT = Duration.ofSeconds(120);
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @Override
    public String name() {
        return "spread";
    }

    @Override
    public String question() {
        return "one model flooded with twice what an instance serves, three instances, 50 other models beside it";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        try (SpreadStage stage =
                new SpreadStage(stack.folder(), stack.bootstrap(), "spread", WAIT, Delivery.EXACTLY_ONCE)) {
            double alone = alone(stage);
            stage.start("two", "three");
            SpreadTraffic.Stream light = stage.light();
            SpreadTraffic.pass(WARM_UP);
            Others quiet = others(stage, light, System.nanoTime(), QUIET);
            SpreadTraffic.Stream flood = stage.flood(TIMES);
            Others loud = others(stage, light, System.nanoTime(), FLOOD);
            flood.close();
            double narrow = secondsToNarrow(stage, flood);
            light.close();
            finish(stage);
            report.put(
                    "spread.instances",
                    stage.instances(flood, flood.startNanos() + WIDEN_LIMIT.toNanos())
                            .size());
            report.put("spread.lost", stage.traffic().lost());
            report.put("spread.doubled", stage.traffic().doubled());
            report.put("spread.throughput_ratio", perSecond(stage, flood, WIDEN_LIMIT, FLOOD) / alone);
            report.put("spread.others_p99_ratio", loud.tookMillis / quiet.tookMillis);
            report.put("spread.others_before_p99_ms", quiet.tookMillis);
            report.put("spread.others_flood_p99_ms", loud.tookMillis);
            report.put("spread.others_before_queue_p99_ms", quiet.queuedMillis);
            report.put("spread.others_flood_queue_p99_ms", loud.queuedMillis);
            report.put("spread.seconds_to_widen", secondsToWiden(stage, flood));
            report.put("spread.seconds_to_narrow", narrow);
        }
    }

    /** What one instance answers of the flooded model; it has nobody to forward to. */
    private static double alone(SpreadStage stage) throws Exception {
        stage.start("one");
        SpreadTraffic.Stream flood = stage.flood(TIMES);
        SpreadTraffic.pass(ALONE);
        flood.close();
        finish(stage);
        if (stage.forwarded() > 0) {
            throw new IllegalStateException("One instance alone has forwarded");
        }
        return perSecond(stage, flood, LEAD, ALONE);
    }

    private static void finish(SpreadStage stage) {
        SpreadTraffic.await(PATIENCE, () -> stage.traffic().lost() == 0);
        if (stage.traffic().failed() > 0) {
            throw new IllegalStateException(stage.traffic().failed() + " replies were errors");
        }
    }

    /** Answers a second between two moments of the stream. */
    private static double perSecond(SpreadStage stage, SpreadTraffic.Stream stream, Duration from, Duration to) {
        long answers = stage.traffic()
                .answers(of(stream)
                        .and(each -> each.seenNanos() - stream.startNanos() >= from.toNanos()
                                && each.seenNanos() - stream.startNanos() < to.toNanos()))
                .size();
        return answers / (to.minus(from).toNanos() / 1e9);
    }

    /** Waits so long, then says how requests fared that were due meanwhile. */
    private static Others others(SpreadStage stage, SpreadTraffic.Stream stream, long from, Duration time) {
        SpreadTraffic.pass(time);
        List<SpreadTraffic.Answer> answers =
                stage.traffic().answers(of(stream).and(each -> each.seenNanos() - each.tookNanos() - from >= 0));
        if (answers.isEmpty()) {
            throw new IllegalStateException("Nothing was answered");
        }
        return new Others(
                p99(answers, SpreadTraffic.Answer::tookNanos), p99(answers, SpreadTraffic.Answer::queuedNanos));
    }

    private static double p99(List<SpreadTraffic.Answer> answers, ToLongFunction<SpreadTraffic.Answer> nanos) {
        long[] sorted = answers.stream().mapToLong(nanos).sorted().toArray();
        return sorted[(int) Math.ceil(0.99 * sorted.length) - 1] / 1e6;
    }

    /** Until another instance than the first one answers. */
    private static double secondsToWiden(SpreadStage stage, SpreadTraffic.Stream flood) {
        List<SpreadTraffic.Answer> answers = stage.traffic().answers(of(flood));
        String first = answers.get(0).instance();
        Optional<SpreadTraffic.Answer> other =
                answers.stream().filter(each -> !each.instance().equals(first)).findFirst();
        return other.map(each -> (each.seenNanos() - flood.startNanos()) / 1e9)
                .orElseThrow(() -> new IllegalStateException("No other instance has answered"));
    }

    private static double secondsToNarrow(SpreadStage stage, SpreadTraffic.Stream flood) {
        boolean narrow = SpreadTraffic.await(
                NARROW_LIMIT, () -> stage.traffic().width(SpreadStage.HOT, SpreadStage.PARTITIONS) == 1);
        if (!narrow) {
            throw new IllegalStateException("The route is as wide as it was");
        }
        return (System.nanoTime() - flood.endNanos()) / 1e9;
    }

    private static Predicate<SpreadTraffic.Answer> of(SpreadTraffic.Stream stream) {
        return each -> each.stream().equals(stream.name());
    }

    /** p99 of what requests for the other models took, and of how long they waited for their turn. Immutable. */
    private record Others(double tookMillis, double queuedMillis) {}
}
