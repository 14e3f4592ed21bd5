package dev.remora.spread;

import dev.remora.intake.Standing;
import dev.remora.protocol.ModelName;
import dev.remora.reply.Unsettled;
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
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** The rest of this instance, and the brokers as an admin client sees them. Confined to the control thread. */
final class InstanceSurroundings implements Spreader.Surroundings {
    private static final long CALL_SECONDS = 5;

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
        KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> ends = admin.listOffsets(
                        topic.stream().collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest())),
                        new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .all();
        parts.intake()
                .measured(waiting(
                        committed.get(CALL_SECONDS, TimeUnit.SECONDS), ends.get(CALL_SECONDS, TimeUnit.SECONDS)));
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
