package dev.remora.plugin;

import java.util.Locale;
import java.util.stream.Collectors;

/** Renders the catalogue of metrics for docs/metrics.md. */
final class MetricsTable {
    private MetricsTable() {}

    static String render() {
        return "| Metric | Kind | Tags | Meaning |\n|---|---|---|---|\n"
                + MetricCatalogue.all().stream().map(MetricsTable::row).collect(Collectors.joining());
    }

    private static String row(Metric metric) {
        var tags = metric.tags().stream().map(tag -> "`" + tag + "`").collect(Collectors.joining(", "));
        return "| `" + metric.name() + "` | " + metric.kind().name().toLowerCase(Locale.ROOT) + " | " + tags + " | "
                + metric.sentence() + " |\n";
    }
}
