package dev.remora.pool;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks a {@code .tar.gz} that nobody vouches for: ordinary files and folders only, inside the folder only, bounded in
 * entries, bytes and ratio. Confined to one thread.
 */
final class Archive {
    static final int MAX_ENTRIES = 10_000;
    static final int MAX_RATIO = 200;
    /** Small archives of zeros are honest: the ratio counts beyond this. */
    static final long RATIO_FREE_BYTES = 16L << 20;
    /** The most that may lie between two entries' bytes: headers, long names, padding. */
    private static final long HEADER_BYTES = 1L << 20;

    private static final int MAX_DEPTH = 32;
    private static final int MAX_NAME_BYTES = 255;
    private static final int MAX_PATH_BYTES = 1024;

    private final Path target;
    private final DiskRoom room;
    private final Set<String> files = new HashSet<>();
    private final Set<String> folders = new HashSet<>();
    private int entries;

    private Archive(Path target, DiskRoom room) {
        this.target = target;
        this.room = room;
    }

    /** Whether the object is an archive, by its name. */
    static boolean is(ModelName model) {
        String name = model.value().toLowerCase(Locale.ROOT);
        return name.endsWith(".tar.gz") || name.endsWith(".tgz");
    }

    /**
     * Unpacks into an empty folder. Stops reading at the first thing that is wrong.
     *
     * @param room asked before each file is written
     * @throws RemoraException {@link ErrorCode#MODEL_INVALID}, saying what is wrong
     * @throws DiskRoom.NoRoomException when the disk has no room for it now
     * @throws IOException when the disk failed
     */
    static void unpack(Path archive, Path target, DiskRoom room) throws IOException {
        new Archive(target, room).unpack(archive);
    }

    private void unpack(Path archive) throws IOException {
        long packedBytes = Files.size(archive);
        try (InputStream packed = Files.newInputStream(archive);
                BoundedInput bounded =
                        new BoundedInput(packed, Math.max(RATIO_FREE_BYTES, packedBytes * MAX_RATIO), "the archive");
                TarArchiveInputStream tar = new TarArchiveInputStream(bounded, StandardCharsets.UTF_8.name())) {
            for (TarArchiveEntry entry = next(tar, bounded); entry != null; entry = next(tar, bounded)) {
                unpack(entry, tar, bounded);
            }
        }
        if (files.isEmpty()) {
            throw invalid("it holds no file");
        }
    }

    private @Nullable TarArchiveEntry next(TarArchiveInputStream tar, BoundedInput bounded) {
        bounded.allow(HEADER_BYTES);
        try {
            TarArchiveEntry entry = tar.getNextEntry();
            if (entry != null && ++entries > MAX_ENTRIES) {
                throw invalid("it has more than " + MAX_ENTRIES + " entries");
            }
            return entry;
        } catch (IOException | IllegalArgumentException e) {
            throw invalid("it is no readable tar.gz: " + e.getMessage());
        }
    }

    private void unpack(TarArchiveEntry entry, TarArchiveInputStream tar, BoundedInput bounded) throws IOException {
        String name = entry.getName();
        boolean folder = entry.isDirectory();
        if (!folder && !ordinary(entry)) {
            throw invalid("its entry " + shown(name) + " is a link, a device or another special file");
        }
        String path = relative(name);
        if (path.isEmpty()) {
            if (folder) {
                return;
            }
            throw invalid("it has a file without a name");
        }
        declare(path, folder);
        Path place = place(path);
        if (folder) {
            Files.createDirectories(place);
        } else {
            write(entry, place, tar, bounded);
        }
    }

    /** Where it goes; a JVM whose locale is C has no names beyond ASCII. */
    private Path place(String path) {
        try {
            return target.resolve(path);
        } catch (InvalidPathException e) {
            throw invalid(
                    "its entry " + shown(path) + " has a name that this machine's file system cannot express; name"
                            + " its files in plain ASCII, or run the server in a UTF-8 locale");
        }
    }

    private static boolean ordinary(TarArchiveEntry entry) {
        byte kind = entry.getLinkFlag();
        return (kind == TarConstants.LF_NORMAL || kind == TarConstants.LF_OLDNORM || kind == TarConstants.LF_CONTIG)
                && !entry.isSparse();
    }

    /** The entry's path below the target, with no segment that could lead elsewhere. */
    private static String relative(String name) {
        if (name.startsWith("/")) {
            throw invalid("its entry " + shown(name) + " has an absolute path");
        }
        if (name.indexOf('\\') >= 0 || name.chars().anyMatch(Character::isISOControl)) {
            throw invalid("its entry " + shown(name) + " has a backslash or a control character");
        }
        StringBuilder path = new StringBuilder();
        int depth = 0;
        for (String segment : name.split("/")) {
            if (segment.isEmpty() || segment.equals(".")) {
                continue;
            }
            if (segment.equals("..")) {
                throw invalid("its entry " + shown(name) + " climbs out of the archive");
            }
            if (bytes(segment) > MAX_NAME_BYTES || ++depth > MAX_DEPTH) {
                throw invalid("its entry " + shown(name) + " has too long a name or lies too deep");
            }
            path.append(path.isEmpty() ? "" : "/").append(segment);
        }
        if (bytes(path.toString()) > MAX_PATH_BYTES) {
            throw invalid("its entry " + shown(name) + " has too long a path");
        }
        return path.toString();
    }

    /** A file may stand once, and nowhere where a folder stands. */
    private void declare(String path, boolean folder) {
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            String above = path.substring(0, slash);
            if (files.contains(above)) {
                throw invalid("its entry " + shown(path) + " lies below a file");
            }
            folders.add(above);
        }
        boolean free = folder ? !files.contains(path) : !folders.contains(path) && files.add(path);
        if (!free) {
            throw invalid("it has two entries " + shown(path));
        }
        if (folder) {
            folders.add(path);
        }
    }

    private void write(TarArchiveEntry entry, Path file, TarArchiveInputStream tar, BoundedInput bounded)
            throws IOException {
        long size = entry.getSize();
        bounded.check(size);
        room.grow(ContentHash.stored(size));
        bounded.allow(size + HEADER_BYTES);
        Files.createDirectories(SafeFiles.parent(file));
        byte[] buffer = new byte[64 * 1024];
        long written = 0;
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int read = read(tar, buffer); read >= 0; read = read(tar, buffer)) {
                out.write(buffer, 0, read);
                written += read;
            }
        } catch (FileAlreadyExistsException e) {
            throw invalid("it has two entries " + shown(entry.getName()));
        }
        if (written != size) {
            throw invalid("it ends inside " + shown(entry.getName()));
        }
    }

    /** A failed read is the archive's fault, unlike a failed write. */
    private static int read(TarArchiveInputStream tar, byte[] buffer) {
        try {
            return tar.read(buffer);
        } catch (IOException e) {
            throw invalid("it cannot be read to its end: " + e.getMessage());
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String shown(String name) {
        String clean = name.replaceAll("\\p{Cntrl}", "?");
        return clean.length() > 80 ? clean.substring(0, 80) + "..." : clean;
    }

    static RemoraException invalid(String what) {
        return new RemoraException(
                ErrorCode.MODEL_INVALID,
                "The archive is refused: " + what + ".",
                "Pack the model's files alone, with relative names: tar -czf model.tar.gz model.onnx");
    }

    /** Unpacked bytes, counted: no more than the ratio allows in all, nor than is expected now. */
    private static final class BoundedInput extends InputStream {
        private final InputStream unpacked;
        private final long limit;
        private long count;
        private long allowedTo;

        BoundedInput(InputStream packed, long limit, String what) throws IOException {
            try {
                this.unpacked = new GZIPInputStream(packed, 64 * 1024);
            } catch (ZipException | EOFException e) {
                throw invalid(what + " is not gzip: " + e.getMessage());
            }
            this.limit = limit;
        }

        void allow(long more) {
            allowedTo = count + more;
        }

        void check(long more) {
            if (more < 0 || more > limit - count) {
                throw invalid("it unpacks to more than " + MAX_RATIO + " times its size");
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = unpacked.read(buffer, offset, length);
            if (read > 0) {
                count += read;
                check(0);
                if (count > allowedTo) {
                    throw invalid("it has headers of more than " + HEADER_BYTES + " bytes");
                }
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            unpacked.close();
        }
    }
}
