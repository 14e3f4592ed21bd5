package dev.remora.spread;

import dev.remora.intake.Standing;
import dev.remora.protocol.ModelName;
import dev.remora.reply.Unsettled;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rest of this instance, and the brokers as an admin client sees them. Confined to the control thread. */
final class InstanceSurroundings implements Spreader.Surroundings {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceSurroundings.class);
    private static final long CALL_SECONDS = 5;

    /** The control thread has more to do than to wait for a partition that has no leader. */
    private static final Duration ENDS_LIMIT = Duration.ofSeconds(1);

    private final SpreadSettings settings;
    private final Control.Parts parts;
    private final ResidencyTable residency;

    InstanceSurroundings(SpreadSettings settings, Control.Parts parts, ResidencyTable residency) {
        this.settings = settings;
        this.parts = parts;
        this.residency = residency;
    }

    @Override
    public Standing standing() {
        return parts.intake().standing();
    }

    @Override
    public void spread(Map<ModelName, List<Integer>> lanes) {
        parts.intake().spread(lanes);
    }

    @Override
    public CompletionStage<Void> announce(TopicPartition home, long epoch, ProducerRecord<byte[], byte[]> route) {
        return parts.replies().announce(home, epoch, route);
    }

    @Override
    public Topology topology(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
        KafkaFuture<Map<String, TopicDescription>> topics =
                admin.describeTopics(List.of(settings.invocations())).allTopicNames();
        KafkaFuture<Map<String, ConsumerGroupDescription>> groups =
                admin.describeConsumerGroups(List.of(settings.group())).all();
        TopicDescription topic = topics.get(CALL_SECONDS, TimeUnit.SECONDS).get(settings.invocations());
        ConsumerGroupDescription group =
                groups.get(CALL_SECONDS, TimeUnit.SECONDS).get(settings.group());
        return topic == null || group == null
                ? Topology.NONE
                : Topology.of(settings.invocations(), topic.partitions().size(), group);
    }

    @Override
    public void measure(Admin admin, Set<Integer> partitions)
            throws InterruptedException, ExecutionException, TimeoutException {
        List<TopicPartition> topic = partitions.stream()
                .map(each -> new TopicPartition(settings.invocations(), each))
                .toList();
        KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> committed = admin.listConsumerGroupOffsets(
                        Map.of(settings.group(), new ListConsumerGroupOffsetsSpec().topicPartitions(topic)))
                .partitionsToOffsetAndMetadata(settings.group());
        ListOffsetsResult ends = admin.listOffsets(
                topic.stream().collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest())),
                new ListOffsetsOptions(IsolationLevel.READ_COMMITTED).timeoutMs((int) ENDS_LIMIT.toMillis()));
        Map<TopicPartition, OffsetAndMetadata> progress = committed.get(CALL_SECONDS, TimeUnit.SECONDS);
        parts.intake().measured(waiting(progress, said(ends, topic, ENDS_LIMIT)));
    }

    /** Those ends that the brokers say in time: of a partition without a leader they say none, and no other waits for it. */
    static Map<TopicPartition, ListOffsetsResultInfo> said(
            ListOffsetsResult ends, List<TopicPartition> partitions, Duration limit) throws InterruptedException {
        Map<TopicPartition, KafkaFuture<ListOffsetsResultInfo>> asked =
                partitions.stream().collect(Collectors.toMap(each -> each, ends::partitionResult));
        try {
            KafkaFuture.allOf(asked.values().toArray(KafkaFuture[]::new)).get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Nobody says how far some of {} are.", partitions, e);
        }
        Map<TopicPartition, ListOffsetsResultInfo> said = new HashMap<>();
        for (Map.Entry<TopicPartition, KafkaFuture<ListOffsetsResultInfo>> each : asked.entrySet()) {
            if (each.getValue().isDone() && !each.getValue().isCompletedExceptionally()) {
                said.put(
                        each.getKey(),
                        each.getValue()
                                .toCompletionStage()
                                .toCompletableFuture()
                                .join());
            }
        }
        return said;
    }

    /** Of partitions whose group has committed nothing yet, nothing is known. */
    static Map<Integer, Long> waiting(
            Map<TopicPartition, OffsetAndMetadata> committed, Map<TopicPartition, ListOffsetsResultInfo> ends) {
        Map<Integer, Long> waiting = new HashMap<>();
        ends.forEach((partition, end) -> {
            OffsetAndMetadata progress = committed.get(partition);
            if (progress != null) {
                waiting.put(partition.partition(), Unsettled.count(progress, end.offset()));
            }
        });
        return waiting;
    }

    @Override
    public Elsewhere elsewhere(ModelName model) {
        return residency.elsewhere(model, settings.instance());
    }
}
