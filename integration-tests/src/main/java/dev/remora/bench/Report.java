package dev.remora.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The figures of a run, with their ranges over its rounds. Confined to the thread that measures. */
final class Report {
    private final Map<String, Figure> figures = new LinkedHashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();
    private final Map<String, String> skipped = new LinkedHashMap<>();

    /**
     * One figure.
     *
     * @param value the median of the rounds
     * @param least of the rounds
     * @param most of the rounds
     */
    record Figure(double value, double least, double most) {}

    /** The median of the rounds. */
    void put(String name, Series rounds) {
        put(name, new Figure(rounds.median(), rounds.least(), rounds.most()));
    }

    /** Measured once, or made of others. */
    void put(String name, double value) {
        put(name, new Figure(value, value, value));
    }

    void put(String name, Figure figure) {
        figures.put(name, figure);
        System.out.println("  " + row(name, figure));
    }

    /** The worse of figures that are wanted small. */
    void putWorst(String name, String... names) {
        put(name, pick(names, true));
    }

    /** The worse of figures that are wanted large. */
    void putLeast(String name, String... names) {
        put(name, pick(names, false));
    }

    private Figure pick(String[] names, boolean largest) {
        Figure picked = figure(names[0]);
        for (String name : names) {
            Figure other = figure(name);
            if (largest ? other.value() > picked.value() : other.value() < picked.value()) {
                picked = other;
            }
        }
        return picked;
    }

    Figure figure(String name) {
        Figure figure = figures.get(name);
        if (figure == null) {
            throw new IllegalStateException("There is no figure " + name + " yet");
        }
        return figure;
    }

    void failed(String bench, Throwable reason) {
        failures.put(bench, reason.toString());
    }

    void skipped(String bench, String reason) {
        skipped.put(bench, reason);
    }

    Map<String, String> skipped() {
        return skipped;
    }

    Map<String, Figure> figures() {
        return figures;
    }

    Map<String, String> failures() {
        return failures;
    }

    private static String row(String name, Figure figure) {
        String range = figure.least() == figure.most()
                ? ""
                : "%s to %s".formatted(number(figure.least()), number(figure.most()));
        Goal goal = Goal.of(name);
        return "%-36s %10s   %-20s %s"
                .formatted(name, number(figure.value()), range, goal == null ? "" : goal.verdict(figure.value()));
    }

    /** Three significant digits, none of them hidden in an exponent. */
    static String number(double value) {
        double size = Math.abs(value);
        String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, format, value);
    }
}
