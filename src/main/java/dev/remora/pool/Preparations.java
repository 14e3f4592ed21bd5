package dev.remora.pool;

import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Begins and ends models' ways into memory. Guarded by the pool's lock. */
final class Preparations {
    private static final int CRASHES_TO_QUARANTINE = 2;
    private static final long QUARANTINE = Duration.ofMinutes(5).toNanos();
    private static final int LONGEST_DOUBLING = 6;
    /** So long a model that is in memory waits for the store to say, or to give, what is newer. */
    private static final long STORE_WAIT = Duration.ofMillis(2500).toNanos();

    private final PoolState state;
    private final DiskFolder folder;
    private final HandOvers handOvers;

    Preparations(PoolState state, DiskFolder folder) {
        this.state = state;
        this.folder = folder;
        this.handOvers = new HandOvers(state, this);
    }

    HandOvers handOvers() {
        return handOvers;
    }

    /** As {@link ModelPool#prepare}. */
    CompletionStage<Preparation> prepare(Demand demand, boolean persistent) {
        ModelSlot slot = state.slot(demand.model());
        long now = state.now();
        slot.demand = demand;
        if (state.closing) {
            return CompletableFuture.failedStage(closing());
        }
        if (slot.preparing == null) {
            if (slot.resident != null && now < slot.freshUntil) {
                return CompletableFuture.completedStage(new Preparation(0, 0));
            }
            if (slot.failure != null && now < slot.failure.probeAt()) {
                return CompletableFuture.failedStage(slot.failure.error());
            }
            begin(slot, now);
        }
        return ask(slot.preparing, persistent);
    }

    /** Begins to load it at start, if it fits then. */
    void preload(ModelSlot slot) {
        boolean begun = slot.preparing == null;
        prepare(slot.demand, true);
        Preparing way = slot.preparing;
        if (begun && way != null) {
            way.preload = true;
        }
    }

    private CompletionStage<Preparation> ask(@Nullable Preparing way, boolean persistent) {
        if (way == null) {
            return CompletableFuture.failedStage(new RemoraException(ErrorCode.INTERNAL, "Nothing was begun."));
        }
        if (!way.asked) {
            way.asked = true;
            way.askedAt = state.now();
        }
        way.persistent |= persistent;
        way.awaited |= way.slot.wanted();
        return way.done.minimalCompletionStage();
    }

    /** Begins at the store, or at the disk if what lies there is fresh enough. */
    void begin(ModelSlot slot, long now) {
        Preparing way = new Preparing(slot, state.nextArrival());
        slot.preparing = way;
        way.begunAt = now;
        state.preparing.add(way);
        DiskEntry entry = slot.entry;
        if (entry != null && slot.resident == null && slot.failure == null && now < slot.freshUntil) {
            toLoad(way, entry, now, false);
        }
        state.signal();
    }

    /** On to the load thread, unless processes have died over this version. */
    void toLoad(Preparing way, DiskEntry entry, long now, boolean anyway) {
        int crashes = state.marks.crashes(way.slot.name, entry.version);
        if (crashes >= CRASHES_TO_QUARANTINE && !anyway) {
            long pause = QUARANTINE << Math.min(crashes - CRASHES_TO_QUARANTINE, LONGEST_DOUBLING);
            refuse(way, quarantined(way.slot, crashes, pause), entry.version, now + pause);
        } else {
            way.toLoad(entry, now);
            state.disk.touch(entry);
        }
    }

    /** With the newest version held as good as the store's: to memory with it, if it is not there and anybody asked. */
    void proceed(Preparing way, long now) {
        ModelSlot slot = way.slot;
        if (slot.residentIsNewest()) {
            complete(way);
        } else if (slot.entry == null) {
            way.restart();
        } else if (slot.resident == null && !way.asked) {
            complete(way);
        } else {
            toLoad(way, slot.entry, now, false);
        }
        state.signal();
    }

    /** As {@link #serveOn}, where the store has been waited for long enough. */
    void serveOnIfLate(Preparing way, long now) {
        boolean atStore = way.stage == Preparing.Stage.FETCH || way.stage == Preparing.Stage.FETCHING;
        if (atStore && way.asked && now - way.askedAt > STORE_WAIT) {
            serveOn(way, now);
        }
    }

    /**
     * Whoever waits is served what is in memory, if that is the newest held here; the store's answer is waited for beside. A
     * store that is slow, or gone, must not make a warm model slow.
     */
    void serveOn(Preparing way, long now) {
        ModelSlot slot = way.slot;
        if (slot.resident == null || slot.failure != null) {
            return;
        }
        slot.freshUntil = now + state.maxAgeNanos();
        CompletableFuture<Preparation> waiting = way.done;
        way.done = new CompletableFuture<>();
        way.asked = false;
        way.awaited = false;
        state.outside(() -> waiting.complete(new Preparation(0, 0)));
    }

    void complete(Preparing way) {
        end(way);
        Preparation preparation = new Preparation(way.fetchNanos, way.loadNanos);
        CompletableFuture<Preparation> waiting = way.done;
        state.outside(() -> waiting.complete(preparation));
    }

    void fail(Preparing way, RemoraException error) {
        end(way);
        CompletableFuture<Preparation> waiting = way.done;
        state.outside(() -> waiting.completeExceptionally(error));
    }

    private void end(Preparing way) {
        state.preparing.remove(way);
        way.slot.preparing = null;
        way.trouble = null;
        state.signal();
        if (way.handedOver) {
            handOvers.ended();
        }
    }

    /** Fails it, and whoever asks for it until the store is asked again. */
    void failAndRemember(Preparing way, RemoraException error, long now) {
        ModelSlot slot = way.slot;
        slot.failure = Failure.after(slot.failure, error, null, now, now);
        fail(way, error);
    }

    /** This version is not served, whatever else of it is here. */
    void refuse(Preparing way, RemoraException error, String version, long untilNanos) {
        ModelSlot slot = way.slot;
        long now = state.now();
        if (slot.resident != null) {
            state.memory.evict(slot.resident, EvictionReason.REPLACED);
        }
        if (untilNanos == Long.MAX_VALUE) {
            discard(slot, EvictionReason.INVALID);
        }
        slot.failure = Failure.after(slot.failure, error, version, now, untilNanos);
        fail(way, error);
    }

    /** Takes the model's files off the disk, if there are any. */
    void discard(ModelSlot slot, EvictionReason reason) {
        if (slot.entry != null) {
            deleteOutside(state.disk.unlink(slot, reason));
        }
    }

    void deleteOutside(@Nullable DiskEntry entry) {
        if (entry != null) {
            state.outside(() -> delete(entry));
        }
    }

    /** Deletes the files, then frees their room. Blocks on the disk: never under the lock. */
    void delete(OnDisk gone) {
        folder.delete(gone);
        state.locked(() -> {
            state.disk.deleted(gone);
            state.signal();
        });
    }

    static RemoraException forsaken(Preparing way) {
        return new RemoraException(
                ErrorCode.UNAVAILABLE, "Nobody waited for " + way.slot.name + " any more.", "Send again.");
    }

    static RemoraException closing() {
        return new RemoraException(ErrorCode.UNAVAILABLE, "This instance is shutting down.");
    }

    private static RemoraException quarantined(ModelSlot slot, int crashes, long pauseNanos) {
        return new RemoraException(
                ErrorCode.MODEL_INVALID,
                "This version of " + slot.name + " is quarantined: the process died " + crashes
                        + " times while it was loaded or first run.",
                "Upload a mended artifact, which is served at once; this one is tried again in "
                        + Duration.ofNanos(pauseNanos).toMinutes() + " minutes.");
    }
}
