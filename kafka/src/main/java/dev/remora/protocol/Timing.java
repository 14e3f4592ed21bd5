package dev.remora.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What the time of a request went into, in nanoseconds; 0 for what did not happen. Immutable.
 *
 * @param queueNanos from poll to run, less what fetching and loading took
 * @param fetchNanos waiting for the model to come from the store
 * @param loadNanos waiting for the model to be loaded
 * @param runNanos the run itself
 */
public record Timing(long queueNanos, long fetchNanos, long loadNanos, long runNanos) {
    /** Nothing was measured. */
    public static final Timing NONE = new Timing(0, 0, 0, 0);

    private static final String[] NAMES = {"queue", "fetch", "load", "run"};
    /** Four names, their parameters and separators, and four numbers of at most 15 digits, a point and 3 digits. */
    private static final int LONGEST = 4 * (5 + ";dur=".length() + 2 + 19);

    /** In the syntax of the HTTP header Server-Timing, in milliseconds; the queue always, the others if they happened. */
    @Override
    public String toString() {
        return new String(bytes(), StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads what {@link #toString} writes, and leaves out what it does not know.
     *
     * @return the timing; 0 for whatever is absent or malformed
     */
    public static Timing parse(String text) {
        long[] nanos = new long[NAMES.length];
        int from = 0;
        while (from < text.length()) {
            int to = text.indexOf(',', from);
            to = to < 0 ? text.length() : to;
            parseOne(text.substring(from, to).trim(), nanos);
            from = to + 1;
        }
        return new Timing(nanos[0], nanos[1], nanos[2], nanos[3]);
    }

    private static void parseOne(String entry, long[] nanos) {
        for (int i = 0; i < NAMES.length; i++) {
            String start = NAMES[i] + ";dur=";
            if (entry.startsWith(start)) {
                try {
                    nanos[i] = Math.round(Double.parseDouble(entry.substring(start.length())) * 1_000_000);
                } catch (NumberFormatException e) {
                    nanos[i] = 0;
                }
            }
        }
    }

    /** The same as bytes, without a string between. */
    byte[] bytes() {
        byte[] out = new byte[LONGEST];
        int at = entry(out, 0, NAMES[0], queueNanos);
        at = fetchNanos > 0 ? entry(out, at, NAMES[1], fetchNanos) : at;
        at = loadNanos > 0 ? entry(out, at, NAMES[2], loadNanos) : at;
        at = runNanos > 0 ? entry(out, at, NAMES[3], runNanos) : at;
        return Arrays.copyOf(out, at);
    }

    private static int entry(byte[] out, int start, String name, long nanos) {
        int at = start > 0 ? ascii(out, start, ", ") : start;
        at = ascii(out, at, name);
        at = ascii(out, at, ";dur=");
        return millis(out, at, Math.max(nanos, 0) / 1_000);
    }

    /** Below 10 ms to the microsecond, above to the tenth of a millisecond; no trailing zeros. */
    private static int millis(byte[] out, int start, long micros) {
        long shown = micros < 10_000 ? micros : micros / 100 * 100;
        int at = ascii(out, start, Long.toString(shown / 1_000));
        int rest = (int) (shown % 1_000);
        if (rest > 0) {
            out[at++] = '.';
            for (int digits = rest; digits > 0; digits = digits % 100 * 10) {
                out[at++] = (byte) ('0' + digits / 100);
            }
        }
        return at;
    }

    @SuppressWarnings("deprecation") // copies the low bytes, which is all there is to ASCII
    private static int ascii(byte[] out, int at, String text) {
        text.getBytes(0, text.length(), out, at);
        return at + text.length();
    }
}
