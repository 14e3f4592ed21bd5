package dev.remora.it.guarantee;

/**
 * A promise that was not kept. Immutable.
 *
 * @param kind such as {@code lost}
 * @param text what an engineer needs to look further
 */
record Violation(String kind, String text) {
    @Override
    public String toString() {
        return kind.toUpperCase(java.util.Locale.ROOT) + " " + text;
    }
}
