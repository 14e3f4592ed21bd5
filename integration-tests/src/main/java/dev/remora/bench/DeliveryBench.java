package dev.remora.bench;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What exactly-once costs, and how much of it transactions cost anybody. */
final class DeliveryBench implements Bench {
    private static final List<String> MODELS = List.of("tiny.onnx");
    private static final String TINY = "tiny";
    private static final List<Integer> RATES = List.of(10, 100, 1000);

    /** Four contenders under four loads: each measurement is half as long as elsewhere. */
    private static final double SHARE_OF_SECONDS = 0.5;

    @Override
    public String name() {
        return "delivery";
    }

    @Override
    public String question() {
        return "Exactly-once to at-least-once at 10, 100 and 1,000 a second and saturated, each beside an echo of its kind";
    }

    /** A subject, and what it is sent. */
    private record Contender(String name, Subject subject, String sample) {}

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        Contender exactly = remora("exactly", Mode.EXACTLY_ONCE, stack, options);
        Contender atLeast = remora("at_least", Mode.AT_LEAST_ONCE, stack, options);
        List<Contender> all = List.of(
                exactly,
                atLeast,
                new Contender("exactly_echo", stack.echo(Mode.EXACTLY_ONCE), Samples.ECHO + TINY),
                new Contender("at_least_echo", stack.echo(Mode.AT_LEAST_ONCE), Samples.ECHO + TINY));
        Generator generator = stack.generator();
        for (Contender each : all) {
            generator.warmUp(each.subject(), each.sample(), MODELS, options.warmUp());
        }
        double seconds = options.seconds() * SHARE_OF_SECONDS;
        for (int rate : RATES) {
            Map<Contender, List<Trial>> trials = Rounds.interleaved(
                    options.rounds(),
                    all,
                    each -> generator.run(each.subject(), Load.paced(each.sample(), MODELS, rate, seconds)));
            String at = "_" + rate;
            report(at + "_p50_ms", trials, Trial::p50, report);
            report(at + "_p99_ms", trials, Trial::p99, report);
            report(at + "_cpu_ms", trials, Trial::cpuPerRequest, report);
            report.put("delivery." + rate + "_p50_ratio", ratio(trials, exactly, atLeast, Trial::p50));
            report.put("delivery." + rate + "_p99_ratio", ratio(trials, exactly, atLeast, Trial::p99));
        }
        Map<Contender, List<Trial>> saturated = Rounds.interleaved(
                options.rounds(),
                all,
                each -> generator.run(
                        each.subject(), Load.inFlight(each.sample(), MODELS, Contest.SATURATING, seconds)));
        report("_per_s", saturated, Trial::perSecond, report);
        report("_cpu_ms", saturated, Trial::cpuPerRequest, report);
        report("_broker_cpu_ms", saturated, Trial::brokerCpuPerRequest, report);
        report.put("delivery.throughput_ratio", ratio(saturated, exactly, atLeast, Trial::perSecond));
    }

    private static Contender remora(String name, Mode mode, BenchStack stack, BenchOptions options) throws Exception {
        stack.upload(name, MODELS.get(0), RealModel.TINY.bytes(options.models()));
        return new Contender(name, stack.server(name, mode, Map.of()).subject(), TINY);
    }

    private static void report(
            String figure, Map<Contender, List<Trial>> trials, ToDoubleFunction<Trial> of, Report report) {
        trials.forEach((each, rounds) -> report.put("delivery." + each.name() + figure, Series.of(rounds, of)));
    }

    private static Series ratio(
            Map<Contender, List<Trial>> trials, Contender ours, Contender theirs, ToDoubleFunction<Trial> figure) {
        return Series.ratio(trials.getOrDefault(ours, List.of()), trials.getOrDefault(theirs, List.of()), figure);
    }
}
