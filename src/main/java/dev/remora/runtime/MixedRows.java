package dev.remora.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Whether a model's operators are known to let what one row of a batch is answered depend on the others: those that quantise
 * all rows by one scale, and those whose outputs hold as many rows as there is something to be found.
 */
final class MixedRows {
    /** A larger model gains little from a batch, and to look through it would keep its load waiting. */
    static final long LARGEST_BYTES = 16L << 20;

    /** What the operators' names begin with; both forms of a model hold them as plain text. */
    private static final List<byte[]> SIGNS = List.of(
            ascii("DynamicQuantize"), ascii("NonMaxSuppression"), ascii("NonZero"), ascii("Compress"), ascii("Unique"));

    /** The shortest of them. */
    private static final int SPAN = 6;

    private static final int LONGEST =
            SIGNS.stream().mapToInt(sign -> sign.length).max().orElseThrow();

    static final int PIECE_BYTES = 64 << 10;

    private static final int[] SKIPS = skips();

    private MixedRows() {}

    /** Whether the file is small enough to be looked through, and names no such operator. */
    static boolean absent(Path model) throws IOException {
        if (Files.size(model) > LARGEST_BYTES) {
            return false;
        }
        try (InputStream in = Files.newInputStream(model)) {
            return !in(in);
        }
    }

    /** In pieces: an array as large as a model is a huge object to the heap, which grows for it. */
    private static boolean in(InputStream model) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        int kept = 0;
        while (true) {
            int length = kept + model.readNBytes(piece, kept, piece.length - kept);
            if (in(piece, length)) {
                return true;
            }
            if (length < piece.length) {
                return false;
            }
            kept = LONGEST - 1; // A name may begin in one piece and end in the next.
            System.arraycopy(piece, length - kept, piece, 0, kept);
        }
    }

    /** Boyer-Moore-Horspool for several words (Wu and Manber): looks at one byte in six or so. */
    private static boolean in(byte[] bytes, int length) {
        for (int at = 0; at + SPAN <= length; at += SKIPS[bytes[at + SPAN - 1] & 0xFF]) {
            for (byte[] sign : SIGNS) {
                if (bytes[at] == sign[0] && begins(bytes, length, at, sign)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean begins(byte[] bytes, int length, int at, byte[] sign) {
        int end = at + sign.length;
        return end <= length && Arrays.equals(bytes, at, end, sign, 0, sign.length);
    }

    /** By how much to go on, by the last byte of a span: no word can begin before that. */
    private static int[] skips() {
        int[] skips = new int[256];
        Arrays.fill(skips, SPAN);
        for (byte[] sign : SIGNS) {
            for (int i = 0; i < SPAN - 1; i++) {
                skips[sign[i]] = Math.min(skips[sign[i]], SPAN - 1 - i);
            }
        }
        return skips;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
