package dev.remora.protocol;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The heads that came lately. Most senders say the same of their tensors in each request, and to see that takes a fraction
 * of what reading it does. Thread-safe.
 */
final class ReadHeads {
    /** So many are kept of each kind: further ones take the place of earlier ones. A power of two. */
    static final int PLACES = 256;

    /** Longer ones are read, or written, each time, so that what is kept is small. */
    static final int LONGEST = 2_048;

    private final AtomicReferenceArray<@Nullable ReadHead> places = new AtomicReferenceArray<>(PLACES);

    /** The head that this body begins with, if it is known. */
    @Nullable
    ReadHead of(byte[] body, int headLength) {
        if (!mayRepeat(body, headLength)) {
            return null;
        }
        ReadHead known = places.get(place(body, headLength));
        return known != null && known.isOf(body, headLength) ? known : null;
    }

    /** Remembers what was read, if all of its tensors are raw. */
    void add(byte[] body, int headLength, OpenInferenceReader read) {
        if (mayRepeat(body, headLength) && read.isRepeatable()) {
            byte[] json = Arrays.copyOf(body, headLength);
            places.set(place(body, headLength), new ReadHead(json, read.tensors(), read.wanted()));
        }
    }

    private static boolean mayRepeat(byte[] body, int headLength) {
        return headLength > 0 && headLength <= Math.min(LONGEST, body.length);
    }

    private static int place(byte[] body, int headLength) {
        int hash = headLength;
        for (int i = 0; i < headLength; i++) {
            hash = 31 * hash + body[i];
        }
        return (hash ^ hash >>> 16) & PLACES - 1;
    }
}
