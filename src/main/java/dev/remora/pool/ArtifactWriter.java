package dev.remora.pool;

import dev.remora.pool.DiskRoom.NoRoomException;
import dev.remora.pool.DiskTier.Reservation;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.store.Download;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CheckedOutputStream;
import java.util.zip.Checksum;

/** Writes a download to the disk, once there is room for it. Confined to one fetch thread. */
final class ArtifactWriter {
    /** Archives unpack to at least as much again; what is missing is found out while it is unpacked. */
    private static final int ARCHIVE_FACTOR = 3;

    private final PoolState state;
    private final FetchQueue queue;
    private final Preparations preparations;
    private final DiskFolder folder;

    ArtifactWriter(PoolState state, FetchQueue queue, Preparations preparations, DiskFolder folder) {
        this.state = state;
        this.queue = queue;
        this.preparations = preparations;
        this.folder = folder;
    }

    /**
     * Brings the download's bytes to the disk, and its archive's files in their place. Blocks on both.
     *
     * @param reservation room that it has already, and gets
     * @throws NoRoomException when there is no room for it now
     * @throws IOException when the disk failed
     * @throws RemoraException when the store failed, or the artifact is at fault
     */
    DiskEntry write(Preparing way, Download download, Reservation reservation) throws IOException {
        long needed = needed(way, download.bytes());
        if (needed > reservation.bytes) {
            reserve(way, reservation, needed - reservation.bytes);
        }
        return written(way, download, reservation);
    }

    /** Room for the object, and for what an archive may hold; more than the tier has only where that is certain. */
    private long needed(Preparing way, long bytes) {
        long object = objectBytes(bytes);
        long limit = state.locked(() -> state.disk.limitFor(way.slot));
        if (object > limit) {
            throw tooLarge(way, bytes, limit);
        }
        return Archive.is(way.slot.name) ? Math.min(ARCHIVE_FACTOR * object, limit) : object;
    }

    /**
     * What to wait for where there was not enough room: for twice of it, so that an archive that unpacks to much does not come
     * back often.
     */
    long wanted(Preparing way, Reservation reservation, long bytes) {
        long object = objectBytes(bytes);
        long wanted = reservation.bytes == 0
                ? (Archive.is(way.slot.name) ? ARCHIVE_FACTOR * object : object)
                : 2 * reservation.bytes;
        return Math.min(wanted, state.disk.limitFor(way.slot));
    }

    private static long objectBytes(long bytes) {
        return ContentHash.stored(bytes) + ContentHash.BLOCK_BYTES;
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

    /** Waits until what had to leave for these bytes is deleted. */
    void redeem(Reservation reservation, long bytes) {
        if (bytes > 0) {
            state.locked(() -> {
                while (!state.disk.redeem(reservation, bytes)) {
                    state.await(FetchQueue.TICK);
                }
            });
        }
    }

    private DiskEntry written(Preparing way, Download download, Reservation reservation) throws IOException {
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

    /** The disk itself is full, whatever the budget says. */
    static final class DiskFullException extends IOException {
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
}
