package dev.remora.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a figure is wanted to be. Immutable.
 *
 * @param limit that it must not exceed, or fall short of
 * @param atMost which of the two
 * @param others what others came to on such a machine, where they were measured
 */
record Goal(double limit, boolean atMost, Map<String, Double> others) {
    private static final Map<String, Goal> GOALS = Map.ofEntries(
            Map.entry("latency.p50_ratio", atMost(1.3)),
            Map.entry("latency.p99_ratio", atMost(1.5)),
            Map.entry("warm.throughput_ratio", atLeast(0.95)),
            Map.entry("rotate.throughput_ratio", atLeast(1.5)),
            Map.entry(
                    "rotate.cpu_ms",
                    atMost(
                            0.30,
                            "bare ONNX Runtime",
                            0.33,
                            "DJL Serving",
                            0.74,
                            "ModelMesh",
                            0.76,
                            "Multi Model Server",
                            1.09)),
            Map.entry("tiny.cpu_ms", atMost(0.10, "Multi Model Server", 0.30, "DJL Serving", 0.35)),
            Map.entry("tiny.cpu_ms_saturated", atMost(0.10)),
            Map.entry("cold.s3_ratio", atMost(1.25)),
            Map.entry("cold.disk_ratio", atMost(1.1)),
            Map.entry("isolation.p99_ratio", atMost(1.5)),
            Map.entry(
                    "memory.pss_gb", atMost(0.90, "DJL Serving", 0.93, "ModelMesh", 1.30, "Multi Model Server", 2.83)),
            Map.entry("memory.residue_ratio", atMost(0.10)),
            Map.entry("spread.instances", atLeast(2)),
            Map.entry("spread.lost", atMost(0)),
            Map.entry("spread.doubled", atMost(0)),
            Map.entry("spread.throughput_ratio", atLeast(1.6)),
            Map.entry("spread.others_p99_ratio", atMost(2)),
            Map.entry("spread.seconds_to_widen", atMost(10)),
            Map.entry("spread.seconds_to_narrow", atMost(60)));

    private static Goal atMost(double limit, Object... others) {
        Map<String, Double> figures = new LinkedHashMap<>();
        for (int i = 0; i < others.length; i += 2) {
            figures.put((String) others[i], (Double) others[i + 1]);
        }
        return new Goal(limit, true, figures);
    }

    private static Goal atLeast(double limit) {
        return new Goal(limit, false, Map.of());
    }

    static @Nullable Goal of(String figure) {
        return GOALS.get(figure);
    }

    boolean isMetBy(double value) {
        return atMost ? value <= limit : value >= limit;
    }

    String wanted() {
        return (atMost ? "at most " : "at least ") + limit;
    }

    String verdict(double value) {
        return wanted() + (isMetBy(value) ? ": met" : ": MISSED");
    }
}
