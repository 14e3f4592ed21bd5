package dev.remora.pool;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The disk budget: what is published, on its way in, on its way out. Guarded by the pool's lock.
 *
 * <p>A download reserves its room before it begins and all at once, so that no two wait for each other's half. What must
 * leave for it is unlinked under the lock and deleted outside it; the room counts as promised until then.
 */
final class DiskTier {
    private final long budget;
    /** The budget but for one block: the load thread writes one entry's facts anew beside the old at a time. */
    private final long usable;

    private final DiskVictims victims;
    private final PoolCounters figures;
    private final LongSupplier clock;
    private long published;
    private long reserved;
    private long promised;
    /** The published bytes of pinned models. */
    private long pinned;

    private long leaving;
    private int entries;
    private long uses;
    private long tickets;

    DiskTier(long budget, Supplier<Collection<ModelSlot>> slots, PoolCounters figures, LongSupplier clock) {
        this.clock = clock;
        this.budget = budget;
        this.usable = Math.max(0, budget - ContentHash.BLOCK_BYTES);
        this.victims = new DiskVictims(slots);
        this.figures = figures;
    }

    /** Room that a download holds. Guarded by the pool's lock. */
    static final class Reservation {
        long bytes;
    }

    /** What of the budget artifacts may take. */
    long usable() {
        return usable;
    }

    long budget() {
        return budget;
    }

    /** Bytes on the disk or about to be: never more than the budget. */
    long occupied() {
        return published + reserved + leaving;
    }

    int entries() {
        return entries;
    }

    /** The most that this model may ever take. */
    long limitFor(ModelSlot slot) {
        long own = slot.pinned && slot.entry != null ? slot.entry.artifactBytes : 0;
        return usable - (pinned - own);
    }

    /** Puts the download at the end of those that wait for room, if it is not among them. */
    void queue(Preparing claim, long bytes) {
        claim.roomNeeded = bytes;
        if (claim.roomTicket == 0) {
            claim.roomTicket = ++tickets;
        }
    }

    /**
     * Promises room, and unlinks what must be deleted for it; null when too little may leave now.
     *
     * @param forced bytes to be deleted even if the budget does not ask for it: the disk itself is full
     */
    @Nullable
    List<OnDisk> promise(Preparing claim, long bytes, long forced) {
        long free = usable - published - reserved - promised;
        if (claim.onlyHandedOver() && !HandOvers.fits(bytes, free + victims.formBytes(), usable)) {
            return null;
        }
        long missing = Math.max(forced, bytes - free);
        DiskVictims.Chosen chosen = victims.choose(claim, missing);
        if (chosen == null) {
            return null;
        }
        promised += bytes;
        List<OnDisk> unlinked = new ArrayList<>();
        chosen.forms().forEach(slot -> unlinkOptimized(slot, unlinked));
        chosen.models().forEach(slot -> unlinked.add(unlink(slot, EvictionReason.CAPACITY)));
        return unlinked;
    }

    /**
     * Takes room for what can do without: only where a tenth of the tier stays free, so that it is not to leave soon. It
     * makes nothing leave, and leaves before any model does.
     */
    boolean tryReserve(Reservation reservation, long bytes) {
        if (!HandOvers.fits(bytes, usable - published - reserved - leaving - promised, usable)) {
            return false;
        }
        reserved += bytes;
        reservation.bytes += bytes;
        return true;
    }

    /** Adds an optimized form to its entry if that is still here and the room suffices. */
    boolean add(ModelSlot slot, DiskEntry entry, OptimizedFile file, Reservation reservation) {
        if (slot.entry != entry || file.bytes() > reservation.bytes) {
            return false;
        }
        release(reservation);
        entry.optimized = file;
        published += file.bytes();
        return true;
    }

    /** Takes the entry's optimized form out of the tier, for the caller to delete; null where another has or will. */
    @Nullable
    OptimizedFile unlinkOptimized(ModelSlot slot, DiskEntry entry) {
        OptimizedFile file = entry.optimized;
        if (file == null || slot.entry != entry) {
            return null;
        }
        entry.optimized = null;
        published -= file.bytes();
        leaving += file.bytes();
        return file;
    }

    private void unlinkOptimized(ModelSlot slot, List<OnDisk> unlinked) {
        OptimizedFile file = slot.entry == null ? null : unlinkOptimized(slot, slot.entry);
        if (file != null) {
            unlinked.add(file);
        }
    }

    /** Turns a promise into room once what had to leave is gone; false while it is not. */
    boolean redeem(Reservation reservation, long bytes) {
        if (occupied() + bytes > usable) {
            return false;
        }
        promised -= bytes;
        reserved += bytes;
        reservation.bytes += bytes;
        return true;
    }

    /** The download came to nothing. */
    void release(Reservation reservation) {
        reserved -= reservation.bytes;
        reservation.bytes = 0;
    }

    /** Enters what was found at start. */
    void found(ModelSlot slot, DiskEntry entry) {
        slot.entry = entry;
        entry.publishedAt = clock.getAsLong();
        published += entry.bytes();
        pinned += slot.pinned ? entry.artifactBytes : 0;
        entries++;
        touch(entry);
    }

    /** What the download became; returns the older version, to be deleted. */
    @Nullable
    DiskEntry publish(ModelSlot slot, DiskEntry entry, Reservation reservation) {
        release(reservation);
        DiskEntry older = slot.entry == null ? null : unlink(slot, EvictionReason.REPLACED);
        found(slot, entry);
        return older;
    }

    /** Takes the model's entry out of the tier; its bytes count until {@link #deleted}. */
    DiskEntry unlink(ModelSlot slot, EvictionReason reason) {
        DiskEntry entry = slot.entry;
        if (entry == null) {
            throw new IllegalStateException(slot.name + " is not on disk");
        }
        slot.entry = null;
        published -= entry.bytes();
        pinned -= slot.pinned ? entry.artifactBytes : 0;
        leaving += entry.bytes();
        entries--;
        figures.evictedFromDisk(reason, slot, entry.publishedAt);
        return entry;
    }

    /** Its files are gone. */
    void deleted(OnDisk gone) {
        leaving -= gone.bytes();
    }

    void touch(DiskEntry entry) {
        entry.lastUse = ++uses;
    }
}
