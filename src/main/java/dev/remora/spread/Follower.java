package dev.remora.spread;

import dev.remora.protocol.CompactedTopic;
import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a table current, whatever becomes of brokers and rights. Confined to the control thread, but for
 * {@link #wakeup} and {@link #isCurrent}, which any thread may call.
 */
final class Follower {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final long AGAIN_NANOS = Duration.ofSeconds(2).toNanos();

    private final String topic;
    private final CompactedTopic reader;
    private final LongSupplier nanos;
    private final Trouble trouble;
    private volatile boolean current;
    private long againNanos;

    Follower(String topic, Supplier<Consumer<byte[], byte[]>> connect, CompactedTopic.Table table, LongSupplier nanos) {
        this.topic = topic;
        this.reader = new CompactedTopic(connect, topic, table);
        this.nanos = nanos;
        this.trouble = new Trouble(LOG, nanos);
        this.againNanos = nanos.getAsLong();
    }

    /** Reads on; blocks at most so long, but for brokers that are looked for. Returns false when it did not even wait. */
    boolean follow(Duration wait) {
        if (nanos.getAsLong() - againNanos < 0) {
            return false;
        }
        try {
            reader.poll(wait);
            current = reader.isCurrent();
            if (!reader.isThere()) {
                againNanos = nanos.getAsLong() + AGAIN_NANOS; // whoever makes the topics says what is wrong
            }
            trouble.over();
            return reader.isThere();
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            againNanos = nanos.getAsLong() + AGAIN_NANOS;
            trouble.is(
                    e.getClass().getSimpleName(),
                    "The topic " + topic + " cannot be read (" + e.getMessage()
                            + "). Serving goes on without it. Check that it exists and that the principal may READ it;"
                            + " tried again.");
            return false;
        }
    }

    /** Whether the table has all that was there when reading began. */
    boolean isCurrent() {
        return current;
    }

    /** Ends a wait that is under way. */
    void wakeup() {
        reader.wakeup();
    }

    void close() {
        reader.close();
    }
}
