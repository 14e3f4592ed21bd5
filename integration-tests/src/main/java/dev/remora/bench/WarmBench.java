package dev.remora.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One warm model under as much load as it takes. */
final class WarmBench implements Bench {
    @Override
    public String name() {
        return "warm";
    }

    @Override
    public String question() {
        return "One warm model, saturated, against a loop written by hand";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (RealModel model : List.of(RealModel.TINY, RealModel.SILERO)) {
            RealModel.require(model, options);
            files.put(model.label() + ".onnx", model.bytes(options.models()));
        }
        Contest contest = Contest.start(stack, options, files);
        for (RealModel model : List.of(RealModel.TINY, RealModel.SILERO)) {
            Contest.Score score = contest.compete(model.label(), List.of(model.label() + ".onnx"));
            String prefix = "warm." + model.label();
            report.put(prefix + "_per_s", Series.of(score.remora(), Trial::perSecond));
            report.put(prefix + "_loop_per_s", Series.of(score.loop(), Trial::perSecond));
            report.put(prefix + "_cpu_ms", Series.of(score.remora(), Trial::cpuPerRequest));
            report.put(prefix + "_loop_cpu_ms", Series.of(score.loop(), Trial::cpuPerRequest));
            report.put(prefix + "_broker_cpu_ms", Series.of(score.remora(), Trial::brokerCpuPerRequest));
            report.put(prefix + "_loop_broker_cpu_ms", Series.of(score.loop(), Trial::brokerCpuPerRequest));
            report.put(prefix + "_generator_cpu_ms", Series.of(score.remora(), Trial::generatorCpuPerRequest));
            report.put(prefix + "_throughput_ratio", score.throughputRatio());
        }
        report.putLeast("warm.throughput_ratio", "warm.tiny_throughput_ratio", "warm.silero_throughput_ratio");
    }
}
