package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.runtime.LoadedModel;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What follows from each end that a load can have. Guarded by the pool's lock. */
final class LoadOutcomes {
    private static final Logger log = LoggerFactory.getLogger(LoadOutcomes.class);
    /** So often in one way a model is fetched anew because the disk lost it. */
    private static final int MOST_CORRUPTIONS = 3;

    private final PoolState state;
    private final Preparations preparations;

    LoadOutcomes(PoolState state, Preparations preparations) {
        this.state = state;
        this.preparations = preparations;
    }

    /** Lets it grant leases, for as many bytes of memory as were measured; or says why it may not stay. */
    @Nullable
    RemoraException install(Preparing way, DiskEntry entry, LoadedModel model, OptionalLong measured, long began) {
        long bytes = counted(way, entry, measured);
        ModelSlot slot = way.slot;
        long now = state.now();
        long limit = state.memory.limitFor(slot);
        if (state.closing) {
            return Preparations.closing();
        }
        if (bytes > limit) {
            return tooLarge(slot, bytes, limit);
        }
        if (preparations.handOvers().isTooMuch(way, bytes)) {
            way.didNotFit = true;
            return HandOvers.noRoom(way);
        }
        boolean suspect = state.marks.crashes(slot.name, entry.version) > 0;
        Resident loaded = new Resident(slot, entry.version, model, bytes, now, suspect);
        Resident resident = way.optimized != null ? loaded.asOptimized() : loaded;
        resident.optimizable = way.optimized != null || way.runtime == null || !state.settings.optimizes()
                ? null
                : way.runtime.optimizedForm().orElse(null);
        if (way.handedOver) {
            handedOver(way, resident, now);
        }
        Resident older = slot.resident;
        if (older != null) {
            state.memory.evict(older, EvictionReason.REPLACED);
        }
        state.memory.correct(way.memoryReserved, bytes, slot, now);
        way.memoryReserved = bytes;
        state.memory.install(resident);
        count(way, older == null && slot.loadedBefore, began, now);
        slot.loadedBefore = true;
        state.policy.loaded(slot.name, bytes, way.loadNanos, now);
        if (way.checkedAt != Long.MIN_VALUE) {
            slot.confirmed(way.checkedAt, state.maxAgeNanos());
        }
        preparations.complete(way);
        return null;
    }

    private static long counted(Preparing way, DiskEntry entry, OptionalLong measured) {
        Measurement measurement = entry.measurement(way.optimized);
        if (measured.isPresent()) {
            return measurement.measured(measured.getAsLong());
        }
        long known = measurement.bytes();
        return known == Measurement.NONE ? way.memoryReserved : known;
    }

    private void handedOver(Preparing way, Resident resident, long now) {
        way.slot.inherit(way.heat, now);
        if (way.onlyHandedOver()) {
            resident.handedOverHeat = way.heat;
            state.figures.handedOver++;
        }
    }

    private void count(Preparing way, boolean again, long began, long now) {
        way.loadNanos = now - began;
        state.figures.loads++;
        state.figures.loadNanos += way.loadNanos;
        state.figures.reloads += again ? 1 : 0;
        state.figures.waitNanos += began - way.waitsSince;
    }

    /** It is not loaded, and its memory is free again. */
    void givenUp(Preparing way, DiskEntry entry, RemoraException failure) {
        release(way);
        if (!way.didNotFit) {
            failed(way, entry, failure);
        } else if (way.onlyHandedOver()) {
            preparations.fail(way, failure);
        } else {
            way.didNotFit = false;
            way.toLoad(entry, state.now());
            state.signal();
        }
    }

    /**
     * Its optimized form is gone, or not to be had now: whether it queues again, since its artifact may take more than was
     * reserved for that.
     */
    boolean waitsForMore(Preparing way, DiskEntry entry) {
        way.byArtifact = true;
        long expected = entry.measurement.bytes();
        boolean more = expected == Measurement.NONE || expected > way.memoryReserved;
        if (more) {
            release(way);
            way.toLoad(entry, state.now());
            state.signal();
        }
        return more;
    }

    /** After a fault of ours: whether the model grants leases all the same, and so is not to be closed. */
    boolean stays(Preparing way, LoadedModel model) {
        Resident resident = way.slot.resident;
        boolean stays = resident != null && resident.model == model;
        if (stays && way.slot.preparing == way) {
            preparations.complete(way);
        }
        return stays;
    }

    /** As {@link #givenUp}, after a fault of ours, which may have come when the way had already moved on. */
    void broken(Preparing way, RemoraException failure) {
        boolean here = way.stage == Preparing.Stage.ASSESSING || way.stage == Preparing.Stage.LOADING;
        if (way.slot.preparing == way && here) {
            release(way);
            state.figures.loadFailures++;
            preparations.failAndRemember(way, failure, state.now());
        }
    }

    private void release(Preparing way) {
        state.memory.release(way.memoryReserved);
        way.memoryReserved = 0;
    }

    private void failed(Preparing way, DiskEntry entry, RemoraException failure) {
        state.figures.loadFailures++;
        boolean artifact = failure.code() == ErrorCode.MODEL_INVALID || failure.code() == ErrorCode.MODEL_TOO_LARGE;
        if (artifact) {
            preparations.refuse(way, failure, entry.version, Long.MAX_VALUE);
        } else {
            preparations.failAndRemember(way, failure, state.now());
        }
    }

    /** The disk has lost it: it is fetched again, unless the disk loses everything. */
    void corrupt(Preparing way) {
        log.warn("{} on disk is not what was fetched; it is fetched again", way.slot.name);
        release(way);
        preparations.discard(way.slot, EvictionReason.CORRUPT);
        if (++way.corruptions < MOST_CORRUPTIONS) {
            way.restart();
            state.signal();
        } else {
            preparations.failAndRemember(way, badDisk(way.slot), state.now());
        }
    }

    private static RemoraException badDisk(ModelSlot slot) {
        return new RemoraException(
                ErrorCode.UNAVAILABLE,
                "This instance's disk does not keep " + slot.name + " as it was fetched.",
                "Check the disk behind remora.disk.path, and that nothing else writes there.");
    }

    private static RemoraException tooLarge(ModelSlot slot, long bytes, long limit) {
        return new RemoraException(
                ErrorCode.MODEL_TOO_LARGE,
                slot.name + " holds " + bytes + " bytes of memory, and this instance has " + limit
                        + " for it beside what is pinned.",
                "Raise remora.memory.max, pin less, or use a smaller model.");
    }
}
