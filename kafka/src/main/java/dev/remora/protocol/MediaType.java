package dev.remora.protocol;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Just enough of content types and of the accept header. */
final class MediaType {
    static final String JSON = "application/json";
    static final String BYTES = "application/octet-stream";
    static final String CSV = "text/csv";

    private MediaType() {}

    /** The type without its parameters, in lower case. */
    static String essence(String contentType) {
        if (contentType.equals(JSON) || contentType.equals(BYTES) || contentType.equals(CSV)) {
            return contentType;
        }
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).trim().toLowerCase(Locale.ROOT);
    }

    /** What is accepted, the most wanted first; without what is refused by a weight of 0. */
    static List<String> ranges(String accept) {
        if (accept.indexOf(',') < 0 && accept.indexOf(';') < 0) {
            return List.of(essence(accept));
        }
        record Weighted(String range, double weight) {}
        List<Weighted> ranges = new ArrayList<>();
        int from = 0;
        while (from < accept.length()) {
            int to = accept.indexOf(',', from);
            to = to < 0 ? accept.length() : to;
            String entry = accept.substring(from, to);
            double weight = weight(entry);
            if (weight > 0) {
                ranges.add(new Weighted(essence(entry), weight));
            }
            from = to + 1;
        }
        ranges.sort(Comparator.comparingDouble(Weighted::weight).reversed());
        return ranges.stream().map(Weighted::range).toList();
    }

    private static double weight(String entry) {
        int at = entry.indexOf(";q=");
        at = at < 0 ? entry.indexOf("; q=") + 1 : at;
        if (at <= 0) {
            return 1;
        }
        int start = at + ";q=".length();
        int end = entry.indexOf(';', start);
        try {
            return Double.parseDouble(entry.substring(start, end < 0 ? entry.length() : end));
        } catch (NumberFormatException e) {
            return 1;
        }
    }

    /** One of the types that the range, such as {@code text/*}, takes in, or null. */
    static @Nullable String firstMatch(Set<String> types, String range) {
        if (types.contains(range)) {
            return range;
        }
        if (range.endsWith("/*")) {
            String start = range.substring(0, range.length() - 1);
            for (String type : types) {
                if (type.startsWith(start)) {
                    return type;
                }
            }
        }
        return null;
    }
}
