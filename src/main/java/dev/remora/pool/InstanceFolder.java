package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The folder that makes an instance this instance: its id, and a lock that keeps every other process out of its disk
 * tier. Thread-safe.
 */
public final class InstanceFolder implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String LOCK_FILE = "instance.lock";
    private static final String ID_FILE = "instance.id";

    private final FileChannel channel;
    private final FileLock lock;
    private final String id;

    private InstanceFolder(FileChannel channel, FileLock lock, String id) {
        this.channel = channel;
        this.lock = lock;
        this.id = id;
    }

    /**
     * Takes the folder, which is made if it is not there. Blocks on the disk.
     *
     * @param diskPath the folder
     * @param wantedId the instance's id ({@code remora.instance}); empty means the one that was kept, else a new one
     * @throws RemoraException {@link ErrorCode#UNAVAILABLE} when another process holds the folder, when it cannot be
     *     written or when the id is malformed, saying what mends it
     */
    public static InstanceFolder open(Path diskPath, Optional<String> wantedId) {
        wantedId.ifPresent(InstanceFolder::checkId);
        FileChannel channel = null;
        try {
            Files.createDirectories(diskPath);
            channel =
                    FileChannel.open(diskPath.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel, diskPath);
            InstanceFolder folder = new InstanceFolder(channel, lock, keptId(diskPath, wantedId));
            channel = null;
            return folder;
        } catch (IOException e) {
            throw new RemoraException(
                    ErrorCode.UNAVAILABLE,
                    "The folder " + diskPath + " cannot be used: " + e,
                    "Let the instance write to remora.disk.path, or set it to another folder.",
                    e);
        } finally {
            closeQuietly(channel);
        }
    }

    private static FileLock tryLock(FileChannel channel, Path diskPath) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
        } catch (OverlappingFileLockException e) {
            // Another instance in this very process: as taken as by another process.
        }
        throw new RemoraException(
                ErrorCode.UNAVAILABLE,
                "Another instance is using the folder " + diskPath + ".",
                "Give each instance a remora.disk.path of its own, or stop the other instance.");
    }

    private static String keptId(Path diskPath, Optional<String> wantedId) throws IOException {
        Path file = diskPath.resolve(ID_FILE);
        String kept = Files.exists(file) ? Files.readString(file).strip() : "";
        String id = wantedId.orElseGet(() -> ID.matcher(kept).matches() ? kept : newId());
        if (!id.equals(kept)) {
            Path fresh = diskPath.resolve(ID_FILE + ".new");
            try (FileChannel out = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                out.write(StandardCharsets.UTF_8.encode(id + "\n"));
                out.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        return id;
    }

    private static String newId() {
        byte[] bytes = new byte[4];
        new SecureRandom().nextBytes(bytes);
        return "r-" + HexFormat.of().formatHex(bytes);
    }

    private static void checkId(String id) {
        if (!ID.matcher(id).matches()) {
            throw new RemoraException(
                    ErrorCode.UNAVAILABLE,
                    "The instance id " + id + " is malformed.",
                    "Set remora.instance to 1 to 64 letters, digits, '.', '_' or '-', a letter or digit first.");
        }
    }

    /** The id that is this instance's, now and after each restart on this folder. */
    public String id() {
        return id;
    }

    /** Lets the next process have the folder. */
    @Override
    public void close() {
        try {
            lock.release();
        } catch (IOException e) {
            // Closing the channel releases it as well.
        }
        closeQuietly(channel);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The process's end releases what this could not.
        }
    }
}
