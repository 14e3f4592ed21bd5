package dev.remora.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Whether a model's operators are known to let what one row of a batch is answered depend on the others: quantising them with
 * one scale for all does.
 */
final class MixedRows {
    /** A larger model gains little from a batch, and to look through it would keep its load waiting. */
    static final long LARGEST_BYTES = 16L << 20;

    /** What the names of all those operators begin with; both forms of a model hold their names as plain text. */
    private static final byte[] SIGN = "DynamicQuantize".getBytes(StandardCharsets.US_ASCII);

    private static final int[] SKIPS = skips();

    private MixedRows() {}

    /** Whether the file is small enough to be looked through, and names no such operator. */
    static boolean absent(Path model) throws IOException {
        return Files.size(model) <= LARGEST_BYTES && !contains(Files.readAllBytes(model));
    }

    /** Boyer-Moore-Horspool: looks at one byte in fifteen or so. */
    static boolean contains(byte[] bytes) {
        int last = SIGN.length - 1;
        for (int at = 0; at + last < bytes.length; at += SKIPS[bytes[at + last] & 0xFF]) {
            if (bytes[at + last] == SIGN[last] && Arrays.equals(bytes, at, at + SIGN.length, SIGN, 0, SIGN.length)) {
                return true;
            }
        }
        return false;
    }

    private static int[] skips() {
        int[] skips = new int[256];
        Arrays.fill(skips, SIGN.length);
        for (int i = 0; i < SIGN.length - 1; i++) {
            skips[SIGN[i]] = SIGN.length - 1 - i;
        }
        return skips;
    }
}
