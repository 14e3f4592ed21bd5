package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which model is fetched next: the one that the window needs first; but where the disk has no room, whoever waits for
 * room longest. Guarded by the pool's lock.
 */
final class FetchQueue {
    /** How often a thread that has nothing to do looks at the clock and the demands, which move without telling. */
    static final long TICK = Duration.ofMillis(20).toNanos();

    private static final long IDLE = Duration.ofMillis(250).toNanos();

    private final PoolState state;
    private final Preparations preparations;
    private final FetchOutcomes outcomes;
    private final boolean compareOnly;

    /** @param compareOnly leaves all downloads to others, so that no slow one keeps it from comparing versions */
    FetchQueue(PoolState state, Preparations preparations, FetchOutcomes outcomes, boolean compareOnly) {
        this.state = state;
        this.preparations = preparations;
        this.outcomes = outcomes;
        this.compareOnly = compareOnly;
    }

    /**
     * One turn of a fetch thread. Immutable.
     *
     * @param way whose; null for a turn in which there is nothing to fetch
     * @param known the version that the store is asked about
     * @param comparison whether nothing else is asked: its bytes are fetched in a turn of their own
     * @param room bytes promised to it on disk
     * @param unlinked what must be deleted for that first
     */
    record Job(@Nullable Preparing way, @Nullable String known, boolean comparison, long room, List<OnDisk> unlinked) {
        static final Job NOTHING = new Job(null, null, false, 0, List.of());

        Job {
            unlinked = List.copyOf(unlinked);
        }
    }

    /** The next turn, or null when there is nothing to do now. */
    @Nullable
    Job next() {
        long now = state.now();
        Preparing first = null;
        Preparing longestWaiting = null;
        Preparing hottest = null;
        long firstUse = 0;
        for (Preparing way : List.copyOf(state.preparing)) {
            if (way.stage != Preparing.Stage.FETCH || way.notBefore > now) {
                continue;
            }
            boolean comparison = way.compares();
            if (abandoned(way) || (!comparison && way.forsaken())) {
                preparations.fail(way, nobodyWaits(way));
            } else if (comparison && way.slot.failure == null && state.store.failing()) {
                if (state.store.mayProbe(now)) {
                    return probe(way, now);
                }
                outcomes.serveKnown(way, now);
            } else if (compareOnly && !comparison) {
                continue;
            } else if (way.onlyHandedOver()) {
                hottest = HandOvers.hotter(hottest, way);
            } else if (way.roomTicket > 0) {
                longestWaiting = longerWaiting(longestWaiting, way);
            } else {
                long nextUse = way.slot.demand.nextUse();
                if (first == null || nextUse < firstUse) {
                    first = way;
                    firstUse = nextUse;
                }
            }
        }
        Job roomy = longestWaiting == null ? null : withRoom(longestWaiting);
        if (roomy != null) {
            return roomy;
        }
        return first == null ? nextHandedOver(hottest) : begin(first, 0, List.of());
    }

    /** What nobody waits for comes when nothing else is to do, and leaves threads for what may come. */
    private @Nullable Job nextHandedOver(@Nullable Preparing hottest) {
        if (hottest == null) {
            return null;
        }
        int threads = preparations.handOvers().threads();
        if (threads == 0 && !hottest.compares()) {
            preparations.fail(hottest, HandOvers.noRoom(hottest));
            return null;
        }
        long busy = state.preparing.stream()
                .filter(way -> way.handedOver && way.stage == Preparing.Stage.FETCHING)
                .count();
        return compareOnly || busy < threads ? begin(hottest, 0, List.of()) : null;
    }

    /** One at a time asks a failing store whether it is back, and nobody waits for that who can be served. */
    private Job probe(Preparing way, long now) {
        preparations.serveOn(way, now);
        return begin(way, 0, List.of());
    }

    private static Preparing longerWaiting(@Nullable Preparing one, Preparing other) {
        return one == null || other.roomTicket < one.roomTicket ? other : one;
    }

    private @Nullable Job withRoom(Preparing way) {
        List<OnDisk> unlinked = state.disk.promise(way, way.roomNeeded, 0);
        return unlinked == null ? null : begin(way, way.roomNeeded, unlinked);
    }

    private Job begin(Preparing way, long room, List<OnDisk> unlinked) {
        way.stage = Preparing.Stage.FETCHING;
        way.roomTicket = 0;
        way.fetchBegan = way.fetchBegan == Long.MIN_VALUE ? state.now() : way.fetchBegan;
        way.attemptBegan = state.now();
        return new Job(way, way.slot.knownVersion(), way.compares(), room, unlinked);
    }

    /** It was tried at least once, and nobody waits for it any more. */
    private static boolean abandoned(Preparing way) {
        boolean tried = way.attempts > 0 || way.roomTicket > 0;
        return tried && !way.persistent && !way.slot.wanted();
    }

    private static RemoraException nobodyWaits(Preparing way) {
        if (way.trouble == null && way.roomTicket == 0) {
            return Preparations.forsaken(way);
        }
        return way.trouble == null
                ? new RemoraException(
                        ErrorCode.UNAVAILABLE,
                        "This instance's disk had no room for " + way.slot.name + " in time.",
                        "Send again; if it recurs, raise remora.disk.max.")
                : new RemoraException(ErrorCode.STORE_UNAVAILABLE, way.trouble);
    }

    /** Whether an earlier one waits for room, which a later one must not take. */
    boolean othersWaitForRoom(Preparing but) {
        for (Preparing way : state.preparing) {
            if (way != but && way.roomTicket > 0) {
                return true;
            }
        }
        return false;
    }

    /** How long a thread may wait before it looks again by itself. */
    long pauseNanos() {
        for (Preparing way : state.preparing) {
            if (way.stage == Preparing.Stage.FETCH) {
                return TICK;
            }
        }
        return IDLE;
    }
}
