package dev.remora.pool;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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

    private final Supplier<Collection<ModelSlot>> slots;
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
        this.slots = slots;
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
        if (claim.onlyHandedOver() && !HandOvers.fits(bytes, free + optimizedBytes(), usable)) {
            return null;
        }
        long missing = Math.max(forced, bytes - free);
        List<ModelSlot> plain = missing > 0 ? optimizedOnes(missing) : List.of();
        long more = missing - plain.stream().mapToLong(DiskTier::optimizedBytes).sum();
        List<ModelSlot> victims = more > 0 ? victims(claim, more) : List.of();
        if (victims == null) {
            return null;
        }
        promised += bytes;
        List<OnDisk> unlinked = new ArrayList<>();
        plain.forEach(slot -> unlinkOptimized(slot, unlinked));
        for (ModelSlot victim : victims) {
            unlinked.add(unlink(victim, EvictionReason.CAPACITY));
        }
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

    /** As many as suffice, or all that may leave, used longest ago first. */
    private List<ModelSlot> optimizedOnes(long missing) {
        List<ModelSlot> found = new ArrayList<>();
        for (ModelSlot slot : slots.get()) {
            if (optimizedBytes(slot) > 0 && !inUse(slot)) {
                found.add(slot);
            }
        }
        found.sort(Comparator.comparingLong(slot -> slot.entry == null ? 0 : slot.entry.lastUse));
        long sum = 0;
        int count = 0;
        while (count < found.size() && sum < missing) {
            sum += optimizedBytes(found.get(count++));
        }
        return found.subList(0, count);
    }

    /** What may leave before any model does. */
    private long optimizedBytes() {
        return optimizedOnes(Long.MAX_VALUE).stream()
                .mapToLong(DiskTier::optimizedBytes)
                .sum();
    }

    private static long optimizedBytes(ModelSlot slot) {
        return slot.entry == null ? 0 : slot.entry.bytes() - slot.entry.artifactBytes;
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

    private @Nullable List<ModelSlot> victims(Preparing claim, long missing) {
        long claimed = claim.slot.demand.nextUse();
        List<Candidate> candidates = new ArrayList<>();
        for (ModelSlot slot : slots.get()) {
            DiskEntry entry = slot.entry;
            if (entry != null && (!slot.pinned || slot == claim.slot)) {
                Candidate candidate = candidate(slot, entry, claim, claimed);
                if (candidate != null) {
                    candidates.add(candidate);
                }
            }
        }
        candidates.sort(Comparator.comparingInt(Candidate::rank)
                .thenComparing(Comparator.comparingLong(Candidate::nextUse).reversed())
                .thenComparingLong(Candidate::lastUse));
        List<ModelSlot> victims = new ArrayList<>();
        long found = 0;
        for (Candidate candidate : candidates) {
            if (found >= missing) {
                break;
            }
            victims.add(candidate.slot);
            found += candidate.bytes;
        }
        return found < missing ? null : victims;
    }

    private record Candidate(ModelSlot slot, int rank, long nextUse, long lastUse, long bytes) {}

    /**
     * Without their optimized forms, which left before. First what nothing needs, then what is in memory besides, then what is
     * needed later; the own old version last.
     */
    private static @Nullable Candidate candidate(ModelSlot slot, DiskEntry entry, Preparing claim, long claimed) {
        long needed = slot.demand.nextUse();
        boolean inMemory = slot.resident != null;
        int rank;
        if (slot == claim.slot) {
            rank = 4;
        } else if (inUse(slot)) {
            return null;
        } else if (needed == Demand.NONE) {
            rank = inMemory ? 1 : 0;
        } else if (inMemory) {
            rank = 2;
        } else if (needed > claimed) {
            rank = 3;
        } else {
            return null;
        }
        return new Candidate(slot, rank, needed, entry.lastUse, entry.artifactBytes);
    }

    private static boolean inUse(ModelSlot slot) {
        Preparing way = slot.preparing;
        if (way == null) {
            return false;
        }
        return switch (way.stage) {
            case ASSESSING, LOADING -> true;
            case LOAD -> slot.wanted() || way.persistent;
            case FETCH, FETCHING -> false;
        };
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
