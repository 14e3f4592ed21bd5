package dev.remora.pool;

import dev.remora.Await;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A pool over fakes, with a clock of its own that stands still until it is moved. Thread-safe once open. */
final class PoolFixture implements AutoCloseable {
    static final long MIB = 1L << 20;

    final Path disk;
    final FakeStore store = new FakeStore();
    final FakeRuntime runtime = new FakeRuntime();
    final AtomicLong clock = new AtomicLong(-5_000_000_000L);

    long diskBytes = 100 * MIB;
    long memoryBytes = 1000;
    /** The plugin takes a thread that ends before the pool is closed for a fault. */
    final AtomicInteger endedThreads = new AtomicInteger();

    volatile long freeBytes = Long.MAX_VALUE;
    Duration maxAge = Duration.ofSeconds(60);
    Duration patience = Duration.ofSeconds(30);
    Duration idleTimeout = Duration.ZERO;
    boolean cache = true;
    boolean optimize = true;
    int fetchThreads = 2;
    EvictionPolicy policy = new LruPolicy();
    List<ModelName> pins = List.of();
    List<ModelName> preload = List.of();

    /** How often the load thread has looked at the clock. */
    private final AtomicLong turns = new AtomicLong();

    private final Map<ModelName, Demand> demands = new ConcurrentHashMap<>();
    private final List<TieredModelPool> opened = new ArrayList<>();

    PoolFixture(Path disk) {
        this.disk = disk;
    }

    TieredModelPool open() {
        return open(() -> {
            turns.addAndGet(Thread.currentThread().getName().equals("remora-load") ? 1 : 0);
            return clock.get();
        });
    }

    TieredModelPool open(LongSupplier nanoClock) {
        TieredModelPool pool = TieredModelPool.open(
                settings(), store, List.of(runtime), policy, this::newThread, nanoClock, folder -> freeBytes);
        opened.add(pool);
        return pool;
    }

    PoolSettings settings() {
        return new PoolSettings(
                disk,
                diskBytes,
                memoryBytes,
                maxAge,
                patience,
                pins,
                preload,
                idleTimeout,
                cache,
                optimize,
                fetchThreads);
    }

    private Thread newThread(Runnable task) {
        return new Thread(() -> {
            try {
                task.run();
            } finally {
                endedThreads.incrementAndGet();
            }
        });
    }

    static ModelName name(String base) {
        return new ModelName(base + ".fake");
    }

    /** Uploads a model of this size in memory. */
    ModelName upload(String base, String version, long memory) {
        return upload(base, version, memory, memory, 0);
    }

    ModelName upload(String base, String version, long estimate, long measured, int padding) {
        store.put(name(base), version, FakeRuntime.artifact(estimate, measured, padding));
        return name(base);
    }

    Demand demand(ModelName model) {
        return demands.computeIfAbsent(model, Demand::new);
    }

    Demand waiting(ModelName model, long nextUse) {
        Demand demand = demand(model);
        demand.update(nextUse, 1);
        return demand;
    }

    void satisfied(ModelName model) {
        demand(model).update(Demand.NONE, 0);
    }

    /** Prepares, waits and leases. */
    Lease acquire(TieredModelPool pool, ModelName model) {
        for (int attempt = 0; attempt < 100; attempt++) {
            Lease lease = pool.tryAcquire(model);
            if (lease != null) {
                return lease;
            }
            prepare(pool, model);
        }
        throw new AssertionError(model + " was prepared a hundred times and never leased");
    }

    /** Uses the model once; returns its version. */
    String use(TieredModelPool pool, ModelName model) {
        try (Lease lease = acquire(pool, model)) {
            return lease.version();
        } finally {
            satisfied(model);
        }
    }

    Preparation prepare(TieredModelPool pool, ModelName model) {
        try {
            return pool.prepare(demand(model))
                    .toCompletableFuture()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RemoraException failure) {
                throw failure;
            }
            throw e;
        }
    }

    /** What the files really take; counted again where one vanishes meanwhile. */
    long used() {
        while (true) {
            try {
                return ContentHash.storedBytes(disk.resolve("models")) + ContentHash.storedBytes(disk.resolve("tmp"));
            } catch (IOException | UncheckedIOException e) {
                Thread.onSpinWait();
            }
        }
    }

    /** The first file with this end of its name. */
    Path onlyFile(String suffix) throws IOException {
        return ContentHash.files(disk.resolve("models")).stream()
                .filter(file -> file.toString().endsWith(suffix))
                .findFirst()
                .orElseThrow();
    }

    /** Waits until the load thread has looked at what time has brought about. */
    void awaitTurns() {
        long before = turns.get();
        Await.until("the load thread has looked", () -> turns.get() > before + 5);
    }

    void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    @Override
    public void close() {
        store.gate.countDown();
        store.silence.countDown();
        runtime.gate.countDown();
        opened.forEach(TieredModelPool::close);
    }
}
