package dev.remora.intake;

import java.util.Set;

/**
 * What of the invocation topic is this instance's, as its poll thread last knew it. Immutable.
 *
 * @param generation of the group when it was last heard of, or -1; a member of the same generation knows the same owners
 * @param partitionCount how many partitions the topic has; 0 when that is not known
 * @param partitions those that this instance reads
 */
public record Ownership(int generation, int partitionCount, Set<Integer> partitions) {
    /** Of an instance that is in no group. */
    public static final Ownership NONE = new Ownership(-1, 0, Set.of());

    public Ownership {
        partitions = Set.copyOf(partitions);
    }
}
