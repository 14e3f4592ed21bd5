package dev.remora.bench;

import dev.remora.launcher.PayaraInstance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the whole server holds with fifty real models in memory, and what of it stays when they are gone. */
final class MemoryBench implements Bench {
    private static final double GB = 1e9;
    private static final int REQUESTS_PER_MODEL = 20;
    private static final int IN_FLIGHT = 8;

    /** The time in which freed pages go back to the system. */
    private static final long SETTLE_MILLIS = 8000;

    private static final long OPTIMIZED_WITHIN_NANOS = 12_000_000_000L;

    private static final Map<String, String> CONFIG = Map.of("remora.pool.idle-timeout", "30s");

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public String question() {
        return "Fifty silero models and a tiny one in memory: PSS of the whole server; filled, emptied, filled";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        Map<String, byte[]> models = new LinkedHashMap<>(RotateBench.models(options));
        for (Map.Entry<String, byte[]> model : models.entrySet()) {
            stack.upload("remora", model.getKey(), model.getValue());
        }
        stack.upload("remora", "tiny.onnx", RealModel.TINY.bytes(options.models()));
        BenchStack.Server server = stack.server("remora", options.mode(), CONFIG);
        stack.generator().warmUpOnce(server.subject(), "tiny", List.of("tiny.onnx"), options.warmUp());
        double before = emptied(server);
        List<Double> full = new ArrayList<>();
        List<Double> empty = new ArrayList<>();
        for (int fill = 0; fill < 2; fill++) {
            full.add(filled(server, List.copyOf(models.keySet()), stack.generator()));
            empty.add(emptied(server));
        }
        report.put("memory.before_gb", before);
        report.put("memory.emptied_gb", new Series(empty));
        report.put("memory.pss_gb", new Series(full));
        report.put("memory.residue_ratio", (empty.get(0) - before) / (full.get(0) - before));
    }

    /** Loads them all, has each answer a few times, and looks when they are all there and the server is at rest. */
    private static double filled(BenchStack.Server server, List<String> models, Generator generator) throws Exception {
        Load load =
                Load.inFlight("silero", models, IN_FLIGHT, 1).takingTurns().upTo(models.size() * REQUESTS_PER_MODEL);
        generator.run(server.subject(), load);
        generator.run(
                server.subject(),
                Load.inFlight("tiny", List.of("tiny.onnx"), 1, 1).upTo(1));
        awaitRest(server.instance(), models.size());
        double loaded = server.instance().metrics().value("remora_loaded_models");
        if (loaded != models.size() + 1) {
            throw new IllegalStateException(loaded + " models are in memory instead of " + (models.size() + 1));
        }
        return Account.pssBytes(server.subject().pid()) / GB;
    }

    /** Until it has written so many models in the form that takes less memory, which it does while idle, and settled. */
    private static void awaitRest(PayaraInstance instance, int models) throws Exception {
        long end = System.nanoTime() + OPTIMIZED_WITHIN_NANOS;
        while (instance.metrics().value("remora_optimized_models_total") < models && System.nanoTime() < end) {
            Thread.sleep(250);
        }
        Thread.sleep(SETTLE_MILLIS);
    }

    private static double emptied(BenchStack.Server server) throws Exception {
        ColdBench.awaitEmpty(server.instance());
        Thread.sleep(SETTLE_MILLIS);
        return Account.pssBytes(server.subject().pid()) / GB;
    }
}
