package dev.remora.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Which figures are drawn, and how. Immutable. */
record Charts(Map<String, Report.Figure> figures) {
    private static final List<String> REMORA_AND_LOOP = List.of("Remora", "loop written by hand");

    Charts {
        figures = Map.copyOf(figures);
    }

    /** Each chart by the name of its file, without those that nothing was measured for. */
    Map<String, BarChart> all() {
        Map<String, BarChart> charts = new LinkedHashMap<>();
        charts.put("performance-latency", latency());
        charts.put("performance-throughput", throughput());
        charts.put("performance-cpu", cpu());
        charts.put("performance-cold", cold());
        charts.put("performance-memory", memory());
        charts.values().removeIf(chart -> chart.groups().isEmpty());
        return charts;
    }

    private BarChart latency() {
        List<BarChart.Group> groups = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            for (String load : List.of("100", "1000", "half")) {
                String prefix = "latency." + mode.baseline() + "_" + load;
                String name = mode.configured() + ", " + (load.equals("half") ? "half load" : load + "/s");
                add(
                        groups,
                        name,
                        prefix + "_p50_ms",
                        prefix + "_echo_p50_ms",
                        prefix + "_p99_ms",
                        prefix + "_echo_p99_ms");
            }
        }
        return new BarChart(
                "From request to reply, tiny model",
                "ms",
                List.of("p50", "p50 of the echo", "p99", "p99 of the echo"),
                groups);
    }

    private BarChart throughput() {
        List<BarChart.Group> groups = new ArrayList<>();
        add(groups, "one tiny model", "warm.tiny_per_s", "warm.tiny_loop_per_s");
        add(groups, "one silero model", "warm.silero_per_s", "warm.silero_loop_per_s");
        add(groups, "50 silero models", "rotate.per_s", "rotate.loop_per_s");
        return new BarChart("Replies, saturated", "a second", REMORA_AND_LOOP, groups);
    }

    private BarChart cpu() {
        List<BarChart.Group> groups = new ArrayList<>();
        add(groups, "tiny: Remora, 8 in flight", "tiny.cpu_ms");
        add(groups, "tiny: Remora, saturated", "tiny.cpu_ms_saturated");
        addOthers(groups, "tiny: ", "tiny.cpu_ms");
        add(groups, "50 silero: Remora", "rotate.cpu_ms");
        add(groups, "50 silero: loop", "rotate.loop_cpu_ms");
        addOthers(groups, "50 silero: ", "rotate.cpu_ms");
        return new BarChart("CPU of the server for one request", "ms", List.of("CPU"), groups);
    }

    private BarChart cold() {
        List<BarChart.Group> groups = new ArrayList<>();
        for (RealModel model : RealModel.values()) {
            String prefix = "cold." + model.label();
            add(
                    groups,
                    model.label(),
                    prefix + "_s3_ms",
                    prefix + "_bare_s3_ms",
                    prefix + "_disk_ms",
                    prefix + "_bare_disk_ms");
        }
        return new BarChart(
                "The first answer of a model",
                "ms",
                List.of("from S3", "bare GET, session, run", "from disk", "bare session, run"),
                groups);
    }

    private BarChart memory() {
        List<BarChart.Group> groups = new ArrayList<>();
        add(groups, "Remora, no model", "memory.before_gb");
        add(groups, "Remora, 51 models", "memory.pss_gb");
        add(groups, "Remora, emptied", "memory.emptied_gb");
        addOthers(groups, "", "memory.pss_gb");
        return new BarChart("Memory of the whole server (PSS)", "GB", List.of("PSS"), groups);
    }

    private void add(List<BarChart.Group> groups, String name, String... values) {
        List<Double> bars = Stream.of(values).map(this::value).toList();
        if (bars.stream().anyMatch(value -> !value.isNaN())) {
            groups.add(new BarChart.Group(name, bars));
        }
    }

    private void addOthers(List<BarChart.Group> groups, String prefix, String figure) {
        Goal goal = Goal.of(figure);
        if (goal != null && figures.containsKey(figure)) {
            goal.others().forEach((other, value) -> groups.add(new BarChart.Group(prefix + other, List.of(value))));
        }
    }

    private double value(String name) {
        Report.Figure figure = figures.get(name);
        return figure == null ? Double.NaN : figure.value();
    }
}
