package dev.remora.intake;

import java.util.List;

/**
 * How long something took, as cumulative counts. Immutable.
 *
 * @param boundsSeconds upper bounds, ascending; one more bucket, without a bound, follows the last
 * @param counts how many took at most the bound of the same place; the last counts all
 * @param sumNanos all of them together
 */
public record Buckets(List<Double> boundsSeconds, List<Long> counts, long sumNanos) {
    public Buckets {
        boundsSeconds = List.copyOf(boundsSeconds);
        counts = List.copyOf(counts);
    }
}
