package dev.remora.pool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * Names for what may hold anything, checksums of folders, and what folders take on disk. Immutable.
 *
 * <p>A folder's checksum finds what a disk or a power cut has done to it, as Kafka's does with its batches: CRC32C, which a
 * processor counts many times as fast as it loads a model. Nobody else writes there, so it need not withstand anybody.
 */
final class ContentHash {
    /** Disks hand out room in blocks of this size. */
    static final long BLOCK_BYTES = 4096;

    private static final int BUFFER_BYTES = 128 * 1024;

    private ContentHash() {}

    /** Of a text, as 64 hexadecimal digits: a name for a folder, whatever the text holds. */
    static String of(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Of all files below a folder: their paths, lengths and bytes. */
    static String ofFolder(Path folder) throws IOException {
        Checksum sum = new CRC32C();
        byte[] buffer = new byte[BUFFER_BYTES];
        for (Path file : files(folder)) {
            begin(sum, folder.relativize(file).toString(), Files.size(file));
            try (InputStream in = Files.newInputStream(file)) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    sum.update(buffer, 0, read);
                }
            }
        }
        return end(sum);
    }

    /** Of a folder that will hold one file of this name and length: its bytes are to follow. */
    static Checksum beginFile(String name, long length) {
        Checksum sum = new CRC32C();
        begin(sum, name, length);
        return sum;
    }

    private static void begin(Checksum sum, String path, long length) {
        sum.update(path.getBytes(StandardCharsets.UTF_8));
        sum.update(ByteBuffer.allocate(Long.BYTES + 1).putLong(1, length).array());
    }

    /** What was counted, as {@link #ofFolder} says it. */
    static String end(Checksum sum) {
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    /** What the files below a folder take on disk. */
    static long storedBytes(Path folder) throws IOException {
        long sum = 0;
        for (Path file : files(folder)) {
            sum += stored(Files.size(file));
        }
        return sum;
    }

    /** What a file of this length takes on disk; an empty one has its entry at least. */
    static long stored(long length) {
        return Math.max(1, (length + BLOCK_BYTES - 1) / BLOCK_BYTES) * BLOCK_BYTES;
    }

    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> found = Files.walk(folder)) {
            return SafeFiles.all(found.filter(Files::isRegularFile).sorted());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
