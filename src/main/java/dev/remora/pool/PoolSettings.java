package dev.remora.pool;

import dev.remora.protocol.ModelName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the operator says about the pool. Immutable.
 *
 * @param diskPath folder of the disk tier; the pool must be its only user, see {@link InstanceFolder}
 * @param diskBytes the most that artifacts may take there, in blocks of 4 KiB, those on their way included
 * @param memoryBytes the most that models may hold in memory
 * @param maxAge how long a version is served without asking the store whether it is still the newest
 * @param storePatience how long a store that refuses is asked again before requests are answered with 530
 * @param pins models that are loaded at start and never evicted
 * @param preload models that are loaded at start
 * @param idleTimeout after which an unused model leaves memory; zero means never
 * @param cache false: a model leaves both tiers as soon as nothing uses or waits for it
 * @param optimize whether models are written to the disk a second time in a form that loads sooner, while the loader idles
 * @param fetchThreads how many downloads run at a time
 */
public record PoolSettings(
        Path diskPath,
        long diskBytes,
        long memoryBytes,
        Duration maxAge,
        Duration storePatience,
        List<ModelName> pins,
        List<ModelName> preload,
        Duration idleTimeout,
        boolean cache,
        boolean optimize,
        int fetchThreads) {
    /** Checks that the figures can work. */
    public PoolSettings {
        pins = List.copyOf(pins);
        preload = List.copyOf(preload);
        check(diskBytes > 0, "remora.disk.max must be more than 0");
        check(memoryBytes > 0, "remora.memory.max must be more than 0");
        check(!maxAge.isNegative() && !maxAge.isZero(), "remora.models.max-age must be more than 0");
        check(!storePatience.isNegative(), "remora.store.patience must not be negative");
        check(!idleTimeout.isNegative(), "remora.pool.idle-timeout must not be negative");
        check(fetchThreads > 0, "at least one thread must fetch");
        check(cache || pins.isEmpty(), "remora.pool.pin needs remora.pool.cache");
    }

    /** Whether models are optimized: not where none stays. */
    boolean optimizes() {
        return optimize && cache;
    }

    private static void check(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
