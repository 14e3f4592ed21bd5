package dev.remora.pool;

import dev.remora.protocol.ModelName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The memory budget: who holds bytes, and who gives way to whom. Guarded by the pool's lock.
 *
 * <p>Bytes count from before the load until close has returned. One who waits for memory has the claim to what becomes
 * free. For it leave first those that nothing uses or waits for, in the policy's order; then those that the window needs
 * later than it, the latest first: they grant no more leases and are closed after the last one, so that not even a flood
 * on one model keeps another waiting. Nobody leaves before enough would leave.
 */
final class MemoryTier {
    /** A claim that waited so long takes what is not leased, needed earlier or not: whoever needs it did not take it. */
    private static final long PATIENCE = Duration.ofSeconds(5).toNanos();

    private final long budget;
    private final EvictionPolicy policy;
    private final PoolCounters figures;
    private final Set<Resident> residents = new LinkedHashSet<>();
    private final ArrayDeque<Resident> toClose = new ArrayDeque<>();
    private final Set<Resident> leaving = new LinkedHashSet<>();
    private long reserved;
    private long leavingBytes;
    private long peak;

    MemoryTier(long budget, EvictionPolicy policy, PoolCounters figures) {
        this.budget = budget;
        this.policy = policy;
        this.figures = figures;
    }

    long budget() {
        return budget;
    }

    long reserved() {
        return reserved;
    }

    long peak() {
        return peak;
    }

    Collection<Resident> residents() {
        return residents;
    }

    /** What is left of the budget beside the other pins. */
    long limitFor(ModelSlot slot) {
        return budget - pinnedBeside(slot);
    }

    private long pinnedBeside(ModelSlot slot) {
        long pinned = 0;
        for (Resident resident : residents) {
            pinned += resident.slot.pinned && resident.slot != slot ? resident.bytes : 0;
        }
        return pinned;
    }

    /** Takes the bytes if they are free now and, with them gone, {@code kept} can still become free by itself. */
    boolean tryReserve(long bytes, long kept) {
        long free = budget - reserved;
        if (bytes > free || kept > free + leavingBytes - bytes) {
            return false;
        }
        add(bytes);
        return true;
    }

    /** Whether so many bytes are free now and, with them gone, {@code kept} would be besides. */
    boolean isFree(long bytes, long kept) {
        return bytes + kept <= budget - reserved;
    }

    /** Makes enough leave for the claim, or nothing when not enough may. */
    void makeRoom(Preparing claim, long bytes, long now) {
        long missing = bytes - (budget - reserved) - leavingBytes;
        if (missing > 0) {
            for (Resident victim : victims(claim, missing, now)) {
                evict(victim, EvictionReason.CAPACITY);
            }
        }
    }

    /** A load came out larger than was reserved: others give way at once, as far as they may. */
    void correct(long from, long to, ModelSlot slot, long now) {
        add(to - from);
        long over = reserved - leavingBytes - budget;
        for (Resident victim : over > 0 ? ordered(now) : List.<Resident>of()) {
            if (over > 0 && victim.slot != slot && !victim.slot.pinned) {
                over -= victim.bytes;
                evict(victim, EvictionReason.CAPACITY);
            }
        }
    }

    private List<Resident> victims(Preparing claim, long missing, long now) {
        long claimed = claim.slot.demand.nextUse();
        boolean impatient = now - claim.waitsSince > PATIENCE;
        List<Resident> victims = new ArrayList<>();
        Resident own = null;
        long found = 0;
        for (Resident candidate : ordered(now)) {
            if (found >= missing) {
                break;
            }
            if (candidate.slot == claim.slot) {
                own = candidate;
            } else if (!candidate.slot.pinned && givesWay(candidate, claimed, impatient)) {
                victims.add(candidate);
                found += candidate.bytes;
            }
        }
        if (found < missing && own != null) {
            victims.add(own);
            found += own.bytes;
        }
        return found < missing ? List.of() : victims;
    }

    private static boolean givesWay(Resident candidate, long claimed, boolean impatient) {
        long needed = candidate.slot.demand.nextUse();
        boolean idle = candidate.leases == 0;
        return idle && (needed == Demand.NONE || impatient) || needed > claimed;
    }

    /** All residents, the first to leave first. Demands are read once: they move while we sort. */
    private List<Resident> ordered(long now) {
        Map<ModelName, Resident> idle = new LinkedHashMap<>();
        List<Needed> needed = new ArrayList<>();
        for (Resident resident : residents) {
            long nextUse = resident.slot.demand.nextUse();
            if (resident.leases == 0 && nextUse == Demand.NONE) {
                idle.put(resident.slot.name, resident);
            } else {
                needed.add(new Needed(resident, nextUse, resident.leases > 0));
            }
        }
        needed.sort(Comparator.comparingLong(Needed::nextUse).reversed().thenComparing(Needed::leased));
        List<Resident> ordered = new ArrayList<>(neverUsed(idle.values()));
        ordered.forEach(each -> idle.remove(each.slot.name));
        for (ModelName name : policy.order(idle.keySet(), now)) {
            Resident resident = idle.remove(name);
            if (resident != null) {
                ordered.add(resident);
            }
        }
        ordered.addAll(idle.values());
        needed.forEach(each -> ordered.add(each.resident));
        return ordered;
    }

    /** What was handed over and not asked for since leaves before all that was, the coldest first. */
    private static List<Resident> neverUsed(Collection<Resident> idle) {
        return idle.stream()
                .filter(each -> each.handedOverHeat > 0)
                .sorted(Comparator.comparingDouble(each -> each.handedOverHeat))
                .toList();
    }

    private record Needed(Resident resident, long nextUse, boolean leased) {}

    private void add(long bytes) {
        reserved += bytes;
        peak = Math.max(peak, reserved);
    }

    /** Gives back bytes of a load that came to nothing. */
    void release(long bytes) {
        reserved -= bytes;
    }

    /** It grants leases from now on; its bytes are reserved already. */
    void install(Resident resident) {
        residents.add(resident);
        resident.slot.resident = resident;
    }

    /** It grants no more leases, and is closed once it has none. */
    void evict(Resident resident, EvictionReason reason) {
        if (resident.leaving == null) {
            leave(resident, reason);
            figures.evictedFromMemory(reason, resident.slot, resident.since);
        }
    }

    /** The same version takes its place, in another form: for all who look the model was never away. */
    void swap(Resident old, Resident fresh) {
        leave(old, EvictionReason.REPLACED);
        install(fresh);
        policy.resized(fresh.slot.name, fresh.bytes);
    }

    private void leave(Resident resident, EvictionReason reason) {
        resident.leaving = reason;
        residents.remove(resident);
        leaving.add(resident);
        leavingBytes += resident.bytes;
        if (resident.slot.resident == resident) {
            resident.slot.resident = null;
        }
        closeIfUnused(resident);
    }

    /** After a lease was closed. */
    void closeIfUnused(Resident resident) {
        if (resident.leaving != null && resident.leases == 0) {
            toClose.add(resident);
        }
    }

    /** The next to be closed by the load thread, or null. */
    @Nullable
    Resident nextToClose() {
        return toClose.poll();
    }

    /** Close has returned: now its bytes are free. */
    void closed(Resident resident) {
        leaving.remove(resident);
        leavingBytes -= resident.bytes;
        reserved -= resident.bytes;
    }

    /** Whether anything is in memory, on its way out included. */
    boolean empty() {
        return residents.isEmpty() && leaving.isEmpty();
    }

    /** Whether all that is in memory is on its way out, and kept by those who run it. */
    boolean onlyRuns() {
        return residents.isEmpty() && leaving.stream().allMatch(each -> each.leases > 0);
    }

    /** Whether any of them is leased now. */
    boolean leased() {
        return residents.stream().anyMatch(each -> each.leases > 0);
    }

    /** How many grant leases. */
    int size() {
        return residents.size();
    }
}
