package dev.remora.pool;

import dev.remora.pool.ModelPool.Preparation;
import dev.remora.runtime.InferenceRuntime;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One model's way into memory. Guarded by the pool's lock; in a stage that ends in ING its thread alone moves it on. */
final class Preparing {
    /** Where it stands. */
    enum Stage {
        /** Waits for a fetch thread to ask the store. */
        FETCH,
        FETCHING,
        /** Waits for the load thread, and for memory. */
        LOAD,
        ASSESSING,
        LOADING
    }

    final ModelSlot slot;
    final long arrival;
    CompletableFuture<Preparation> done = new CompletableFuture<>();
    /** Somebody asked for it; else it only looks for a newer version. */
    boolean asked;
    /** Since when, on the pool's clock. */
    long askedAt;
    /** Goes on for as long as the store fails, whoever waits: a pin. */
    boolean persistent;
    /** Records were seen to wait for it. */
    boolean awaited;
    /** Takes what memory is free, in the order in which it was asked for, and makes nothing leave. */
    boolean preload;
    /** It was warm where its partition came from. */
    boolean handedOver;
    /** How hot it was there. */
    double heat;
    /** Its load came out larger than there was room for. */
    boolean didNotFit;
    /** When it began, on the pool's clock. */
    long begunAt;
    /** The log has said that it does not come. */
    boolean said;

    Stage stage = Stage.FETCH;
    int attempts;
    /** How often the disk had lost it when it was to be loaded. */
    int corruptions;
    /** When its last turn on a fetch thread began. */
    long attemptBegan;
    /** The store was found to have a version that is not here. */
    boolean changed;
    /** When the store was first asked, on the pool's clock. */
    long fetchBegan = Long.MIN_VALUE;

    long notBefore = Long.MIN_VALUE;
    /** When the version that it brings was the newest; {@link Long#MIN_VALUE} where nobody asked. */
    long checkedAt = Long.MIN_VALUE;

    /** Bytes that the disk must have room for before another download begins; 0 when not known. */
    long roomNeeded;
    /** Its place among those that wait for room on disk; 0 when it does not. */
    long roomTicket;

    @Nullable
    DiskEntry entry;

    @Nullable
    InferenceRuntime runtime;
    /** The optimized form that it was loaded from; null where that was the artifact. */
    @Nullable
    OptimizedFile optimized;
    /** Its optimized form was not to be had when it was to be loaded: its artifact is loaded, form or not. */
    boolean byArtifact;
    /** Bytes of memory that it asks for; 0 before that was assessed. */
    long memoryNeeded;
    /** Its optimized form was measured to need so much: its artifact may need more. */
    boolean neededByForm;
    /** Bytes of memory that it holds. */
    long memoryReserved;

    long waitsSince;
    long fetchNanos;
    long loadNanos;

    @Nullable
    String trouble;

    Preparing(ModelSlot slot, long arrival) {
        this.slot = slot;
        this.arrival = arrival;
    }

    /** Whether records waited for it, all of which have gone: it would be paid for in vain. */
    boolean forsaken() {
        awaited |= slot.wanted();
        return awaited && asked && !persistent && !slot.wanted();
    }

    /** Whether it is here for its own sake and no record needs it now. */
    boolean onlyPreload() {
        return preload && !slot.wanted();
    }

    /** Whether nobody has asked for it but the instance that had its partition before. */
    boolean onlyHandedOver() {
        return handedOver && !awaited && !persistent && !slot.wanted();
    }

    /** Whether the store is first asked if what is known of it is still true. */
    boolean compares() {
        return slot.knownVersion() != null && !changed;
    }

    /** What stands for the load in {@link CrashMarks}. */
    String mark(DiskEntry from) {
        return optimized != null ? CrashMarks.optimized(from.version) : from.version;
    }

    /** Back to the store, as if nothing had been fetched. */
    void restart() {
        stage = Stage.FETCH;
        entry = null;
        runtime = null;
        byArtifact = false;
        memoryNeeded = 0;
    }

    /** On to the load thread with this version. */
    void toLoad(DiskEntry from, long now) {
        stage = Stage.LOAD;
        entry = from;
        runtime = null;
        optimized = null;
        memoryNeeded = 0;
        waitsSince = now;
        trouble = null;
    }
}
