package dev.remora.reply;

import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/** How much of a partition has no reply yet, read from its group's commit, whoever wrote that. Immutable. */
public final class Unsettled {
    private Unsettled() {}

    /**
     * Counts the offsets from the commit to the end of the log, less those that are settled beyond the commit. Offsets that
     * hold no record count until its owner has passed them, about a second later. Thread-safe.
     *
     * @param end the first offset that is not written yet
     */
    public static long count(OffsetAndMetadata committed, long end) {
        long settled = ProgressMetadata.decode(committed.offset(), committed.metadata())
                .map(each -> each.settled().total())
                .orElse(0L);
        return Math.max(0, end - committed.offset() - settled);
    }
}
