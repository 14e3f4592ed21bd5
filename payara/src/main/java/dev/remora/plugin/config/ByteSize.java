package dev.remora.plugin.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 64MiB}, {@code 2G}, {@code 500MB}, {@code 1048576}. Immutable. */
public final class ByteSize {
    private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([a-z]*)");
    private static final Map<String, Long> UNITS = Map.ofEntries(
            Map.entry("", 1L),
            Map.entry("b", 1L),
            Map.entry("kb", 1_000L),
            Map.entry("mb", 1_000_000L),
            Map.entry("gb", 1_000_000_000L),
            Map.entry("tb", 1_000_000_000_000L),
            Map.entry("k", 1L << 10),
            Map.entry("kib", 1L << 10),
            Map.entry("m", 1L << 20),
            Map.entry("mib", 1L << 20),
            Map.entry("g", 1L << 30),
            Map.entry("gib", 1L << 30),
            Map.entry("t", 1L << 40),
            Map.entry("tib", 1L << 40));
    private static final String[] NAMES = {"B", "KiB", "MiB", "GiB", "TiB"};

    private ByteSize() {}

    /** Bytes; an {@link IllegalArgumentException} says what is wrong. */
    static long parse(String text) {
        var match = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!match.matches()) {
            throw new IllegalArgumentException("This is not a size.");
        }
        var unit = UNITS.get(match.group(2));
        if (unit == null) {
            throw new IllegalArgumentException("\"" + match.group(2) + "\" is not a unit of size.");
        }
        var bytes = new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(unit));
        if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("This is more bytes than can be counted.");
        }
        return bytes.setScale(0, RoundingMode.FLOOR).longValueExact();
    }

    /** The size in the largest unit that keeps it exact, such as {@code 64MiB}. */
    static String exact(long bytes) {
        int unit = 0;
        long rest = bytes;
        while (unit < NAMES.length - 1 && rest != 0 && rest % 1024 == 0) {
            rest /= 1024;
            unit++;
        }
        return rest + NAMES[unit];
    }

    /** The size for people, to one decimal, such as {@code 1.5 GiB}. */
    public static String rounded(long bytes) {
        int unit = 0;
        double rest = bytes;
        while (unit < NAMES.length - 1 && rest >= 1024) {
            rest /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", rest, NAMES[unit]);
    }
}
