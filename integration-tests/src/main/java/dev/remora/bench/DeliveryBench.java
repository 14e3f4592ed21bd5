package dev.remora.bench;

import java.util.List;
import java.util.Map;

/** What exactly-once costs. */
final class DeliveryBench implements Bench {
    private static final List<String> MODELS = List.of("tiny.onnx");

    @Override
    public String name() {
        return "delivery";
    }

    @Override
    public String question() {
        return "Exactly-once to at-least-once: latency at 1,000 a second, and throughput";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        byte[] tiny = RealModel.TINY.bytes(options.models());
        stack.upload("exactly", MODELS.get(0), tiny);
        stack.upload("at_least", MODELS.get(0), tiny);
        Subject exactly = stack.server("exactly", Mode.EXACTLY_ONCE, Map.of()).subject();
        Subject atLeast = stack.server("at_least", Mode.AT_LEAST_ONCE, Map.of()).subject();
        List<Subject> both = List.of(exactly, atLeast);
        Generator generator = stack.generator();
        for (Subject subject : both) {
            generator.warmUp(subject, "tiny", MODELS, options.warmUp());
        }
        Map<Subject, List<Trial>> paced = Rounds.interleaved(
                options.rounds(),
                both,
                subject -> generator.run(subject, Load.paced("tiny", MODELS, 1000, options.seconds())));
        Map<Subject, List<Trial>> saturated = Rounds.interleaved(
                options.rounds(),
                both,
                subject ->
                        generator.run(subject, Load.inFlight("tiny", MODELS, Contest.SATURATING, options.seconds())));
        for (Subject subject : both) {
            String prefix = "delivery." + subject.name();
            List<Trial> slow = paced.getOrDefault(subject, List.of());
            List<Trial> fast = saturated.getOrDefault(subject, List.of());
            report.put(prefix + "_p50_ms", Series.of(slow, Trial::p50));
            report.put(prefix + "_p99_ms", Series.of(slow, Trial::p99));
            report.put(prefix + "_per_s", Series.of(fast, Trial::perSecond));
            report.put(prefix + "_cpu_ms", Series.of(fast, Trial::cpuPerRequest));
        }
        List<Trial> slowExactly = paced.getOrDefault(exactly, List.of());
        List<Trial> slowAtLeast = paced.getOrDefault(atLeast, List.of());
        report.put("delivery.p50_ratio", Series.ratio(slowExactly, slowAtLeast, Trial::p50));
        report.put("delivery.p99_ratio", Series.ratio(slowExactly, slowAtLeast, Trial::p99));
        report.put(
                "delivery.throughput_ratio",
                Series.ratio(
                        saturated.getOrDefault(exactly, List.of()),
                        saturated.getOrDefault(atLeast, List.of()),
                        Trial::perSecond));
    }
}
