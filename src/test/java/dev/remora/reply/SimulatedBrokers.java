package dev.remora.reply;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Brokers as far as transactions go: what is visible, what the group has committed, and what is open; and everything that
 * may go wrong between them and a producer, at the dice's will. Each commit is held against what is visible.
 */
final class SimulatedBrokers implements Brokers {
    /** Keys of what readers of committed records see, in their order. */
    final List<String> visible = new ArrayList<>();

    /** The request at an offset of the log as it is now. */
    final Map<Long, String> log = new HashMap<>();

    final TopicPartition partition;
    final Random dice;
    int generation = 1;
    Uuid topicId = Uuid.randomUuid();

    /** Those that no reply can be written for, not even a dead letter: they are settled without. */
    Predicate<String> hopeless = request -> false;

    boolean calm;
    long end;
    private @Nullable OffsetAndMetadata committed;
    private final Map<Integer, Integer> epochs = new HashMap<>();
    private final Map<Integer, Open> open = new HashMap<>();

    SimulatedBrokers(TopicPartition partition, Random dice) {
        this.partition = partition;
        this.dice = dice;
    }

    /** A transaction that is not over. */
    static final class Open {
        final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();

        @Nullable
        OffsetAndMetadata offset;

        /** The commit has been asked for, and may have arrived. */
        boolean asked;
    }

    /** Whether one of so many times something goes wrong. */
    boolean mishap(int oneIn) {
        return !calm && dice.nextInt(oneIn) == 0;
    }

    /** Ends what the id has open, and gives it to a new producer. */
    int begin(int id) {
        end(id);
        return epochs.merge(id, 1, Integer::sum);
    }

    void check(int id, int epoch) {
        if (epochs.getOrDefault(id, 0) != epoch) {
            throw new ProducerFencedException("an older epoch");
        }
    }

    Open open(int id) {
        return open.computeIfAbsent(id, each -> new Open());
    }

    void abort(int id) {
        open.remove(id);
    }

    void commit(int id) {
        Open over = open.remove(id);
        if (over == null) {
            return;
        }
        over.records.forEach(each -> visible.add(new String(each.key(), StandardCharsets.UTF_8)));
        if (over.offset != null) {
            committed = over.offset;
            everythingSettledIsVisible();
        }
    }

    /** What an heir does: ends all that is open. */
    void fenceAll() {
        for (int id : Set.copyOf(epochs.keySet())) {
            begin(id);
        }
    }

    /** Another owner of the partition answers this request, and commits. */
    void answeredElsewhere(long offset) {
        PartitionProgress progress = new PartitionProgress(start(), "other", 1, new MetadataLimit());
        if (progress.settle(offset)) {
            visible.add(String.valueOf(log.get(offset)));
            committed = progress.commit();
            everythingSettledIsVisible();
        }
    }

    /** The topic is made anew under its name, and the group knows nothing of it. */
    void recreate() {
        fenceAll();
        topicId = Uuid.randomUuid();
        committed = null;
        log.clear();
        end = 0;
    }

    StartPoint start() {
        OffsetAndMetadata at = committed;
        if (at == null) {
            return StartPoint.at(partition, topicId, 0);
        }
        Runs settled = ProgressMetadata.decode(at.offset(), at.metadata())
                .filter(metadata -> metadata.topicId().equals(topicId))
                .map(ProgressMetadata::settled)
                .orElse(Runs.NONE);
        return new StartPoint(
                partition, topicId, at.offset(), settled, at.metadata().length());
    }

    @Override
    public CompletionStage<Map<TopicPartition, StartPoint>> startPoints(Collection<TopicPartition> partitions) {
        boolean unstable = open.values().stream().anyMatch(each -> each.offset != null);
        return unstable || mishap(4)
                ? CompletableFuture.failedFuture(new TimeoutException("not stable"))
                : CompletableFuture.completedFuture(Map.of(partition, start()));
    }

    @Override
    public CompletionStage<TopicShape> shape(String topic) {
        return CompletableFuture.failedFuture(new KafkaException("nobody asks"));
    }

    @Override
    public void close() {}

    private void end(int id) {
        Open left = open.get(id);
        if (left != null && left.asked && dice.nextBoolean()) {
            commit(id);
        } else {
            abort(id);
        }
    }

    private void everythingSettledIsVisible() {
        Set<String> seen = new HashSet<>(visible);
        StartPoint now = start();
        log.forEach((offset, request) -> {
            if (now.settled(offset) && !seen.contains(request) && !hopeless.test(request)) {
                throw new AssertionError("settled without a reply: " + request);
            }
        });
    }
}
