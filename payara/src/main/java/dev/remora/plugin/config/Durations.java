package dev.remora.plugin.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 6h}, {@code PT1M30S}. Immutable. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12})\\s*([a-z]*)");
    private static final Map<String, Duration> UNITS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "min", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));

    private Durations() {}

    /** An {@link IllegalArgumentException} says what is wrong. */
    static Duration parse(String text) {
        var bare = text.strip();
        if (bare.regionMatches(true, 0, "P", 0, 1)) {
            return iso(bare);
        }
        var match = FORM.matcher(bare.toLowerCase(Locale.ROOT));
        if (!match.matches()) {
            throw new IllegalArgumentException("This is not a duration.");
        }
        if (match.group(2).isEmpty()) {
            throw new IllegalArgumentException("The unit is missing.");
        }
        var unit = UNITS.get(match.group(2));
        if (unit == null) {
            throw new IllegalArgumentException("\"" + match.group(2) + "\" is not a unit of time.");
        }
        return unit.multipliedBy(Long.parseLong(match.group(1)));
    }

    /** In the largest unit that keeps it exact. */
    static String exact(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0 || millis == 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds % 86_400 == 0) {
            return seconds / 86_400 + "d";
        }
        if (seconds % 3_600 == 0) {
            return seconds / 3_600 + "h";
        }
        return seconds % 60 == 0 && seconds > 60 ? seconds / 60 + "m" : seconds + "s";
    }

    private static Duration iso(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("This is not a duration.", e);
        }
    }
}
