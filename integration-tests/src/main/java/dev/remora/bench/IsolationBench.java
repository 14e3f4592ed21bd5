package dev.remora.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What models that come and go do to the latency of those that stay. */
final class IsolationBench implements Bench {
    /** As many as partitions: some cold model lies beside each of them. */
    private static final int WARM = 16;

    private static final double PER_SECOND = 500;
    private static final double COLD_PER_SECOND = 20;
    private static final double LEAD_SECONDS = 1;

    /** Before the first round: what fetches and loads is to be compiled, and what asks for it. */
    private static final int WARM_UPS = 3;

    /** Room for two dozen silero models: each cold one pushes another out. */
    private static final Map<String, String> CONFIG = Map.of("remora.memory.max", "300MiB", "remora.disk.max", "1GiB");

    @Override
    public String name() {
        return "isolation";
    }

    @Override
    public String question() {
        return "p99 of warm models while 20 others a second are fetched and loaded beside them, to that without";
    }

    /** What happens beside the warm models. */
    private enum Beside {
        NOTHING,
        COLD
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        List<String> warm = new ArrayList<>();
        for (int i = 0; i < WARM; i++) {
            warm.add("warm-" + i + ".onnx");
            stack.upload("remora", warm.get(i), RealModel.TINY.bytes(options.models()));
        }
        Subject remora = stack.server("remora", options.mode(), CONFIG).subject();
        stack.generator().warmUp(remora, "tiny", warm, options.warmUp());
        report.put("isolation.small_p99_ratio", measure(RealModel.NET, remora, warm, stack, options, report));
        RealModel.require(RealModel.SILERO, options);
        report.put("isolation.p99_ratio", measure(RealModel.SILERO, remora, warm, stack, options, report));
    }

    private static Series measure(
            RealModel cold, Subject remora, List<String> warm, BenchStack stack, BenchOptions options, Report report)
            throws Exception {
        Generator generator = stack.generator();
        Load paced = Load.paced("tiny", warm, PER_SECOND, options.seconds());
        Load lead = Load.paced("tiny", warm, PER_SECOND, LEAD_SECONDS);
        ColdStream stream = new ColdStream(cold, stack, options);
        for (int i = 0; i < WARM_UPS; i++) {
            Future<Trial> loading = stream.begin(remora);
            generator.run(remora, paced);
            stream.end(loading);
        }
        Map<Beside, List<Trial>> trials = Rounds.interleaved(options.rounds(), List.of(Beside.values()), beside -> {
            Future<Trial> loading = beside == Beside.COLD ? stream.begin(remora) : null;
            // Those that nobody asks while others come do not stay warm.
            generator.run(remora, lead);
            Trial trial = generator.run(remora, paced);
            if (loading != null) {
                stream.end(loading);
            }
            return trial;
        });
        stream.close();
        List<Trial> quiet = trials.getOrDefault(Beside.NOTHING, List.of());
        List<Trial> loaded = trials.getOrDefault(Beside.COLD, List.of());
        String prefix = "isolation." + cold.label();
        report.put(prefix + "_quiet_p99_ms", Series.of(quiet, Trial::p99));
        report.put(prefix + "_loaded_p99_ms", Series.of(loaded, Trial::p99));
        report.put(prefix + "_quiet_queue_p99_ms", Series.of(quiet, Trial::queueP99));
        report.put(prefix + "_loaded_queue_p99_ms", Series.of(loaded, Trial::queueP99));
        return Series.ratio(loaded, quiet, Trial::p99);
    }

    /** Twenty models a second that were never seen before, from a load generator of its own. */
    private static final class ColdStream implements AutoCloseable {
        private final RealModel model;
        private final BenchStack stack;
        private final BenchOptions options;
        private final Generator generator;
        private final ExecutorService runner = Executors.newSingleThreadExecutor();
        private int last;

        ColdStream(RealModel model, BenchStack stack, BenchOptions options) throws IOException {
            this.model = model;
            this.stack = stack;
            this.options = options;
            this.generator = stack.generator("load-" + model.label());
        }

        Future<Trial> begin(Subject remora) throws IOException {
            double seconds = options.seconds() + 2 * LEAD_SECONDS;
            List<String> names = new ArrayList<>();
            for (int i = 0; i < COLD_PER_SECOND * seconds; i++) {
                String name = "%s-%d.onnx".formatted(model.label(), last++);
                stack.upload("remora", name, model.variant(options.models(), name));
                names.add(name);
            }
            Load load = Load.paced(model.label(), names, COLD_PER_SECOND, seconds)
                    .takingTurns()
                    .untimed();
            return runner.submit(() -> generator.run(remora, load));
        }

        /** All of them were cold, and all were answered. */
        void end(Future<Trial> loading) throws Exception {
            String tiers = loading.get().outcome().tiers();
            if (!tiers.startsWith("{s3=") || tiers.contains(",")) {
                throw new IllegalStateException("The models were not all in S3 alone: " + tiers);
            }
        }

        @Override
        public void close() {
            runner.shutdown();
            generator.close();
        }
    }
}
