package dev.remora.launcher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An instance's metrics at one moment, in Prometheus' text format. Immutable. */
public final class Metrics {
    private static final Pattern LINE =
            Pattern.compile("([A-Za-z_:][\\w:]*)(?:\\{(.*)})? ([-+]?(?:[\\d.][-+.\\deE]*|Inf|NaN))(?: \\d+)?");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    private final List<Sample> samples;

    private Metrics(List<Sample> samples) {
        this.samples = List.copyOf(samples);
    }

    /** Reads the text; lines that are no sample are skipped. */
    public static Metrics parse(String text) {
        List<Sample> samples = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            Matcher matcher = LINE.matcher(line.strip());
            if (matcher.matches()) {
                samples.add(new Sample(matcher.group(1), labels(matcher.group(2)), number(matcher.group(3))));
            }
        }
        return new Metrics(samples);
    }

    /** All samples, as they came. */
    public List<Sample> samples() {
        return samples;
    }

    /**
     * The sum of a metric's samples, empty when there is none.
     *
     * @param name with its suffix, such as {@code _total}
     * @param labels those that count, each {@code name=value}
     */
    public OptionalDouble find(String name, String... labels) {
        List<Sample> found = samples.stream()
                .filter(s -> s.name().equals(name) && s.has(labels))
                .toList();
        return found.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(found.stream().mapToDouble(Sample::value).sum());
    }

    /** As {@link #find}, 0 when there is none. */
    public double value(String name, String... labels) {
        return find(name, labels).orElse(0);
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new HashMap<>();
        Matcher matcher = LABEL.matcher(text == null ? "" : text);
        while (matcher.find()) {
            labels.put(matcher.group(1), matcher.group(2));
        }
        return labels;
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            case "NaN" -> Double.NaN;
            default -> Double.parseDouble(text);
        };
    }

    /**
     * One line of the text.
     *
     * @param name of the metric
     * @param labels of the series
     * @param value now
     */
    public record Sample(String name, Map<String, String> labels, double value) {
        public Sample {
            labels = Map.copyOf(labels);
        }

        boolean has(String... wanted) {
            for (String label : wanted) {
                int equals = label.indexOf('=');
                if (!label.substring(equals + 1).equals(labels.get(label.substring(0, equals)))) {
                    return false;
                }
            }
            return true;
        }
    }
}
