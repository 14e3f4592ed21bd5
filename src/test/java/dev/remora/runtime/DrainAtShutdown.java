package dev.remora.runtime;

import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A process of its own: on SIGTERM it drains for a while, with good runs, failing ones and loads, beside ONNX Runtime's own
 * shutdown hook. Says {@code ready} when it may be ended, and {@code drained} when all went as it should.
 */
final class DrainAtShutdown {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long DRAIN_NANOS = Duration.ofSeconds(2).toNanos();

    private DrainAtShutdown() {}

    /** Arguments: the folders of {@link TinyNets#lookup} and {@link TinyNets#slow}. */
    public static void main(String[] arguments) {
        OnnxRuntime runtime = OnnxRuntime.start(Thread::new, 32, System::nanoTime);
        LoadedModel lookup = runtime.load(Path.of(arguments[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(runtime, lookup, Path.of(arguments[1]))));
        good(lookup);
        System.out.println("ready");
        while (true) {
            LockSupport.park();
        }
    }

    private static void drain(OnnxRuntime runtime, LoadedModel lookup, Path slow) {
        long began = System.nanoTime();
        while (System.nanoTime() - began < DRAIN_NANOS) {
            good(lookup);
            fails(() -> run(lookup, "i", 7, LIMIT));
            fails(() -> run(lookup, "wrong", 1, LIMIT));
            try (LoadedModel cold = runtime.load(slow)) {
                run(cold, "n", 2, LIMIT);
                fails(() -> run(cold, "n", Long.MAX_VALUE, Duration.ofMillis(30)));
            }
        }
        lookup.close();
        runtime.close();
        System.out.println("drained");
    }

    private static void good(LoadedModel lookup) {
        if (run(lookup, "i", 1, LIMIT).get(0).floats()[0] != 20) {
            throw new AssertionError("a wrong answer");
        }
    }

    private static List<Tensor> run(LoadedModel model, String name, long value, Duration limit) {
        return model.run(List.of(Tensor.longs(name, new long[0], value)), List.of(), limit);
    }

    private static void fails(Runnable run) {
        try {
            run.run();
        } catch (RemoraException expected) {
            return;
        }
        throw new AssertionError("should have failed");
    }
}
