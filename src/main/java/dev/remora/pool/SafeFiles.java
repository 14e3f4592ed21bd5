package dev.remora.pool;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * What the disk tier does with files: it writes them so that the end of the process, at any moment, leaves the old or the new,
 * never a half. Immutable.
 *
 * <p>Nothing here waits until bytes have reached the disk: models are held against their checksum before they are used, so what
 * a power cut tears is found and fetched again.
 */
final class SafeFiles {
    private SafeFiles() {}

    /** Writes small facts under a name, at once. */
    static void write(Path file, Properties facts) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (OutputStream out = Files.newOutputStream(fresh)) {
            facts.store(out, null);
        }
        move(fresh, file);
    }

    /** Renames, taking the place of a file that is there. */
    static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("The folder of the disk tier must be one file system: " + e.getMessage(), e);
        }
    }

    /** Deletes a file or a folder with all that is in it; what is not there is deleted already. */
    static void delete(Path path) throws IOException {
        List<Path> found;
        try (Stream<Path> walk = Files.walk(path)) {
            found = all(walk.sorted(Comparator.reverseOrder()));
        } catch (NoSuchFileException e) {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
            return;
        }
        for (Path each : found) {
            Files.deleteIfExists(each);
        }
    }

    /** What is in a folder. */
    static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            return all(found);
        }
    }

    /** All of them; where listing them fails midway, that is thrown as any other failure of the disk. */
    static List<Path> all(Stream<Path> found) throws IOException {
        try {
            return found.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** The folder of a file. */
    static Path parent(Path file) {
        Path parent = file.getParent();
        return parent == null ? Path.of("") : parent;
    }
}
