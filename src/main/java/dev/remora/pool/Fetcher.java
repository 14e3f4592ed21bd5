package dev.remora.pool;

import dev.remora.pool.DiskRoom.NoRoomException;
import dev.remora.pool.DiskTier.Reservation;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.store.Download;
import dev.remora.store.ModelStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings models from the store to the disk, or learns that this is not needed. One for each fetch thread, and one that
 * only compares versions: were all threads busy with slow downloads, models in memory would become too old to be served.
 * Confined to its fetch thread.
 */
final class Fetcher implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Fetcher.class);

    private final PoolState state;
    private final FetchQueue queue;
    private final FetchOutcomes outcomes;
    private final Preparations preparations;
    private final ModelStore store;
    private final ArtifactWriter writer;
    private final BooleanSupplier mayTake;

    Fetcher(
            PoolState state,
            FetchOutcomes outcomes,
            Preparations preparations,
            ModelStore store,
            DiskFolder folder,
            boolean compareOnly,
            BooleanSupplier mayTake) {
        this.state = state;
        this.queue = new FetchQueue(state, preparations, outcomes, compareOnly);
        this.outcomes = outcomes;
        this.preparations = preparations;
        this.store = store;
        this.writer = new ArtifactWriter(state, queue, preparations, folder);
        this.mayTake = mayTake;
    }

    @Override
    public void run() {
        boolean goesOn = true;
        while (goesOn) {
            try {
                Optional<FetchQueue.Job> job = next();
                job.ifPresent(this::run);
                goesOn = job.isPresent();
            } catch (RuntimeException | Error e) {
                log.error("A fetch thread met a fault of ours and goes on", e);
                state.locked(() -> state.await(FetchQueue.TICK));
            }
        }
    }

    private Optional<FetchQueue.Job> next() {
        return state.locked(() -> {
            while (!state.stopped) {
                FetchQueue.Job job = mayTake.getAsBoolean() ? queue.next() : null;
                if (job != null) {
                    return Optional.of(job);
                }
                if (state.hasOutside()) {
                    return Optional.of(FetchQueue.Job.NOTHING);
                }
                state.await(queue.pauseNanos());
            }
            return Optional.empty();
        });
    }

    private void run(FetchQueue.Job job) {
        Preparing way = job.way();
        if (way == null) {
            return;
        }
        Reservation reservation = new Reservation();
        try {
            job.unlinked().forEach(preparations::delete);
            writer.redeem(reservation, job.room());
            String known = job.known();
            if (job.comparison() && known != null) {
                compare(way, known);
            } else {
                ask(way, known, reservation);
            }
        } catch (RuntimeException | Error e) {
            log.error("Fetching {} failed unexpectedly", way.slot.name, e);
            state.locked(() -> broken(way, e));
        } finally {
            state.locked(() -> {
                state.disk.release(reservation);
                state.signal();
            });
        }
    }

    /** The fault may have come when the way had already moved on. */
    private void broken(Preparing way, Throwable failure) {
        if (way.slot.preparing == way && way.stage == Preparing.Stage.FETCHING) {
            preparations.failAndRemember(way, unexpected(failure), state.now());
        }
    }

    private static RemoraException unexpected(Throwable failure) {
        return new RemoraException(
                ErrorCode.INTERNAL, "Fetching failed: " + failure, ErrorCode.INTERNAL.remedy(), failure);
    }

    private void compare(Preparing way, String known) {
        long askedAt = state.now();
        try {
            boolean same = store.currentVersion(way.slot.name).equals(known);
            state.locked(() -> {
                if (same) {
                    outcomes.unchanged(way, known, askedAt);
                } else {
                    outcomes.changed(way);
                }
            });
        } catch (RemoraException e) {
            state.locked(() -> outcomes.failed(way, e));
        }
    }

    private void ask(Preparing way, @Nullable String known, Reservation reservation) {
        long askedAt = state.now();
        Optional<Download> found;
        try {
            found = store.open(way.slot.name, known);
        } catch (RemoraException e) {
            state.locked(() -> outcomes.failed(way, e));
            return;
        }
        if (found.isPresent()) {
            fetch(way, found.get(), reservation, askedAt);
        } else {
            state.locked(() -> outcomes.unchanged(way, String.valueOf(known), askedAt));
        }
    }

    private void fetch(Preparing way, Download download, Reservation reservation, long askedAt) {
        String version = download.version();
        try (download) {
            DiskEntry entry = writer.write(way, download, reservation);
            long bytes = download.bytes();
            state.locked(() -> outcomes.fetched(way, entry, reservation, askedAt, bytes));
        } catch (NoRoomException e) {
            state.locked(() -> waitForRoom(way, reservation, download.bytes()));
        } catch (IOException e) {
            diskFailed(way, reservation, e);
        } catch (RemoraException e) {
            boolean artifact = e.code() == ErrorCode.MODEL_INVALID || e.code() == ErrorCode.MODEL_TOO_LARGE;
            state.locked(() -> {
                if (artifact) {
                    outcomes.atFault(way, e, version);
                } else {
                    outcomes.failed(way, e);
                }
            });
        }
    }

    private void waitForRoom(Preparing way, Reservation reservation, long bytes) {
        if (way.onlyHandedOver()) {
            preparations.handOvers().diskFull(way);
            return;
        }
        state.disk.queue(way, writer.wanted(way, reservation, bytes));
        way.restart();
        state.signal();
    }

    /** A full disk is answered by evicting as much as is needed, budget or not; other failures by waiting. */
    private void diskFailed(Preparing way, Reservation reservation, IOException failure) {
        if (state.locked(() -> state.closing)) {
            return;
        }
        boolean full = failure instanceof ArtifactWriter.DiskFullException
                || String.valueOf(failure.getMessage()).contains("No space left");
        List<OnDisk> unlinked = state.locked(() -> {
            long needed = reservation.bytes;
            List<OnDisk> chosen = full ? state.disk.promise(way, 0, needed) : null;
            outcomes.diskFailed(way, failure, full);
            return chosen == null ? List.<OnDisk>of() : chosen;
        });
        unlinked.forEach(preparations::delete);
    }
}
