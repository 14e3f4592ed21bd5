package dev.remora.pool;

import dev.remora.pool.Preparing.Stage;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which model is loaded next, and whether memory is there for it. Guarded by the pool's lock. */
final class LoadQueue {
    private static final Logger log = LoggerFactory.getLogger(LoadQueue.class);
    /** How long a model that processes died over is in memory with no other load beside it, at most. */
    private static final long ALONE = Duration.ofSeconds(5).toNanos();

    private final PoolState state;
    private final Preparations preparations;

    LoadQueue(PoolState state, Preparations preparations) {
        this.state = state;
        this.preparations = preparations;
    }

    /** One whose runtime and need of memory are not known yet, or null. */
    @Nullable
    Preparing nextToAssess() {
        Preparing next = null;
        boolean awaited = false;
        for (Preparing way : state.preparing) {
            boolean onlyHandedOver = way.onlyHandedOver();
            awaited |= way.stage == Stage.LOAD && !onlyHandedOver;
            if (way.stage == Stage.LOAD && way.memoryNeeded == 0 && !gone(way)) {
                if (!onlyHandedOver) {
                    next = way;
                    break;
                }
                next = HandOvers.hotter(next, way);
            }
        }
        if (next == null || (awaited && next.onlyHandedOver())) {
            return null;
        }
        next.stage = Stage.ASSESSING;
        return next;
    }

    /** What it was to load has been evicted from the disk: back to the store. */
    private boolean gone(Preparing way) {
        boolean gone = way.entry == null || way.slot.entry != way.entry;
        if (gone) {
            way.restart();
            state.signal();
        }
        return gone;
    }

    /**
     * The next to load, with its memory reserved; or null, and then the claim of the first in order has made leave what
     * may leave for it.
     */
    @Nullable
    Preparing nextToLoad(long now) {
        List<Claim> claims = claims(now);
        if (claims.isEmpty() || suspectInMemory(now)) {
            return null;
        }
        Claim first = claims.get(0);
        if (first.suspect && !allProven(now)) {
            return null;
        }
        long needed = needed(first.way);
        if (first.handedOver()) {
            return handOver(first.way, needed);
        }
        if (reserve(first.way, needed, 0)) {
            return begin(first.way);
        }
        if (first.way.onlyPreload()) {
            doesNotFit(first.way);
            return null;
        }
        state.memory.makeRoom(first.way, needed, now);
        for (Claim later : claims.subList(1, claims.size())) {
            if (!later.suspect && !later.handedOver() && reserve(later.way, needed(later.way), needed)) {
                return begin(later.way);
            }
        }
        return null;
    }

    private @Nullable Preparing handOver(Preparing way, long needed) {
        if (!preparations.handOvers().reserve(way, needed)) {
            return null;
        }
        way.memoryReserved = needed;
        return begin(way);
    }

    private void doesNotFit(Preparing way) {
        log.info(
                "{} of remora.pool.preload does not fit into memory beside what is there; it is loaded when asked for",
                way.slot.name);
        preparations.fail(
                way,
                new RemoraException(
                        ErrorCode.UNAVAILABLE, way.slot.name + " did not fit when it was preloaded.", "Send again."));
    }

    /** One that stands before it in the operator's list may still come, and then has the first claim. */
    private boolean hasPredecessor(Preparing way) {
        if (way.onlyPreload()) {
            for (Preparing other : state.preparing) {
                if (other.preload && other.arrival < way.arrival && other.trouble == null && other.attempts == 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Its heat is that of a model that was handed over and nobody waits for; else it is above all of them. */
    private record Claim(Preparing way, long nextUse, double heat, boolean suspect) {
        boolean handedOver() {
            return heat < Double.POSITIVE_INFINITY;
        }
    }

    /** Those that wait for memory, in the order in which the window needs them, then of arrival. */
    private List<Claim> claims(long now) {
        List<Claim> claims = new ArrayList<>();
        for (Preparing way : List.copyOf(state.preparing)) {
            if (way.stage != Stage.LOAD || way.memoryNeeded == 0 || way.notBefore > now || gone(way)) {
                continue;
            }
            if (way.forsaken()) {
                preparations.fail(way, Preparations.forsaken(way));
            } else if (!hasPredecessor(way)) {
                double heat = way.onlyHandedOver() ? way.heat : Double.POSITIVE_INFINITY;
                claims.add(new Claim(way, way.slot.demand.nextUse(), heat, suspect(way)));
            }
        }
        claims.sort(Comparator.comparingLong(Claim::nextUse)
                .thenComparing(Comparator.comparingDouble(Claim::heat).reversed())
                .thenComparingLong(claim -> claim.way.arrival));
        return claims;
    }

    /** Never more than could ever be free: an estimate that exceeds the tier is tried with the tier to itself. */
    private long needed(Preparing way) {
        return Math.max(1, Math.min(way.memoryNeeded, state.memory.limitFor(way.slot)));
    }

    private boolean reserve(Preparing way, long bytes, long kept) {
        if (!state.memory.tryReserve(bytes, kept)) {
            return false;
        }
        way.memoryReserved = bytes;
        return true;
    }

    private static Preparing begin(Preparing way) {
        way.stage = Stage.LOADING;
        return way;
    }

    private boolean suspect(Preparing way) {
        return way.entry != null && state.marks.crashes(way.slot.name, way.entry.version) > 0;
    }

    private boolean suspectInMemory(long now) {
        for (Resident resident : state.memory.residents()) {
            if (resident.suspect && resident.unproven && now - resident.loadedAt < ALONE) {
                return true;
            }
        }
        return false;
    }

    private boolean allProven(long now) {
        for (Resident resident : state.memory.residents()) {
            if (resident.unproven && now - resident.loadedAt < ALONE) {
                return false;
            }
        }
        return true;
    }

    /** Whether any wait for memory: then the thread looks at the demands often. */
    boolean waiting() {
        for (Preparing way : state.preparing) {
            if (way.stage == Stage.LOAD) {
                return true;
            }
        }
        return false;
    }
}
