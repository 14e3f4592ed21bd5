package dev.remora.pool;

import dev.remora.pool.DiskRoom.NoRoomException;
import dev.remora.pool.DiskTier.Reservation;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.store.Download;
import dev.remora.store.ModelStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.zip.CheckedOutputStream;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings models from the store to the disk, or learns that this is not needed. One for each fetch thread, and one that
 * only compares versions: were all threads busy with slow downloads, models in memory would become too old to be served.
 */
final class Fetcher implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Fetcher.class);
    /** Archives unpack to at least as much again; what is missing is found out while it is unpacked. */
    private static final int ARCHIVE_FACTOR = 3;

    private final PoolState state;
    private final FetchQueue queue;
    private final FetchOutcomes outcomes;
    private final Preparations preparations;
    private final ModelStore store;
    private final DiskFolder folder;
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
        this.folder = folder;
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
            redeem(reservation, job.room());
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
            long needed = needed(way, download.bytes());
            if (needed > reservation.bytes) {
                reserve(way, reservation, needed - reservation.bytes);
            }
            DiskEntry entry = write(way, download, reservation);
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

    /** Room for the object, and for what an archive may hold; more than the tier has only where that is certain. */
    private long needed(Preparing way, long bytes) {
        long object = ContentHash.stored(bytes) + ContentHash.BLOCK_BYTES;
        long limit = state.locked(() -> state.disk.limitFor(way.slot));
        if (object > limit) {
            throw tooLarge(way, bytes, limit);
        }
        return Archive.is(way.slot.name) ? Math.min(ARCHIVE_FACTOR * object, limit) : object;
    }

    private static RemoraException tooLarge(Preparing way, long bytes, long limit) {
        return new RemoraException(
                ErrorCode.MODEL_TOO_LARGE,
                way.slot.name + " takes more than " + bytes + " bytes of disk, and this instance has " + limit
                        + " for it beside what is pinned.",
                "Raise remora.disk.max, pin less, or use a smaller model.");
    }

    /** Takes room now or not at all: whoever waits for it waits without a download open. */
    private void reserve(Preparing way, Reservation reservation, long bytes) {
        List<OnDisk> unlinked = state.locked(() -> {
            boolean othersFirst = reservation.bytes == 0 && queue.othersWaitForRoom(way);
            return othersFirst ? null : state.disk.promise(way, bytes, 0);
        });
        if (unlinked == null) {
            throw new NoRoomException("no room for " + bytes + " bytes");
        }
        unlinked.forEach(preparations::delete);
        redeem(reservation, bytes);
    }

    private void redeem(Reservation reservation, long bytes) {
        if (bytes > 0) {
            state.locked(() -> {
                while (!state.disk.redeem(reservation, bytes)) {
                    state.await(FetchQueue.TICK);
                }
            });
        }
    }

    private DiskEntry write(Preparing way, Download download, Reservation reservation) throws IOException {
        Path work = folder.newWork();
        try {
            Path artifact = work.resolve(DiskFolder.ARTIFACT);
            Files.createDirectory(artifact);
            String checksum = Archive.is(way.slot.name)
                    ? writeArchive(way, download, work, artifact, reservation)
                    : writeFile(way, download, artifact);
            return folder.publish(work, way.slot.name, download.version(), checksum);
        } catch (IOException e) {
            // Asked before what was written is deleted; the words of the system differ with its language.
            throw folder.full() ? new DiskFullException(e) : e;
        } finally {
            SafeFiles.delete(work);
        }
    }

    private String writeArchive(Preparing way, Download download, Path work, Path artifact, Reservation reservation)
            throws IOException {
        Path packed = work.resolve("packed");
        try (OutputStream out = newFile(packed)) {
            download.writeTo(out);
        }
        unpack(way, packed, artifact, reservation);
        SafeFiles.delete(packed);
        return ContentHash.ofFolder(artifact);
    }

    /** Counted while it comes: reading it once more would cost as much as checking it. */
    private static String writeFile(Preparing way, Download download, Path artifact) throws IOException {
        String name = DiskFolder.fileName(way.slot.name);
        Checksum sum = ContentHash.beginFile(name, download.bytes());
        try (OutputStream out = new CheckedOutputStream(newFile(artifact.resolve(name)), sum)) {
            download.writeTo(out);
        }
        return ContentHash.end(sum);
    }

    private static OutputStream newFile(Path file) throws IOException {
        return Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static final class DiskFullException extends IOException {
        DiskFullException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private void unpack(Preparing way, Path packed, Path artifact, Reservation reservation) throws IOException {
        long packedBytes = ContentHash.stored(Files.size(packed)) + ContentHash.BLOCK_BYTES;
        long[] unpacked = {0};
        Archive.unpack(packed, artifact, bytes -> {
            unpacked[0] += bytes;
            long more = packedBytes + unpacked[0] - reservation.bytes;
            long limit = state.locked(() -> state.disk.limitFor(way.slot));
            if (packedBytes + unpacked[0] > limit) {
                throw tooLarge(way, packedBytes + unpacked[0], limit);
            }
            if (more > 0) {
                reserve(way, reservation, more);
            }
        });
    }

    /** Next time with twice the room, so that an archive that unpacks to much does not come back often. */
    private void waitForRoom(Preparing way, Reservation reservation, long bytes) {
        if (way.onlyHandedOver()) {
            preparations.handOvers().diskFull(way);
            return;
        }
        long object = ContentHash.stored(bytes) + ContentHash.BLOCK_BYTES;
        long wanted = reservation.bytes == 0
                ? (Archive.is(way.slot.name) ? ARCHIVE_FACTOR * object : object)
                : 2 * reservation.bytes;
        state.disk.queue(way, Math.min(wanted, state.disk.limitFor(way.slot)));
        way.restart();
        state.signal();
    }

    /** A full disk is answered by evicting as much as is needed, budget or not; other failures by waiting. */
    private void diskFailed(Preparing way, Reservation reservation, IOException failure) {
        if (state.locked(() -> state.closing)) {
            return;
        }
        boolean full = failure instanceof DiskFullException
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
