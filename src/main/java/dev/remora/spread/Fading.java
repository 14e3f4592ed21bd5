package dev.remora.spread;

import dev.remora.protocol.Residency;
import java.time.Duration;
import java.util.List;

/** How heat that was written down fades. */
final class Fading {
    /** Who was used once, an hour ago. */
    static final double COLD = 0.02;

    private static final double HALF_LIFE_MILLIS = Duration.ofMinutes(10).toMillis();

    private Fading() {}

    /** The models of a record as hot as they are now, without those that are cold. */
    static List<Residency.Model> now(Residency residency, long nowMillis) {
        double left = left(residency.writtenMillis(), nowMillis);
        return residency.models().stream()
                .map(each -> new Residency.Model(each.model(), each.version(), each.heat() * left))
                .filter(each -> each.heat() >= COLD)
                .toList();
    }

    /** What is left of heat; a time in the future is a clock that goes wrong, and counts as now. */
    static double left(long thenMillis, long nowMillis) {
        return Math.pow(0.5, Math.max(0, nowMillis - thenMillis) / HALF_LIFE_MILLIS);
    }
}
