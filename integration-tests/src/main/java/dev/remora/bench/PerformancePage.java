package dev.remora.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code docs/performance.md}: what stands between its marks is written here, from results and nothing else. */
final class PerformancePage {
    private static final String BEGIN = "<!-- figures: written by the harness -->";
    private static final String END = "<!-- end of figures -->";

    private final Path docs;

    PerformancePage(Path root) {
        this.docs = root.resolve("docs");
    }

    /** Writes the tables, and the charts beside the page. */
    void write(ResultFile result) throws IOException {
        Path page = docs.resolve("performance.md");
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(page + " has no place for figures: " + BEGIN + " and " + END);
        }
        Map<String, BarChart> charts = new Charts(result.figures()).all();
        for (Map.Entry<String, BarChart> chart : charts.entrySet()) {
            Files.writeString(
                    docs.resolve(chart.getKey() + ".svg"), chart.getValue().svg());
        }
        String body = String.join("\n", lines(result, charts));
        Files.writeString(page, text.substring(0, begin + BEGIN.length()) + "\n" + body + "\n" + text.substring(end));
    }

    private static List<String> lines(ResultFile result, Map<String, BarChart> charts) {
        List<String> lines = new ArrayList<>();
        lines.add(result.settings().entrySet().stream()
                .filter(setting -> !setting.getValue().isEmpty())
                .map(setting -> setting.getKey() + " " + setting.getValue())
                .collect(Collectors.joining("; ", "Measured with: ", ".")));
        lines.add("");
        lines.add("| Figure | Median | Least to most | Wanted | |");
        lines.add("|---|---:|---|---|---|");
        result.figures().forEach((name, figure) -> {
            Goal goal = Goal.of(name);
            if (goal != null) {
                lines.add(row(name, figure, goal));
            }
        });
        // Their reasons name files of the machine that measured, and stay in the results.
        result.failed().keySet().forEach(bench -> lines.add("\n`" + bench + "` failed in this run."));
        result.skipped().keySet().forEach(bench -> lines.add("\n`" + bench + "` was skipped in this run."));
        charts.forEach((name, chart) -> lines.add("\n![" + chart.title() + "](" + name + ".svg)"));
        lines.add("\nEverything that was measured:\n");
        lines.add("| Figure | Median | Least to most |");
        lines.add("|---|---:|---|");
        result.figures().forEach((name, figure) -> lines.add(row(name, figure)));
        return lines;
    }

    private static String row(String name, Report.Figure figure, Goal goal) {
        return row(name, figure) + " " + goal.wanted() + " | " + (goal.isMetBy(figure.value()) ? "met" : "**missed**")
                + " |";
    }

    private static String row(String name, Report.Figure figure) {
        String range = figure.least() == figure.most()
                ? ""
                : Report.number(figure.least()) + " to " + Report.number(figure.most());
        return "| `" + name + "` | " + Report.number(figure.value()) + " | " + range + " |";
    }
}
