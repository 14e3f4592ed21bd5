package dev.remora.intake;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.reply.Delivery;
import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySnapshot;
import dev.remora.reply.StartPoint;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Notes what it is told, and says what the test has it say. */
final class FakeReplies implements ReplySender {
    final List<String> told = new CopyOnWriteArrayList<>();
    final List<Given> given = new CopyOnWriteArrayList<>();
    final List<Forwarded> forwarded = new CopyOnWriteArrayList<>();
    final Map<TopicPartition, Commit> progress = new ConcurrentHashMap<>();
    final Map<TopicPartition, Long> startAt = new ConcurrentHashMap<>();
    volatile @Nullable CompletableFuture<Map<TopicPartition, StartPoint>> slowStart;
    volatile boolean room = true;

    /** Nothing that was given leaves any more. */
    volatile boolean silent;

    volatile Uuid topicId = Uuid.ZERO_UUID;

    /** A reply as it was given. */
    record Given(
            Receipt receipt,
            ReplyHead head,
            @Nullable EncodedBody body,
            @Nullable RemoraException error) {}

    /** A record that was left to another partition. */
    record Forwarded(Receipt receipt, ProducerRecord<byte[], byte[]> record, Fate fate) {}

    @Override
    public CompletionStage<Map<TopicPartition, StartPoint>> startPoints(Collection<TopicPartition> partitions) {
        CompletableFuture<Map<TopicPartition, StartPoint>> slow = slowStart;
        if (slow != null) {
            return slow;
        }
        Map<TopicPartition, StartPoint> points = new HashMap<>();
        partitions.forEach(each -> points.put(each, StartPoint.at(each, topicId, startAt.getOrDefault(each, 0L))));
        return CompletableFuture.completedFuture(points);
    }

    @Override
    public void assigned(StartPoint start, long epoch) {
        String topic = start.topicId().equals(Uuid.ZERO_UUID) ? "" : " of " + start.topicId();
        told.add("assigned " + start.partition() + "@" + start.position() + " epoch " + epoch + topic);
    }

    @Override
    public void generation(ConsumerGroupMetadata group) {
        told.add("generation");
    }

    @Override
    public void seen(Span span) {
        told.add("seen " + span.partition() + " " + span.from() + ".." + span.to());
    }

    @Override
    public CompletionStage<Map<TopicPartition, Commit>> flush(Collection<TopicPartition> partitions) {
        told.add("flush " + partitions);
        if (silent) {
            return new CompletableFuture<>();
        }
        return CompletableFuture.completedFuture(Map.copyOf(progress));
    }

    @Override
    public void metadataRefused(int chars) {
        told.add("metadata of " + chars + " refused");
    }

    @Override
    public void revoked(Collection<TopicPartition> partitions) {
        told.add("revoked " + partitions);
    }

    @Override
    public void succeed(Receipt receipt, ReplyContext context, ReplyHead head, EncodedBody body) {
        given.add(new Given(receipt, head, body, null));
    }

    @Override
    public void fail(Receipt receipt, ReplyContext context, ReplyHead head, RemoraException error) {
        given.add(new Given(receipt, head, null, error));
    }

    @Override
    public void forward(Receipt receipt, ReplyContext context, ProducerRecord<byte[], byte[]> record, Fate fate) {
        forwarded.add(new Forwarded(receipt, record, fate));
    }

    @Override
    public CompletionStage<Void> announce(TopicPartition partition, long epoch, ProducerRecord<byte[], byte[]> record) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Delivery delivery() {
        return Delivery.AT_LEAST_ONCE;
    }

    @Override
    public Map<TopicPartition, Commit> progress() {
        return Map.copyOf(progress);
    }

    @Override
    public boolean hasRoom() {
        return room;
    }

    @Override
    public void awaitRoom(Duration limit) {}

    @Override
    public ReplySnapshot snapshot() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
