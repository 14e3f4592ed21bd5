package dev.remora.pool;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The models of this instance: in memory, on disk, or still in the store. Thread-safe. No call blocks but {@link #close}.
 */
public interface ModelPool extends AutoCloseable {
    /**
     * Leases the model if it is in memory, fresh enough and not about to leave; null otherwise, and then nothing was
     * started: {@link #prepare} starts it. The warm path: one short lock.
     */
    @Nullable
    Lease tryAcquire(ModelName model);

    /**
     * Brings the model into memory, once for all who ask. Asking again while it is on its way returns the same
     * preparation.
     *
     * @param demand what waits for it; its order decides among models that want the same memory
     * @return completes when {@link #tryAcquire} is worth another try, exceptionally with the
     *     {@link dev.remora.protocol.RemoraException} that all who wait for it are to be answered with. Completed by a
     *     thread of the pool, outside its lock.
     */
    CompletionStage<Preparation> prepare(Demand demand);

    /**
     * A record for this model has come: where the model is now, and where to say what waits for it. One short lock.
     */
    Prospect expect(ModelName model);

    /**
     * What the store has refused or failed last for this model while it is still being tried, or null: the reason to
     * name when a record's deadline passes while it waits.
     */
    @Nullable
    String storeTrouble(ModelName model);

    /**
     * The models that are worth handing over to whoever has their partitions next, hottest first: used here in the last
     * hour or so. A pool that does not know answers with none.
     */
    default List<WarmModel> warm() {
        return List.of();
    }

    /**
     * These models were in use on partitions that are here now. Whatever of them is not here is fetched onto free disk and
     * loaded into free memory, hottest first, after all that any record waits for; nothing leaves for it, and what does not
     * fit or fails is forgotten. A pool that does not want to does nothing.
     */
    default void handOver(List<WarmModel> models) {}

    /** The figures. */
    PoolSnapshot snapshot();

    /** Closes every model, after their leases; waits for them a bounded time. */
    @Override
    void close();

    /**
     * A model as it is when a record for it comes. Immutable.
     *
     * @param tier where it is
     * @param demand what the pool sees of its future, for the caller to keep true: the same as long as anything waits by it
     */
    record Prospect(Tier tier, Demand demand) {}

    /**
     * What bringing a model into memory took.
     *
     * @param fetchNanos time spent on the way from the store to disk; 0 when it was there
     * @param loadNanos time spent on the way from disk to memory; 0 when it was there
     */
    record Preparation(long fetchNanos, long loadNanos) {}
}
