package dev.remora.bench;

import dev.remora.pool.Demand;
import dev.remora.pool.Lease;
import dev.remora.pool.LruPolicy;
import dev.remora.pool.PoolSettings;
import dev.remora.pool.TieredModelPool;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tensor;
import dev.remora.runtime.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/** The warm path through the pool: a model that is in memory is leased and given back. */
@State(Scope.Benchmark)
public class PoolMicro {
    private static final int MODELS = 50;
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final ModelName[] names = new ModelName[MODELS];
    private final List<Tensor> input = List.of(Tensor.floats("x", new long[] {1, 4}, 1, 2, 3, 4));
    private OnnxRuntime runtime;
    private TieredModelPool pool;

    /** Called by JMH. */
    @SuppressWarnings("NullAway.Init") // set up before it is used
    public PoolMicro() {}

    /** Loads them all. */
    @Setup
    public void load() throws Exception {
        ThreadFactory threads = task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        };
        runtime = OnnxRuntime.start(threads, 32, System::nanoTime);
        pool = TieredModelPool.open(
                settings(),
                new OneFileStore(RealModel.TINY.bytes(Path.of(""))),
                List.of(runtime),
                new LruPolicy(),
                threads,
                System::nanoTime);
        for (int i = 0; i < MODELS; i++) {
            names[i] = new ModelName("model-" + i + ".onnx");
            pool.prepare(new Demand(names[i])).toCompletableFuture().get();
        }
    }

    private static PoolSettings settings() throws IOException {
        return new PoolSettings(
                Files.createTempDirectory("remora-bench-"),
                1L << 30,
                1L << 30,
                Duration.ofDays(1),
                Duration.ofSeconds(30),
                List.of(),
                List.of(),
                Duration.ZERO,
                true,
                true,
                1);
    }

    /** Frees them all. */
    @TearDown
    public void free() {
        pool.close();
        runtime.close();
    }

    /** A lease, alone. */
    @Benchmark
    public String lease() {
        try (Lease lease = lease(ThreadLocalRandom.current().nextInt(MODELS))) {
            return lease.version();
        }
    }

    /** A lease, two threads at once. */
    @Benchmark
    @Threads(2)
    public String leaseContended() {
        return lease();
    }

    /** A lease and a run of a tiny model. */
    @Benchmark
    public List<Tensor> leaseAndRun() {
        try (Lease lease = lease(ThreadLocalRandom.current().nextInt(MODELS))) {
            return lease.model().run(input, List.of(), LIMIT);
        }
    }

    private Lease lease(int model) {
        Lease lease = pool.tryAcquire(names[model]);
        if (lease == null) {
            throw new IllegalStateException(names[model] + " is not in memory");
        }
        return lease;
    }
}
