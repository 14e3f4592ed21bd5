package dev.remora.reply;

import dev.remora.protocol.MessageCodec;
import java.util.Map;

/** Replies whose sender leaves a dead predecessor's transaction to its time-out: what fencing is measured against. */
public final class UnfencedReplies {
    private UnfencedReplies() {}

    /** As {@link ReplySender#start}. */
    public static ReplySender start(ReplySettings settings, Map<String, Object> connection, MessageCodec codec) {
        return KafkaReplySender.start(
                settings, connection, Map.of(), codec, Thread::new, System::nanoTime, brokers -> {});
    }
}
