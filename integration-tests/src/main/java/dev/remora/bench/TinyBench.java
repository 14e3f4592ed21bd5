package dev.remora.bench;

import java.util.List;
import java.util.Map;

/** What we cost beside the model: the server's CPU for one request to a net that costs next to nothing. */
final class TinyBench implements Bench {
    private static final List<String> MODELS = List.of("tiny.onnx");
    private static final int FEW = 8;

    @Override
    public String name() {
        return "tiny";
    }

    @Override
    public String question() {
        return "CPU of the server for one request to a tiny model, with few in flight and saturated";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        stack.upload("remora", MODELS.get(0), RealModel.TINY.bytes(options.models()));
        Subject remora = stack.server("remora", options.mode(), Map.of()).subject();
        Generator generator = stack.generator();
        generator.warmUp(remora, "tiny", MODELS, options.warmUp());
        Map<Integer, List<Trial>> trials = Rounds.interleaved(
                options.rounds(),
                List.of(FEW, Contest.SATURATING),
                inFlight -> generator.run(remora, Load.inFlight("tiny", MODELS, inFlight, options.seconds())));
        List<Trial> few = trials.getOrDefault(FEW, List.of());
        List<Trial> many = trials.getOrDefault(Contest.SATURATING, List.of());
        report.put("tiny.per_s", Series.of(few, Trial::perSecond));
        report.put("tiny.broker_cpu_ms", Series.of(few, Trial::brokerCpuPerRequest));
        report.put("tiny.per_s_saturated", Series.of(many, Trial::perSecond));
        report.put("tiny.broker_cpu_ms_saturated", Series.of(many, Trial::brokerCpuPerRequest));
        report.put("tiny.cpu_ms", Series.of(few, Trial::cpuPerRequest));
        report.put("tiny.cpu_ms_saturated", Series.of(many, Trial::cpuPerRequest));
    }
}
