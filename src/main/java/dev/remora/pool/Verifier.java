package dev.remora.pool;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;

/**
 * Holds what is about to be loaded against the checksum that was counted while it was fetched, on a thread of its own where the
 * load need not wait for that. Thread-safe.
 */
final class Verifier implements AutoCloseable {
    /** A disk may lose in time what it took. */
    private static final long JUST = Duration.ofMinutes(1).toNanos();

    private final DiskFolder folder;
    private final ExecutorService thread;

    Verifier(DiskFolder folder, ThreadFactory threads) {
        this.folder = folder;
        this.thread = Executors.newSingleThreadExecutor(threads);
    }

    /**
     * Whether the entry's bytes are what was fetched; true at once for what was fetched a moment ago.
     *
     * @param now on the pool's clock
     * @param suspect whether to look at what was fetched a moment ago, too
     * @param beside whether the answer may come later
     */
    CompletableFuture<Boolean> intact(DiskEntry entry, long now, boolean suspect, boolean beside) {
        if (entry.justFetched && now - entry.publishedAt < JUST && !suspect) {
            return CompletableFuture.completedFuture(true);
        }
        return beside ? beside(() -> folder.intact(entry)) : CompletableFuture.completedFuture(folder.intact(entry));
    }

    /** Whether the file is what was written; the answer may come later. */
    CompletableFuture<Boolean> intact(OptimizedFile file) {
        return beside(file::intact);
    }

    private CompletableFuture<Boolean> beside(Supplier<Boolean> check) {
        try {
            return CompletableFuture.supplyAsync(check, thread);
        } catch (RuntimeException | OutOfMemoryError e) {
            // The pool closes, or no thread is to be had: then nothing is gained by haste.
            return CompletableFuture.completedFuture(check.get());
        }
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
