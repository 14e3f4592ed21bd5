package dev.remora.spread;

import java.time.Duration;

/**
 * How far hot models spread. Immutable.
 *
 * @param enabled whether they do
 * @param longestWait how much work may wait for a model before it spreads: the time that the instance needs for it
 * @param maxPartitions the most that one model is spread over, its home included
 */
public record SpreadLimits(boolean enabled, Duration longestWait, int maxPartitions) {
    /** The most that one model may be spread over now. */
    int width() {
        return enabled ? maxPartitions : 1;
    }
}
