package dev.remora.pool;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who leaves the disk for a download: optimized forms, which can be made again, before any model. It only chooses. Guarded by
 * the pool's lock.
 */
final class DiskVictims {
    private final Supplier<Collection<ModelSlot>> slots;

    DiskVictims(Supplier<Collection<ModelSlot>> slots) {
        this.slots = slots;
    }

    /**
     * What leaves. Immutable.
     *
     * @param forms the models whose optimized forms leave
     * @param models those that leave themselves
     */
    record Chosen(List<ModelSlot> forms, List<ModelSlot> models) {
        Chosen {
            forms = List.copyOf(forms);
            models = List.copyOf(models);
        }
    }

    /** Who makes room for so many bytes; null when too little may leave. */
    @Nullable
    Chosen choose(Preparing claim, long missing) {
        List<ModelSlot> forms = missing > 0 ? forms(missing) : List.of();
        long more = missing - sum(forms);
        List<ModelSlot> models = more > 0 ? models(claim, more) : List.of();
        return models == null ? null : new Chosen(forms, models);
    }

    /** Those whose forms leave: as many as suffice, or all that may leave, used longest ago first. */
    private List<ModelSlot> forms(long missing) {
        List<ModelSlot> found = new ArrayList<>();
        for (ModelSlot slot : slots.get()) {
            if (formBytes(slot) > 0 && !inUse(slot)) {
                found.add(slot);
            }
        }
        found.sort(Comparator.comparingLong(slot -> slot.entry == null ? 0 : slot.entry.lastUse));
        long sum = 0;
        int count = 0;
        while (count < found.size() && sum < missing) {
            sum += formBytes(found.get(count++));
        }
        return found.subList(0, count);
    }

    /** What may leave before any model does. */
    long formBytes() {
        return sum(forms(Long.MAX_VALUE));
    }

    private static long sum(List<ModelSlot> forms) {
        return forms.stream().mapToLong(DiskVictims::formBytes).sum();
    }

    private static long formBytes(ModelSlot slot) {
        return slot.entry == null ? 0 : slot.entry.bytes() - slot.entry.artifactBytes;
    }

    private @Nullable List<ModelSlot> models(Preparing claim, long missing) {
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
}
