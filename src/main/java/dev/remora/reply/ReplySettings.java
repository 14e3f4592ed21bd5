package dev.remora.reply;

import java.time.Duration;
import java.util.function.Predicate;
import org.apache.kafka.common.internals.Topic;

/**
 * How replies leave. Immutable.
 *
 * @param endpoint names the endpoint
 * @param group the consumer group whose progress travels with the replies
 * @param instance names this instance; unique within the group, and kept over restarts
 * @param invocationsTopic where requests come from: never a reply topic
 * @param repliesTopic where replies go when the request names no topic
 * @param dlqTopic where requests go that no reply can be written for
 * @param allowed which other topics a request may name, but see {@link #permits}
 * @param delivery what a reader of replies may count on
 * @param maxPendingBytes how many bytes of unsent replies may wait before no further record is run
 * @param closeTimeout how long closing may take until unsent replies are left to the next owner of their partition
 */
public record ReplySettings(
        String endpoint,
        String group,
        String instance,
        String invocationsTopic,
        String repliesTopic,
        String dlqTopic,
        Predicate<String> allowed,
        Delivery delivery,
        long maxPendingBytes,
        Duration closeTimeout) {

    /**
     * Whether a request may ask for its reply on this topic: the endpoint's own always, its other topics and the
     * brokers' internal ones never.
     */
    public boolean permits(String topic) {
        boolean ours = topic.equals(invocationsTopic) || topic.equals(dlqTopic);
        return topic.equals(repliesTopic) || (!ours && !Topic.isInternal(topic) && allowed.test(topic));
    }
}
