package dev.remora.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Lying bars in groups, as an SVG. Immutable.
 *
 * @param title above it
 * @param unit of the values
 * @param series names, in the order of each group's values
 * @param groups from top to bottom
 */
record BarChart(String title, String unit, List<String> series, List<Group> groups) {
    private static final List<String> COLOURS = List.of("#0b6e99", "#b8b8b8", "#e07b39", "#dcc7b8");
    private static final int WIDTH = 760;
    private static final int LEFT = 200;
    private static final int RIGHT = 90;
    private static final int TOP = 64;
    private static final int BAR = 14;
    private static final int GAP = 12;

    BarChart {
        series = List.copyOf(series);
        groups = List.copyOf(groups);
    }

    /**
     * Bars that belong together.
     *
     * @param name at their left
     * @param values one for each series; NaN for none
     */
    record Group(String name, List<Double> values) {
        Group {
            values = List.copyOf(values);
        }
    }

    String svg() {
        List<String> lines = new ArrayList<>();
        int height = TOP
                + groups.stream()
                        .mapToInt(group -> BAR * group.values().size() + GAP)
                        .sum();
        lines.add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">"
                        .formatted(WIDTH, height));
        lines.add("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
        lines.add(text(12, 22, "start", title + ", " + unit).replace("<text", "<text font-size=\"15\""));
        legend(lines);
        double most = groups.stream()
                .flatMap(group -> group.values().stream())
                .filter(value -> !value.isNaN())
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(1);
        int y = TOP;
        for (Group group : groups) {
            y = bars(group, y, most, lines) + GAP;
        }
        lines.add("</svg>");
        return String.join("\n", lines) + "\n";
    }

    private void legend(List<String> lines) {
        int x = 12;
        for (int i = 0; series.size() > 1 && i < series.size(); i++) {
            lines.add(rectangle(x, 36, 12, COLOURS.get(i)));
            lines.add(text(x + 17, 47, "start", series.get(i)));
            x += 40 + series.get(i).length() * 7;
        }
    }

    private static int bars(Group group, int top, double most, List<String> lines) {
        int middle = top + BAR * group.values().size() / 2 + 4;
        lines.add(text(LEFT - 8, middle, "end", group.name()));
        int y = top;
        for (int i = 0; i < group.values().size(); i++) {
            double value = group.values().get(i);
            if (!Double.isNaN(value)) {
                double width = (WIDTH - LEFT - RIGHT) * value / most;
                lines.add(rectangle(LEFT, y + 1, width, COLOURS.get(i)));
                lines.add(text(LEFT + width + 5, y + BAR - 2, "start", Report.number(value)));
            }
            y += BAR;
        }
        return y;
    }

    private static String rectangle(double x, double y, double width, String colour) {
        return String.format(
                Locale.ROOT,
                "<rect x=\"%.0f\" y=\"%.0f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                x,
                y,
                width,
                BAR - 2,
                colour);
    }

    private static String text(double x, double y, String anchor, String text) {
        return String.format(
                Locale.ROOT,
                "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\" fill=\"#222222\">%s</text>",
                x,
                y,
                anchor,
                text.replace("&", "&amp;").replace("<", "&lt;"));
    }
}
