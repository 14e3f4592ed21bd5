package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.store.StoreRefusedException;
import dev.remora.store.WrongBytesException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What follows from each end that a fetch can have. Guarded by the pool's lock. */
final class FetchOutcomes {
    private static final Logger log = LoggerFactory.getLogger(FetchOutcomes.class);
    private static final long SHORTEST_PAUSE = Duration.ofMillis(100).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(5).toNanos();
    private static final long LONGEST_KNOWN_PAUSE = Duration.ofSeconds(10).toNanos();

    private final PoolState state;
    private final Preparations preparations;

    FetchOutcomes(PoolState state, Preparations preparations) {
        this.state = state;
        this.preparations = preparations;
    }

    /** The store still has the version that we asked about. */
    void unchanged(Preparing way, String version, long askedAt) {
        ModelSlot slot = way.slot;
        long now = state.now();
        state.store.answered(now);
        Failure failure = slot.failure;
        if (failure != null && version.equals(failure.version())) {
            stillAtFault(way, failure, askedAt, now);
        } else if (version.equals(slot.heldVersion())) {
            slot.failure = null;
            way.checkedAt = askedAt;
            if (slot.residentIsNewest() || slot.resident == null) {
                slot.confirmed(askedAt, state.maxAgeNanos());
            }
            preparations.proceed(way, now);
        } else {
            // Evicted while we asked.
            way.restart();
        }
    }

    private void stillAtFault(Preparing way, Failure failure, long askedAt, long now) {
        ModelSlot slot = way.slot;
        if (now < failure.untilNanos()) {
            slot.failure = Failure.after(failure, failure.error(), failure.version(), now, failure.untilNanos());
            preparations.fail(way, failure.error());
            return;
        }
        slot.failure = null;
        DiskEntry entry = slot.entry;
        if (entry != null && entry.version.equals(failure.version())) {
            way.checkedAt = askedAt;
            preparations.toLoad(way, entry, now, true);
        } else {
            way.restart();
        }
    }

    /** A new version is on the disk. */
    void fetched(Preparing way, DiskEntry entry, DiskTier.Reservation reservation, long askedAt, long bytes) {
        ModelSlot slot = way.slot;
        long now = state.now();
        state.store.answered(now);
        if (slot.heldVersion() != null) {
            log.info("{} has a new version {}", slot.name, entry.version);
        }
        preparations.deleteOutside(state.disk.publish(slot, entry, reservation));
        slot.failure = null;
        way.checkedAt = askedAt;
        way.fetchNanos = now - way.fetchBegan;
        way.attempts = 0;
        way.roomTicket = 0;
        way.roomNeeded = 0;
        state.figures.fetches++;
        state.figures.fetchNanos += now - askedAt;
        state.figures.fetchedBytes += bytes;
        if (slot.resident == null) {
            slot.confirmed(askedAt, state.maxAgeNanos());
        }
        preparations.proceed(way, now);
    }

    /** The store has a version that is not here: to be fetched. */
    void changed(Preparing way) {
        state.store.answered(state.now());
        way.changed = true;
        way.restart();
        state.signal();
    }

    /** The artifact is at fault: it cannot be unpacked, or is larger than the whole disk tier. */
    void atFault(Preparing way, RemoraException error, String version) {
        state.store.answered(state.now());
        state.figures.fetchFailures++;
        preparations.refuse(way, error, version, Long.MAX_VALUE);
    }

    /** The store said no or nothing. */
    void failed(Preparing way, RemoraException error) {
        if (state.closing) {
            preparations.fail(way, Preparations.closing());
            return;
        }
        state.figures.fetchFailures++;
        if (error.code() == ErrorCode.STORE_UNAVAILABLE) {
            unavailable(way, error, state.now());
        } else {
            missing(way, error, state.now());
        }
    }

    private void missing(Preparing way, RemoraException error, long now) {
        ModelSlot slot = way.slot;
        if (error.code() == ErrorCode.MODEL_NOT_FOUND) {
            state.store.answered(now);
            if (slot.resident != null) {
                state.memory.evict(slot.resident, EvictionReason.DELETED);
            }
            preparations.discard(slot, EvictionReason.DELETED);
        }
        preparations.failAndRemember(way, error, now);
    }

    private void unavailable(Preparing way, RemoraException error, long now) {
        ModelSlot slot = way.slot;
        boolean refused = error.getCause() instanceof StoreRefusedException;
        boolean alone = ofOneObject(error);
        Failure failure = slot.failure;
        boolean impatient;
        if (alone) {
            impatient = refused && (failure != null || patienceIsOver(now - way.fetchBegan));
            sayOnce(way, error);
        } else {
            impatient = refused && patienceIsOver(state.store.refused(now));
            state.store.failed(error, now);
        }
        if (failure != null && failure.version() != null) {
            slot.failure = Failure.after(failure, failure.error(), failure.version(), now, failure.untilNanos());
            preparations.fail(way, failure.error());
        } else if (slot.heldVersion() != null) {
            serveKnown(way, now);
        } else if (impatient) {
            preparations.failAndRemember(way, error, now);
        } else if (slot.wanted() || way.persistent) {
            way.trouble = error.getMessage();
            again(way, now);
        } else {
            preparations.fail(way, error);
        }
    }

    /** Whether the failure says nothing of other models, which the store may well give. */
    private static boolean ofOneObject(RemoraException error) {
        return error.getCause() instanceof WrongBytesException
                || (error.getCause() instanceof StoreRefusedException refusal && refusal.ofOneObject());
    }

    private boolean patienceIsOver(long nanos) {
        return nanos >= state.settings.storePatience().toNanos();
    }

    private static void sayOnce(Preparing way, RemoraException error) {
        if (way.attempts == 0 && way.slot.storePauseNanos == 0) {
            log.warn(
                    "{} cannot be fetched; other models can. {} {}", way.slot.name, error.getMessage(), error.remedy());
        }
    }

    /** What is here is served for as long as the store fails; it is asked again beside, more and more rarely. */
    void serveKnown(Preparing way, long now) {
        ModelSlot slot = way.slot;
        slot.storePauseNanos = Math.min(
                Math.max(2 * slot.storePauseNanos, Duration.ofSeconds(1).toNanos()), LONGEST_KNOWN_PAUSE);
        slot.freshUntil = now + state.maxAgeNanos();
        slot.revalidateAt = now + Math.min(slot.storePauseNanos, state.maxAgeNanos() / 2);
        preparations.proceed(way, now);
    }

    /** Goes back to the queue, for a pause that doubles. */
    void again(Preparing way, long now) {
        long pause = SHORTEST_PAUSE << Math.min(way.attempts++, 6);
        way.restart();
        way.notBefore = now + Math.min(pause, LONGEST_PAUSE);
    }

    /** The disk itself failed, or is full although the budget is not. */
    void diskFailed(Preparing way, Exception failure, boolean full) {
        state.figures.fetchFailures++;
        log.error(
                full
                        ? "The disk is full before remora.disk.max is reached: free room on it or lower the limit ({}:"
                                + " {}); it is tried again"
                        : "The disk failed while {} was fetched: {}. Check remora.disk.path; it is tried again",
                way.slot.name,
                failure.toString());
        if (way.slot.wanted() || way.persistent) {
            again(way, state.now());
            way.notBefore =
                    Math.max(way.notBefore, state.now() + Duration.ofSeconds(1).toNanos());
        } else {
            preparations.fail(
                    way,
                    new RemoraException(
                            ErrorCode.UNAVAILABLE, "This instance's disk cannot take " + way.slot.name + " now."));
        }
    }
}
