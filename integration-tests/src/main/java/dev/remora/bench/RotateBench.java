package dev.remora.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Fifty warm models in random order: each run finds the processor's caches full of another model. */
final class RotateBench implements Bench {
    private static final int MODELS = 50;

    @Override
    public String name() {
        return "rotate";
    }

    @Override
    public String question() {
        return "Fifty warm silero models in random order, saturated, against a loop with an LRU map of sessions";
    }

    /** Their names and bytes: all different, all with the same answers. */
    static Map<String, byte[]> models(BenchOptions options) throws Exception {
        RealModel.require(RealModel.SILERO, options);
        Map<String, byte[]> models = new LinkedHashMap<>();
        for (int i = 0; i < MODELS; i++) {
            models.put("silero-" + i + ".onnx", RealModel.SILERO.variant(options.models(), "v" + i));
        }
        return models;
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        Map<String, byte[]> models = models(options);
        Contest contest = Contest.start(stack, options, models);
        Contest.Score score = contest.compete("silero", List.copyOf(models.keySet()));
        report.put("rotate.per_s", Series.of(score.remora(), Trial::perSecond));
        report.put("rotate.loop_per_s", Series.of(score.loop(), Trial::perSecond));
        report.put("rotate.loop_cpu_ms", Series.of(score.loop(), Trial::cpuPerRequest));
        report.put("rotate.broker_cpu_ms", Series.of(score.remora(), Trial::brokerCpuPerRequest));
        report.put("rotate.loop_broker_cpu_ms", Series.of(score.loop(), Trial::brokerCpuPerRequest));
        report.put("rotate.generator_cpu_ms", Series.of(score.remora(), Trial::generatorCpuPerRequest));
        report.put("rotate.throughput_ratio", score.throughputRatio());
        report.put("rotate.cpu_ms", Series.of(score.remora(), Trial::cpuPerRequest));
    }
}
