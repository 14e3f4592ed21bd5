package dev.remora.reply;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Asks the brokers through one admin client. Thread-safe. */
final class AdminBrokers implements Brokers {
    private static final int UNKNOWN_LIMIT = Integer.MAX_VALUE;

    /** The client asks for a leader all that while, and the other partitions wait with the one that has none. */
    private static final int EARLIEST_MILLIS = 5_000;

    private final String group;
    private final Supplier<Admin> connect;
    private final Consumer<Admin> taking;
    private @Nullable Admin admin;

    /**
     * A client that connects with its first question.
     *
     * @param connect may fail while the brokers' names do not resolve; tried again with the next question
     * @param taking what to ask of the brokers besides when partitions are taken over
     */
    AdminBrokers(String group, Supplier<Admin> connect, Consumer<Admin> taking) {
        this.taking = taking;
        this.group = group;
        this.connect = connect;
    }

    @Override
    public CompletionStage<Map<TopicPartition, StartPoint>> startPoints(Collection<TopicPartition> partitions) {
        return ask(brokers -> {
            taking.accept(brokers);
            CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> committed =
                    committed(brokers, partitions).toCompletableFuture();
            CompletableFuture<Map<TopicPartition, Long>> earliest =
                    earliest(brokers, partitions).toCompletableFuture();
            CompletableFuture<Map<String, Uuid>> ids =
                    topicIds(brokers, partitions).toCompletableFuture();
            return CompletableFuture.allOf(committed, earliest, ids)
                    .thenApply(all -> startPoints(committed.join(), earliest.join(), ids.join()));
        });
    }

    @Override
    public CompletionStage<TopicShape> shape(String topic) {
        return ask(brokers -> {
                    CompletableFuture<Map<String, TopicDescription>> description = brokers.describeTopics(Set.of(topic))
                            .allTopicNames()
                            .toCompletionStage()
                            .toCompletableFuture();
                    CompletableFuture<Integer> limit = limit(brokers, topic).toCompletableFuture();
                    return description.thenCombine(
                            limit, (found, most) -> new TopicShape(partitions(found.get(topic)), most));
                })
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(explain(topic, failure)));
    }

    @Override
    public synchronized void close() {
        if (admin != null) {
            admin.close(Duration.ofSeconds(1));
        }
    }

    /**
     * Where those go on that can. The others are to be asked about again, and keep none of these waiting.
     *
     * @param committed without those whose last commit is still in doubt; null for those that have none
     */
    static Map<TopicPartition, StartPoint> startPoints(
            Map<TopicPartition, OffsetAndMetadata> committed,
            Map<TopicPartition, Long> earliest,
            Map<String, Uuid> topicIds) {
        Map<TopicPartition, StartPoint> points = new HashMap<>();
        committed.forEach((partition, offset) -> {
            Uuid topicId = topicIds.getOrDefault(partition.topic(), Uuid.ZERO_UUID);
            startPoint(partition, topicId, offset, earliest.get(partition))
                    .ifPresent(point -> points.put(partition, point));
        });
        return points;
    }

    /**
     * Empty where neither the group nor the log says where to begin.
     *
     * @param earliest null while the partition has no leader to say it
     */
    static Optional<StartPoint> startPoint(
            TopicPartition partition, Uuid topicId, @Nullable OffsetAndMetadata committed, @Nullable Long earliest) {
        Optional<StartPoint> first = Optional.ofNullable(earliest).map(at -> StartPoint.at(partition, topicId, at));
        if (committed == null) {
            return first;
        }
        Optional<ProgressMetadata> progress = ProgressMetadata.decode(committed.offset(), committed.metadata());
        if (progress.isPresent() && ofAnotherLog(progress.get().topicId(), topicId)) {
            // Its offsets say nothing of the topic that has the name now.
            return first;
        }
        Runs settled = progress.filter(metadata -> metadata.topicId().equals(topicId))
                .map(ProgressMetadata::settled)
                .orElse(Runs.NONE);
        long position = Math.max(earliest == null ? 0 : earliest, committed.offset());
        int chars = progress.isPresent() ? committed.metadata().length() : 0;
        return Optional.of(new StartPoint(partition, topicId, position, settled, chars));
    }

    /** Brokers that know no topic ids give all topics the same one, and so do we where we cannot ask. */
    private static boolean ofAnotherLog(Uuid written, Uuid now) {
        return !written.equals(now) && !written.equals(Uuid.ZERO_UUID) && !now.equals(Uuid.ZERO_UUID);
    }

    /** A partition that is missing from the answer could not be read for now; one without a commit has null. */
    private CompletionStage<Map<TopicPartition, OffsetAndMetadata>> committed(
            Admin brokers, Collection<TopicPartition> partitions) {
        ListConsumerGroupOffsetsSpec spec = new ListConsumerGroupOffsetsSpec().topicPartitions(List.copyOf(partitions));
        return brokers.listConsumerGroupOffsets(
                        Map.of(group, spec), new ListConsumerGroupOffsetsOptions().requireStable(true))
                .partitionsToOffsetAndMetadata(group)
                .toCompletionStage();
    }

    private static CompletionStage<Map<TopicPartition, Long>> earliest(
            Admin brokers, Collection<TopicPartition> partitions) {
        return earliest(
                brokers.listOffsets(
                        partitions.stream().collect(Collectors.toMap(each -> each, each -> OffsetSpec.earliest())),
                        new ListOffsetsOptions().timeoutMs(EARLIEST_MILLIS)),
                partitions);
    }

    /** Without those that are unavailable for now: one partition without a leader keeps none of the others waiting. */
    static CompletionStage<Map<TopicPartition, Long>> earliest(
            ListOffsetsResult asked, Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> found = new ConcurrentHashMap<>();
        CompletableFuture<?>[] answers = partitions.stream()
                .map(each -> asked.partitionResult(each)
                        .toCompletionStage()
                        .thenAccept(info -> found.put(each, info.offset()))
                        .exceptionallyCompose(AdminBrokers::unlessUnavailable)
                        .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(answers).thenApply(all -> found);
    }

    private static CompletionStage<Void> unlessUnavailable(Throwable failure) {
        return Remedies.root(failure) instanceof RetriableException
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(failure);
    }

    private static CompletionStage<Map<String, Uuid>> topicIds(Admin brokers, Collection<TopicPartition> partitions) {
        Set<String> topics = partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet());
        return brokers.describeTopics(topics)
                .allTopicNames()
                .toCompletionStage()
                .thenApply(found -> found.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, each -> each.getValue().topicId())));
    }

    /** The topic's own limit, where we may read it: the broker says it again otherwise. */
    private static CompletionStage<Integer> limit(Admin brokers, String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return brokers.describeConfigs(Set.of(resource))
                .all()
                .toCompletionStage()
                .handle((found, failure) -> found == null ? UNKNOWN_LIMIT : limit(found.get(resource)));
    }

    private static int partitions(@Nullable TopicDescription found) {
        return found == null ? 0 : found.partitions().size();
    }

    private static int limit(@Nullable Config config) {
        ConfigEntry entry = config == null ? null : config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        return entry == null ? UNKNOWN_LIMIT : Integer.parseInt(entry.value());
    }

    private static Throwable explain(String topic, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof UnknownTopicOrPartitionException || cause instanceof InvalidTopicException) {
            return new RemoraException(ErrorCode.BAD_REQUEST, "The reply topic '" + topic + "' does not exist.");
        }
        if (cause instanceof AuthorizationException) {
            return new RemoraException(
                    ErrorCode.FORBIDDEN,
                    "The endpoint may not write to the reply topic '" + topic + "'.",
                    "Grant its principal WRITE and DESCRIBE on that topic.");
        }
        return cause;
    }

    private <T> CompletionStage<T> ask(Function<Admin, CompletionStage<T>> question) {
        try {
            return question.apply(connected());
        } catch (KafkaException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private synchronized Admin connected() {
        if (admin == null) {
            admin = connect.get();
        }
        return admin;
    }
}
