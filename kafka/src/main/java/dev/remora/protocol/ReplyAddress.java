package dev.remora.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Where a reply goes. Immutable.
 *
 * @param topic the topic, or null for the endpoint's own reply topic
 * @param partition the partition, or null for the one that the reply's key gives
 */
public record ReplyAddress(@Nullable String topic, @Nullable Integer partition) {
    /** The endpoint's own reply topic, by key. */
    public static final ReplyAddress DEFAULT = new ReplyAddress(null, null);
}
