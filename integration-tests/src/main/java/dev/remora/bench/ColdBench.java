package dev.remora.bench;

import dev.remora.launcher.PayaraInstance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How long the first answer of a model takes that is in the bucket, or on disk, and not in memory. */
final class ColdBench implements Bench {
    /** Of one model in one round, one after the other: a disk round begins when all have left memory. */
    private static final int VARIANTS = 3;

    private static final int WARM_UP = -1;

    /** Short, so that they leave memory, and stay on disk, while a round waits; not too short to be optimized before. */
    private static final Map<String, String> CONFIG = Map.of("remora.pool.idle-timeout", "3s");

    @Override
    public String name() {
        return "cold";
    }

    @Override
    public String question() {
        return "S3 to reply and disk to reply, to a bare GET, session and run plus the echo's round trip";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        List<RealModel> models = new ArrayList<>();
        for (RealModel model :
                List.of(RealModel.SILERO, RealModel.CLS, RealModel.DET, RealModel.MINILM, RealModel.BGE)) {
            if (model.isThere(options.models())) {
                models.add(model);
            }
        }
        try (ColdStarts starts = new ColdStarts(stack, options, stack.server("remora", options.mode(), CONFIG))) {
            for (RealModel model : models) {
                starts.measure(model, WARM_UP, VARIANTS);
            }
            Map<RealModel, ColdStarts.Times> times = new EnumMap<>(RealModel.class);
            models.forEach(model -> times.put(model, new ColdStarts.Times()));
            for (int round = 0; round < options.rounds(); round++) {
                for (Map.Entry<RealModel, ColdStarts.Times> entry : times.entrySet()) {
                    entry.getValue().add(starts.measure(entry.getKey(), round, VARIANTS));
                }
            }
            report(times, report);
        }
    }

    private static void report(Map<RealModel, ColdStarts.Times> times, Report report) {
        List<Double> s3 = new ArrayList<>();
        List<Double> disk = new ArrayList<>();
        times.forEach((model, time) -> {
            String prefix = "cold." + model.label();
            report.put(prefix + "_s3_ms", new Series(time.s3));
            report.put(prefix + "_bare_s3_ms", new Series(time.bareS3));
            report.put(prefix + "_disk_ms", new Series(time.disk));
            report.put(prefix + "_bare_disk_ms", new Series(time.bareDisk));
            report.put(prefix + "_echo_ms", new Series(time.echo));
            double echo = new Series(time.echo).median();
            s3.add(new Series(time.s3).median() / (new Series(time.bareS3).median() + echo));
            disk.add(new Series(time.disk).median() / (new Series(time.bareDisk).median() + echo));
            report.put(prefix + "_s3_ratio", s3.get(s3.size() - 1));
            report.put(prefix + "_disk_ratio", disk.get(disk.size() - 1));
        });
        report.put("cold.s3_ratio", mean(s3));
        report.put("cold.disk_ratio", mean(disk));
    }

    /** Of ratios: the geometric one; least and most are those of the models. */
    private static Report.Figure mean(List<Double> ratios) {
        double logs = ratios.stream().mapToDouble(Math::log).average().orElse(Double.NaN);
        Series series = new Series(ratios);
        return new Report.Figure(Math.exp(logs), series.least(), series.most());
    }

    /** Waits until no model is in memory. */
    static void awaitEmpty(PayaraInstance instance) throws IOException, InterruptedException {
        long end = System.nanoTime() + 90_000_000_000L;
        while (instance.metrics().value("remora_loaded_models") > 0) {
            if (System.nanoTime() > end) {
                throw new IOException("Models stay in memory for 90 s after their last use");
            }
            Thread.sleep(250);
        }
    }
}
