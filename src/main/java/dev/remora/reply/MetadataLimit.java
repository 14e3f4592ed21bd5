package dev.remora.reply;

import org.apache.kafka.common.errors.OffsetMetadataTooLarge;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long the metadata of a commit may be. Brokers do not say it ({@code offset.metadata.max.bytes}), but take a commit or
 * refuse it: what they refused is never sent again, and what they took once is never too long. Confined to the reply thread.
 */
final class MetadataLimit {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataLimit.class);

    /** The bytes that Kafka's default holds. */
    static final int MOST_BYTES = ProgressMetadata.MAX_CHARS / 4 * 3;

    private int maxChars = ProgressMetadata.MAX_CHARS;
    private int takenChars;

    /** Whether brokers refuse a commit because its metadata is too long. */
    static boolean broken(Throwable failure) {
        Throwable root = Remedies.root(failure);
        // The producer makes text of it.
        return root instanceof OffsetMetadataTooLarge
                || String.valueOf(root.getMessage()).contains(Errors.OFFSET_METADATA_TOO_LARGE.message());
    }

    /** The bytes that fit. */
    int bytes() {
        return maxChars / 4 * 3;
    }

    /** The brokers have taken metadata of so many characters. */
    void taken(int chars) {
        takenChars = Math.max(takenChars, chars);
        maxChars = Math.max(maxChars, takenChars);
    }

    /** The brokers have refused metadata of so many characters: half of what is in doubt is left. */
    void refused(int chars) {
        if (chars <= takenChars) {
            // They take less than they did.
            takenChars = 0;
        }
        if (maxChars == ProgressMetadata.MAX_CHARS) {
            LOG.warn(
                    "The brokers' offset.metadata.max.bytes is less than Kafka's default of 4096. Commits say less from here"
                            + " on, and replies wait sooner for those before them in their partition.");
        }
        maxChars = Math.min(maxChars, takenChars + (chars - takenChars) / 2);
    }
}
