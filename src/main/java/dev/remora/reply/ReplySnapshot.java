package dev.remora.reply;

import java.util.Map;
import java.util.Optional;

/**
 * The way out's figures at one moment. Counts only grow. Immutable.
 *
 * @param byStatus replies that the broker acknowledged, by status code
 * @param pending replies that wait to be sent or acknowledged
 * @param pendingBytes their bytes
 * @param resent replies that were sent again because the broker did not take them
 * @param late completions dropped because their partition had moved on
 * @param deadLetters requests that no reply could be written for
 * @param forwarded records left to another instance, because their model is spread
 * @param fullPartitions partitions that hand out no new record until the gap in their progress closes
 * @param lastTurnNanos when the reply thread last turned, on the clock it was started with
 * @param trouble what keeps replies from leaving and what mends it; empty while they leave
 */
public record ReplySnapshot(
        Map<Integer, Long> byStatus,
        int pending,
        long pendingBytes,
        long resent,
        long late,
        long deadLetters,
        long forwarded,
        int fullPartitions,
        long lastTurnNanos,
        Optional<String> trouble) {
    public ReplySnapshot {
        byStatus = Map.copyOf(byStatus);
    }
}
