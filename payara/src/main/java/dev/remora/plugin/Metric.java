package dev.remora.plugin;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One metric: its name, meaning and where its values come from. Immutable.
 *
 * @param name as it is shown, with its unit and, for a counter, {@code _total}
 * @param kind counter or gauge
 * @param tags their names, beside {@code endpoint}, which all have
 * @param sentence what it says
 * @param read its samples, one for each combination of tags; a bounded number
 */
record Metric(String name, Kind kind, List<String> tags, String sentence, Function<Figures, Stream<Sample>> read) {

    /** How a metric behaves. */
    enum Kind {
        /** Only grows, as long as the process lives. */
        COUNTER,
        /** Goes up and down. */
        GAUGE
    }

    /**
     * One value.
     *
     * @param tags values of the metric's tags, in their order
     * @param value in the metric's unit
     */
    record Sample(List<String> tags, double value) {}
}
