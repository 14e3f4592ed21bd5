package dev.remora.intake;

import dev.remora.intake.Deferred.Place;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.reply.ReplySender.Receipt;
import dev.remora.reply.Trouble;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that reads deferred records again when there is room for them, by a consumer of its own that is in no group
 * and is there only while it has work.
 */
final class DeferredReader implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(DeferredReader.class);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration ROOM_LIMIT = Duration.ofSeconds(1);
    private static final long FAILED_MILLIS = 3_000;
    private static final long NO_PROGRESS_MILLIS = 20;
    private static final int MISSING_AT_ONCE = 500;

    /** To read on over so many offsets is cheaper than to fetch anew. */
    private static final long NEAR = 1_000;

    private final Supplier<Consumer<byte[], byte[]>> connect;
    private final Serving serving;
    private final Window window;
    private final Reading reading;
    private final Trouble trouble;
    private final CountDownLatch stop = new CountDownLatch(1);
    private @Nullable Consumer<byte[], byte[]> consumer;

    /** The fault of ours whose stack trace stands in the log. */
    private @Nullable Class<?> logged;

    DeferredReader(Supplier<Consumer<byte[], byte[]>> connect, Serving serving) {
        this.connect = connect;
        this.serving = serving;
        this.window = serving.window();
        this.reading = new Reading(serving);
        this.trouble = new Trouble(LOG, serving.parts().nanos());
    }

    @Override
    public void run() {
        try {
            while (stop.getCount() > 0) {
                turn();
            }
        } catch (InterruptedException | InterruptException e) {
            Thread.currentThread().interrupt();
        } finally {
            disconnect();
        }
    }

    Trouble trouble() {
        return trouble;
    }

    /** Ends the thread. Any thread. */
    void stop() {
        stop.countDown();
    }

    void turn() throws InterruptedException {
        try {
            Place place = window.nextDeferred(IDLE, serving.forwarder()::wants);
            if (place == null) {
                disconnect();
                return;
            }
            serving.parts().replies().awaitRoom(ROOM_LIMIT);
            if (read(place) == 0) {
                stop.await(NO_PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
            }
            trouble.over();
        } catch (InterruptException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            // Without this thread what is deferred would have no reply before the next owner's.
            say(e);
            disconnect();
            stop.await(FAILED_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** A fault of ours is nothing to look for at the brokers. */
    private void say(Throwable failure) {
        String what = "Records that were deferred because their models are flooded cannot be read again ";
        if (failure instanceof KafkaException) {
            trouble.is(
                    failure.getClass().getName(),
                    what + "(" + failure.getMessage() + "). Check the brokers, and the right to READ '"
                            + serving.settings().topic() + "'; tried again.");
            return;
        }
        if (!failure.getClass().equals(logged)) {
            logged = failure.getClass();
            LOG.error("A fault of ours while deferred records were read again; please report it.", failure);
        }
        trouble.is(
                failure.getClass().getName(),
                what + "for a fault on our side, not the brokers' (" + failure
                        + "); tried again. Please report it with the stack trace that stands in the log once.");
    }

    /** Returns how many records wait here no longer. */
    private long read(Place place) {
        Consumer<byte[], byte[]> from = at(place);
        long before = window.backlog().deferred();
        Set<Long> present = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> record : from.poll(POLL)) {
            present.add(record.offset());
            reading.readAgain(record);
        }
        long to = from.position(place.partition());
        window.ask(in -> in.deferred().takeMissing(place, to, present, MISSING_AT_ONCE))
                .forEach(this::answerMissing);
        return before - window.backlog().deferred();
    }

    private Consumer<byte[], byte[]> at(Place place) {
        Consumer<byte[], byte[]> reader = consumer;
        if (reader == null) {
            reader = connect.get();
            consumer = reader;
        }
        TopicPartition partition = place.partition();
        if (!reader.assignment().contains(partition)) {
            reader.assign(List.of(partition));
            reader.seek(partition, place.offset());
        }
        long ahead = place.offset() - reader.position(partition);
        if (ahead < 0 || ahead > NEAR) {
            reader.seek(partition, place.offset());
        }
        return reader;
    }

    /** Retention was faster than we: what remains is to say so, in the only words that are left of the request. */
    private void answerMissing(Place place) {
        TopicPartition partition = place.partition();
        String id = partition.topic() + "-" + partition.partition() + "-" + place.offset();
        byte[] nothing = {};
        ConsumerRecord<byte[], byte[]> gone =
                new ConsumerRecord<>(partition.topic(), partition.partition(), place.offset(), nothing, nothing);
        RemoraException error = new RemoraException(
                ErrorCode.DEADLINE_EXCEEDED,
                "The topic's retention deleted the request for " + place.model() + " before its turn came.",
                "Give the topic a longer retention, or the endpoint more instances.");
        serving.answers()
                .rejected(
                        new Receipt(gone, place.epoch()),
                        place.model(),
                        new ReplyContext(id, ReplyAddress.DEFAULT, List.of()),
                        error);
    }

    private void disconnect() {
        Consumer<byte[], byte[]> old = consumer;
        consumer = null;
        if (old != null) {
            try {
                old.close();
            } catch (RuntimeException | Error e) {
                LOG.debug("The consumer did not close cleanly.", e);
            }
        }
    }
}
