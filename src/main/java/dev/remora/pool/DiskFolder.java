package dev.remora.pool;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of the disk tier, under names that no model can choose:
 * {@code models/<SHA-256 of name>/<SHA-256 of version>-<random>/} holds {@code artifact/} and {@code entry.properties}, and
 * comes there by one rename from {@code tmp/}; an {@link OptimizedFile} may come later. Once it is closed it publishes,
 * rewrites and deletes nothing, for another may have been opened. Thread-safe, as long as no two threads handle the same entry.
 */
final class DiskFolder {
    static final String ARTIFACT = "artifact";
    private static final Logger log = LoggerFactory.getLogger(DiskFolder.class);
    private static final String FACTS = "entry.properties";
    private static final String FORMAT = "1";
    private static final int PUBLISH_ATTEMPTS = 5;
    private static final int MAX_FILE_NAME = 100;
    /** Less usable space than this and a write has failed for want of it. */
    private static final long FULL = 1L << 20;

    private final Path models;
    private final Path work;
    private final FreeSpace freeSpace;
    /** In the names below {@code tmp/}: who is still stuck in a fetch has none of who opens the folder next. */
    private final String own = UUID.randomUUID().toString();

    private final AtomicLong names = new AtomicLong();
    private volatile boolean closed;

    private DiskFolder(Path models, Path work, FreeSpace freeSpace) {
        this.models = models;
        this.work = work;
        this.freeSpace = freeSpace;
    }

    /** Bytes that a file system has left. */
    interface FreeSpace {
        /** The one that holds this folder. */
        long bytes(Path folder) throws IOException;
    }

    /** Makes the folders that are not there and deletes what an earlier process, or pool, left half done. */
    static DiskFolder open(Path root, FreeSpace freeSpace) throws IOException {
        Path work = root.resolve("tmp");
        SafeFiles.delete(work);
        Files.createDirectories(work);
        return new DiskFolder(Files.createDirectories(root.resolve("models")), work, freeSpace);
    }

    /**
     * What an earlier process published, used longest ago first. What cannot be understood is deleted.
     *
     * @param keys of the optimized forms that can be loaded here; others are deleted
     */
    List<DiskEntry> scan(Set<String> keys) throws IOException {
        List<Found> found = new ArrayList<>();
        for (Path model : children(models)) {
            List<Found> versions = new ArrayList<>();
            for (Path version : children(model)) {
                Found one = read(version, keys);
                if (one == null) {
                    SafeFiles.delete(version);
                } else {
                    versions.add(one);
                }
            }
            versions.sort(Comparator.comparingLong(Found::written));
            while (versions.size() > 1) {
                SafeFiles.delete(versions.remove(0).entry.folder);
            }
            found.addAll(versions);
            deleteIfEmpty(model);
        }
        found.sort(Comparator.comparingLong(Found::written));
        return found.stream().map(Found::entry).toList();
    }

    private record Found(DiskEntry entry, long written) {}

    private @Nullable Found read(Path folder, Set<String> keys) {
        Path file = folder.resolve(FACTS);
        Properties facts = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            facts.load(in);
            DiskEntry entry = entry(folder, facts);
            boolean whole = bytes(entry.artifact()) == entry.artifactBytes && isOf(folder, entry);
            entry.optimized = OptimizedFile.find(folder, facts, keys);
            return whole ? new Found(entry, Files.getLastModifiedTime(file).toMillis()) : null;
        } catch (IOException | IllegalArgumentException | RemoraException e) {
            log.info("An entry of the disk tier is not understood and is deleted: {} ({})", folder, e.toString());
            return null;
        }
    }

    private static DiskEntry entry(Path folder, Properties facts) {
        if (!FORMAT.equals(facts.getProperty("format"))) {
            throw new IllegalArgumentException("unknown format");
        }
        DiskEntry entry = new DiskEntry(
                new ModelName(fact(facts, "model")),
                fact(facts, "version"),
                folder,
                Long.parseLong(fact(facts, "bytes")),
                fact(facts, "crc32c"));
        entry.measurement.remembered(Long.parseLong(fact(facts, "measured")));
        return entry;
    }

    private static String fact(Properties facts, String name) {
        String value = facts.getProperty(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name);
        }
        return value;
    }

    /** The object's own last name, as far as it is harmless: what a runtime tells a model's kind from. */
    static String fileName(ModelName model) {
        String last = model.value().substring(model.value().lastIndexOf('/') + 1);
        String harmless = last.replaceAll("[^A-Za-z0-9._-]", "_");
        return harmless.substring(Math.max(0, harmless.length() - MAX_FILE_NAME));
    }

    /** A new folder to fetch into, of no meaning to anybody until {@link #publish}. */
    Path newWork() throws IOException {
        checkOpen();
        return Files.createDirectory(newName("fetch"));
    }

    private Path newName(String kind) {
        return work.resolve(kind + "-" + own + "-" + names.incrementAndGet());
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("The pool is closed");
        }
    }

    /** Whoever still uses it comes too late. */
    void close() {
        closed = true;
    }

    /**
     * Gives the folder its place, at once.
     *
     * @param checksum of its artifact, as {@link ContentHash} counts it
     */
    DiskEntry publish(Path from, ModelName model, String version, String checksum) throws IOException {
        Path artifact = from.resolve(ARTIFACT);
        // A name of its own each time: who still deletes an evicted entry must not meet the same version fetched anew.
        Path to = models.resolve(ContentHash.of(model.value()))
                .resolve(ContentHash.of(version) + "-" + UUID.randomUUID());
        DiskEntry entry = new DiskEntry(model, version, to, bytes(artifact), checksum);
        entry.justFetched = true;
        SafeFiles.write(from.resolve(FACTS), facts(entry));
        checkOpen();
        moveIn(from, to);
        return entry;
    }

    /** What an entry takes: its artifact, and its facts beside it. */
    private static long bytes(Path artifact) throws IOException {
        return ContentHash.storedBytes(artifact) + ContentHash.BLOCK_BYTES;
    }

    /** The folder above may be deleted, as the empty one of an evicted version, while we move: then it is made again. */
    private void moveIn(Path from, Path to) throws IOException {
        Path above = models.resolve(to.getName(to.getNameCount() - 2));
        for (int attempt = 1; ; attempt++) {
            try {
                Files.createDirectories(above);
                SafeFiles.move(from, to);
                return;
            } catch (NoSuchFileException | FileAlreadyExistsException e) {
                if (attempt == PUBLISH_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static Properties facts(DiskEntry entry) {
        Properties facts = new Properties();
        facts.setProperty("format", FORMAT);
        facts.setProperty("model", entry.model.value());
        facts.setProperty("version", entry.version);
        facts.setProperty("bytes", Long.toString(entry.artifactBytes));
        facts.setProperty("crc32c", entry.checksum);
        facts.setProperty("measured", Long.toString(entry.measurement.bytes()));
        OptimizedFile optimized = entry.optimized;
        if (optimized != null) {
            optimized.tell(facts);
        }
        return facts;
    }

    /** Writes the entry's facts anew: its measurement, and by the file's time that it was used. */
    void remember(DiskEntry entry) {
        try {
            checkOpen();
            SafeFiles.write(entry.folder.resolve(FACTS), facts(entry));
        } catch (IOException e) {
            // Evicted or closed in the meantime, or a full disk: the measurement will be taken again.
            log.debug("The measurement of {} was not kept", entry.model, e);
        }
    }

    /** Whether the files are, byte for byte, what was fetched. */
    boolean intact(DiskEntry entry) {
        try {
            return ContentHash.ofFolder(entry.artifact()).equals(entry.checksum);
        } catch (IOException e) {
            log.warn("{} cannot be read from the disk and is fetched again: {}", entry.model, e.toString());
            return false;
        }
    }

    /** Whether the file system itself has no room to speak of, whatever the budget says. */
    boolean full() {
        try {
            return freeSpace.bytes(work) < FULL;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Deletes it: out of sight at once, then its bytes. What fails is said and not thrown, for others wait to be deleted, and
     * for room.
     */
    void delete(OnDisk gone) {
        Path path = gone.path();
        if (closed) {
            return;
        }
        try {
            discard(path);
            Path above = path.getParent();
            if (above != null) {
                deleteIfEmpty(above);
            }
        } catch (IOException e) {
            log.error(
                    "{} cannot be deleted; the disk tier may exceed its budget. Check the rights below"
                            + " remora.disk.path: {}",
                    path,
                    e.toString());
        } catch (RuntimeException | Error e) {
            log.error("{} was not deleted for a fault of ours; the disk tier may exceed its budget", path, e);
        }
    }

    private void discard(Path folder) throws IOException {
        Path gone = newName("gone");
        try {
            SafeFiles.move(folder, gone);
        } catch (NoSuchFileException e) {
            return;
        }
        SafeFiles.delete(gone);
    }

    private boolean isOf(Path folder, DiskEntry entry) {
        return models.resolve(ContentHash.of(entry.model.value())).equals(folder.getParent())
                && folder.getFileName().toString().startsWith(ContentHash.of(entry.version));
    }

    private static void deleteIfEmpty(Path folder) throws IOException {
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            // Another version lives there.
        }
    }

    private static List<Path> children(Path folder) throws IOException {
        return Files.isDirectory(folder) ? SafeFiles.children(folder) : List.of();
    }
}
