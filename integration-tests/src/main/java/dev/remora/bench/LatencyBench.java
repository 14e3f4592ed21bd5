package dev.remora.bench;

import java.util.List;
import java.util.Map;

/** How much longer a reply takes than an echo of the same record, in each mode of delivery. */
final class LatencyBench implements Bench {
    private static final List<String> MODELS = List.of("tiny.onnx");
    private static final String TINY = "tiny";
    private static final double SLOW = 100;
    private static final double BRISK = 1000;

    @Override
    public String name() {
        return "latency";
    }

    @Override
    public String question() {
        return "Latency with a tiny model at 100, 1,000 and half of saturation, to the echo of the same kind";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        stack.upload("tx", MODELS.get(0), RealModel.TINY.bytes(options.models()));
        stack.upload("plain", MODELS.get(0), RealModel.TINY.bytes(options.models()));
        for (Mode mode : List.of(Mode.AT_LEAST_ONCE, Mode.EXACTLY_ONCE)) {
            BenchStack.Server server = stack.server(mode.baseline(), mode, Map.of());
            measure(new Pair(mode, server.subject(), stack.echo(mode)), stack.generator(), options, report);
            server.instance().close();
        }
        report.putWorst("latency.p50_ratio", "latency.tx_1000_p50_ratio", "latency.plain_1000_p50_ratio");
        report.putWorst("latency.p99_ratio", "latency.tx_1000_p99_ratio", "latency.plain_1000_p99_ratio");
    }

    /** The two contenders of one mode. */
    private record Pair(Mode mode, Subject remora, Subject echo) {
        List<Subject> both() {
            return List.of(remora, echo);
        }

        String sample(Subject subject) {
            return subject == echo ? Samples.ECHO + TINY : TINY;
        }
    }

    private static void measure(Pair pair, Generator generator, BenchOptions options, Report report) throws Exception {
        for (Subject subject : pair.both()) {
            generator.warmUp(subject, pair.sample(subject), MODELS, options.warmUp());
        }
        Load saturating = Load.inFlight(TINY, MODELS, Contest.SATURATING, options.seconds());
        double half = generator.run(pair.remora(), saturating).perSecond() / 2;
        report.put("latency." + pair.mode().baseline() + "_half_per_s", half);
        measure(pair, "100", SLOW, generator, options, report);
        measure(pair, "1000", BRISK, generator, options, report);
        measure(pair, "half", half, generator, options, report);
    }

    private static void measure(
            Pair pair, String label, double perSecond, Generator generator, BenchOptions options, Report report)
            throws Exception {
        Map<Subject, List<Trial>> trials = Rounds.interleaved(
                options.rounds(),
                pair.both(),
                subject ->
                        generator.run(subject, Load.paced(pair.sample(subject), MODELS, perSecond, options.seconds())));
        List<Trial> ours = trials.getOrDefault(pair.remora(), List.of());
        List<Trial> echo = trials.getOrDefault(pair.echo(), List.of());
        String prefix = "latency." + pair.mode().baseline() + "_" + label;
        report.put(prefix + "_p50_ms", Series.of(ours, Trial::p50));
        report.put(prefix + "_echo_p50_ms", Series.of(echo, Trial::p50));
        report.put(prefix + "_p99_ms", Series.of(ours, Trial::p99));
        report.put(prefix + "_echo_p99_ms", Series.of(echo, Trial::p99));
        report.put(prefix + "_p50_ratio", Series.ratio(ours, echo, Trial::p50));
        report.put(prefix + "_p99_ratio", Series.ratio(ours, echo, Trial::p99));
    }
}
