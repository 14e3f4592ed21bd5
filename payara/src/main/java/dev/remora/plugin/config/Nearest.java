package dev.remora.plugin.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody meant who wrote something else. Immutable. */
final class Nearest {
    private Nearest() {}

    /** The known name that takes the fewest edits, if they are few enough to be a slip. */
    static Optional<String> to(String written, Collection<String> known) {
        int limit = Math.max(2, written.length() / 4);
        return known.stream()
                .filter(name -> edits(written, name) <= limit)
                .min(Comparator.<String>comparingInt(name -> edits(written, name))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** "Did you mean x?", or what to do when nothing is near. */
    static String question(String written, Collection<String> known, String otherwise) {
        return to(written, known).map(name -> "Did you mean " + name + "?").orElse(otherwise);
    }

    private static int edits(String from, String to) {
        var previous = new int[to.length() + 1];
        for (int column = 0; column <= to.length(); column++) {
            previous[column] = column;
        }
        for (int row = 1; row <= from.length(); row++) {
            var current = new int[to.length() + 1];
            current[0] = row;
            for (int column = 1; column <= to.length(); column++) {
                int change = from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1;
                current[column] =
                        Math.min(Math.min(current[column - 1], previous[column]) + 1, previous[column - 1] + change);
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
