package dev.remora.client;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;

/** Reads replies and minds deadlines. Confined to the reply thread, but for {@link #stop}, which any thread may call. */
final class ReplyListener implements Runnable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long PAUSE_MILLIS = 500;

    private final Consumer<byte[], byte[]> consumer;
    private final PendingReplies pending;
    private final LongSupplier nanos;
    private final CountDownLatch stopped = new CountDownLatch(1);

    ReplyListener(Consumer<byte[], byte[]> consumer, PendingReplies pending, LongSupplier nanos) {
        this.consumer = consumer;
        this.pending = pending;
        this.nanos = nanos;
    }

    @Override
    public void run() {
        try {
            while (stopped.getCount() > 0) {
                runOnce();
            }
        } catch (WakeupException | InterruptedException e) {
            // it was stopped
        } finally {
            consumer.close(CloseOptions.timeout(POLL));
        }
    }

    /** One turn. A reader that fails fails what waits for it, and goes on: brokers and rights come back. */
    void runOnce() throws InterruptedException {
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                pending.complete(record);
            }
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            pending.failAll(unreadable(e));
            if (stopped.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
        }
        pending.expire(nanos.getAsLong());
    }

    private static RemoraException unreadable(KafkaException cause) {
        return new RemoraException(
                ErrorCode.UNAVAILABLE,
                "Replies cannot be read: " + cause.getMessage(),
                "Mend what Kafka's message names, then send again.",
                cause);
    }

    /** Ends the loop, which closes the consumer. Does not wait. */
    void stop() {
        stopped.countDown();
        consumer.wakeup();
    }
}
