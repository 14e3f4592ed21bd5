package dev.remora.reply;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.reply.Completion.Attempt;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Replies over Kafka. Thread-safe. */
final class KafkaReplySender implements ReplySender {
    /** Of a record beside its key, value and headers: the batch around it included. */
    private static final int RECORD_OVERHEAD_BYTES = 90;

    private static final int HEADER_OVERHEAD_BYTES = 10;

    /** The longest that a reply waits for others to leave with, and that what was read waits to be noted. */
    static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

    /** Of the time that a request has waited for its turn, its reply may wait as much again by one in so many parts. */
    private static final int PATIENCE_PART = 4;

    private final ReplySettings settings;
    private final MessageCodec codec;
    private final Brokers brokers;
    private final ReplyTopics topics;
    private final Room room;
    private final Refusals refusals;
    private final ProgressBoard board;
    private final Outbox outbox;
    private final Verdicts verdicts;
    private final ReplyLoop loop;
    private final Pace pace;
    private final LongSupplier nanos;
    private final int maxRecordBytes;
    private @Nullable Thread thread;

    KafkaReplySender(
            ReplySettings settings,
            MessageCodec codec,
            Brokers brokers,
            IntFunction<Producer<byte[], byte[]>> producers,
            int maxRecordBytes,
            LongSupplier nanos) {
        this.settings = settings;
        this.codec = codec;
        this.brokers = brokers;
        this.maxRecordBytes = maxRecordBytes;
        this.topics = new ReplyTopics(brokers::shape, nanos);
        this.room = new Room(settings.maxPendingBytes());
        this.refusals = new Refusals(settings, codec);
        this.board = new ProgressBoard(settings.instance());
        this.verdicts = new Verdicts(board, room, refusals, new Remedies(settings), this::replace, nanos);
        this.outbox = outbox(producers, nanos);
        this.loop = new ReplyLoop(board, outbox, nanos);
        this.pace = new Pace(nanos.getAsLong());
        this.nanos = nanos;
    }

    static KafkaReplySender start(
            ReplySettings settings,
            Map<String, Object> connection,
            Map<String, Object> producer,
            MessageCodec codec,
            ThreadFactory threads,
            LongSupplier nanos) {
        Predecessors predecessors = new Predecessors(settings);
        return start(settings, connection, producer, codec, threads, nanos, predecessors::fence);
    }

    /** @param taking what is asked of the brokers when partitions are taken over, with exactly-once */
    static KafkaReplySender start(
            ReplySettings settings,
            Map<String, Object> connection,
            Map<String, Object> producer,
            MessageCodec codec,
            ThreadFactory threads,
            LongSupplier nanos,
            Consumer<Admin> taking) {
        ProducerSettings properties = ProducerSettings.of(settings, connection, producer);
        boolean exactlyOnce = settings.delivery() == Delivery.EXACTLY_ONCE;
        List<String> ids = ProducerPair.transactionalIds(settings.endpoint(), settings.instance());
        KafkaReplySender sender = new KafkaReplySender(
                settings,
                codec,
                new AdminBrokers(
                        settings.group(), () -> Admin.create(properties.admin()), exactlyOnce ? taking : admin -> {}),
                index -> new KafkaProducer<>(
                        exactlyOnce ? properties.transactional(ids.get(index)) : properties.producer()),
                properties.maxRecordBytes(),
                nanos);
        Thread thread = threads.newThread(sender.loop);
        thread.setName("remora-reply");
        sender.thread = thread;
        thread.start();
        return sender;
    }

    @Override
    public CompletionStage<Map<TopicPartition, StartPoint>> startPoints(Collection<TopicPartition> partitions) {
        return brokers.startPoints(partitions);
    }

    @Override
    public void assigned(StartPoint start, long epoch) {
        post(() -> board.assigned(start, epoch));
    }

    @Override
    public void generation(ConsumerGroupMetadata group) {
        post(() -> outbox.generation(group));
    }

    @Override
    public void seen(Span span) {
        loop.post(() -> board.seen(span), PATIENCE_NANOS);
    }

    @Override
    public CompletionStage<Map<TopicPartition, Commit>> flush(Collection<TopicPartition> partitions) {
        return loop.flush(partitions);
    }

    @Override
    public void metadataRefused(int chars) {
        post(() -> board.refused(chars));
    }

    @Override
    public void revoked(Collection<TopicPartition> partitions) {
        List<TopicPartition> gone = List.copyOf(partitions);
        post(() -> board.revoked(gone));
    }

    @Override
    public void succeed(Receipt receipt, ReplyContext context, ReplyHead head, EncodedBody body) {
        accept(new Completion(receipt, context, head, codec.encodeReply(context, head, body), 200, Attempt.AS_MADE));
    }

    @Override
    public void fail(Receipt receipt, ReplyContext context, ReplyHead head, RemoraException error) {
        int status = error.code().status();
        accept(new Completion(
                receipt, context, head, codec.encodeReply(context, head, error), status, Attempt.AS_MADE));
    }

    @Override
    public void forward(Receipt receipt, ReplyContext context, ProducerRecord<byte[], byte[]> record, Fate fate) {
        accept(new Completion(receipt, context, ReplyHead.of(settings.instance()), record, 0, Attempt.AS_MADE, fate));
    }

    @Override
    public CompletionStage<Void> announce(TopicPartition partition, long epoch, ProducerRecord<byte[], byte[]> record) {
        Announcement announcement = new Announcement(partition, epoch, record, new CompletableFuture<>());
        topics.check(record, bytes(record))
                .whenComplete((shape, failure) -> post(() -> announce(announcement, failure)));
        return announcement.done();
    }

    private void announce(Announcement announcement, @Nullable Throwable failure) {
        if (failure != null) {
            announcement.unsaid(failure);
        } else if (board.of(announcement.partition(), announcement.epoch()) == null) {
            announcement.unsaid(new KafkaException(announcement.partition() + " has moved on"));
        } else {
            outbox.announce(announcement);
        }
    }

    @Override
    public Delivery delivery() {
        return settings.delivery();
    }

    @Override
    public Map<TopicPartition, Commit> progress() {
        return board.published();
    }

    @Override
    public boolean hasRoom() {
        return room.available();
    }

    @Override
    public void awaitRoom(Duration limit) throws InterruptedException {
        room.await(limit);
    }

    @Override
    public ReplySnapshot snapshot() {
        return verdicts.snapshot(loop.lastTurnNanos());
    }

    @Override
    public void close() {
        loop.stop();
        Thread running = thread;
        try {
            if (running != null) {
                running.join(settings.closeTimeout().toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            brokers.close();
        }
    }

    ReplyLoop loop() {
        return loop;
    }

    private Outbox outbox(IntFunction<Producer<byte[], byte[]>> producers, LongSupplier nanos) {
        if (settings.delivery() == Delivery.AT_LEAST_ONCE) {
            return new DirectOutbox(
                    () -> producers.apply(0),
                    acknowledgement -> loop.post(acknowledgement, patience(PATIENCE_NANOS)),
                    this::route,
                    verdicts,
                    nanos);
        }
        ProducerPair pair = new ProducerPair(producers);
        return new TransactionalOutbox(pair, brokers::startPoints, board, this::post, this::route, verdicts, nanos);
    }

    private void post(Runnable message) {
        loop.post(message);
    }

    private void accept(Completion completion) {
        room.take(completion.bytes());
        route(completion);
    }

    /** Checks that a reply can be written before it gets in the way of others; what cannot is replaced. */
    private void route(Completion completion) {
        ProducerRecord<byte[], byte[]> reply = completion.reply();
        int bytes = bytes(reply);
        if (completion.attempt().compareTo(Attempt.DEAD_LETTER) >= 0) {
            post(() -> outbox.send(completion));
        } else if (bytes > maxRecordBytes) {
            replace(completion, ReplyTopics.tooLarge(reply.topic(), bytes, maxRecordBytes));
        } else if (refusals.ours(reply.topic()) && reply.partition() == null) {
            send(completion);
        } else {
            topics.check(reply, bytes).whenComplete((shape, failure) -> checked(completion, failure));
        }
    }

    private void checked(Completion completion, @Nullable Throwable failure) {
        if (failure == null) {
            send(completion);
            return;
        }
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof RemoraException reason) {
            replace(completion, reason);
        } else {
            // The brokers did not say: as with a reply that they did not take.
            topics.forget(completion.reply().topic());
            post(() -> outbox.held(completion, new KafkaException(cause)));
        }
    }

    /**
     * Under load requests wait for their turn, and a reply more or less at once is nothing to them: then many leave
     * together, which costs the brokers, and us, a fraction. A reply whose request found us idle leaves at once, and so
     * do all when there is no room for more.
     */
    private void send(Completion completion) {
        long waited = completion.head().timing().queueNanos();
        long beat = settings.delivery() == Delivery.EXACTLY_ONCE ? pace.patienceNanos(nanos.getAsLong()) : 0;
        loop.post(() -> leave(completion), patience(Math.max(beat, waited / PATIENCE_PART)));
    }

    private void leave(Completion completion) {
        pace.leaves(nanos.getAsLong(), completion.head().timing().queueNanos());
        outbox.send(completion);
    }

    private long patience(long nanos) {
        return room.available() ? Math.min(PATIENCE_NANOS, nanos) : 0;
    }

    private void replace(Completion refused, RemoraException reason) {
        Fate fate = refused.fate();
        if (fate != null) {
            room.give(refused.bytes());
            fate.kept(reason);
            return;
        }
        Completion next = refusals.next(refused, reason);
        room.take(next.bytes());
        room.give(refused.bytes());
        route(next);
    }

    private static int bytes(ProducerRecord<byte[], byte[]> record) {
        int bytes = RECORD_OVERHEAD_BYTES + length(record.key()) + length(record.value());
        for (Header header : record.headers()) {
            bytes += HEADER_OVERHEAD_BYTES + header.key().length() * 3 + length(header.value());
        }
        return bytes;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
