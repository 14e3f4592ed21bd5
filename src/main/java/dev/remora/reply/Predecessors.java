package dev.remora.reply;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the transactions of those who owned partitions before us and are gone: an instance that was killed leaves one
 * open, and until it times out the brokers say neither how far the group is nor show what others have replied since.
 * Thread-safe; waits for nothing.
 */
final class Predecessors {
    private static final Logger LOG = LoggerFactory.getLogger(Predecessors.class);

    private final ReplySettings settings;

    Predecessors(ReplySettings settings) {
        this.settings = settings;
    }

    /** Fences the producers of whoever committed last for these partitions, unless it is still in the group. */
    void fence(Admin brokers, Collection<TopicPartition> partitions) {
        writers(brokers, partitions)
                .thenCompose(writers -> writers.isEmpty()
                        ? CompletableFuture.completedFuture(Set.<String>of())
                        : members(brokers).thenApply(members -> without(writers, members)))
                .thenCompose(gone -> fence(brokers, gone))
                .whenComplete((gone, failure) -> {
                    if (failure != null) {
                        LOG.warn(
                                "What a predecessor has left open could not be ended ({}): it ends by itself within"
                                        + " seconds. Where rights are missing, grant DESCRIBE and READ on the group, WRITE"
                                        + " and DESCRIBE on transactional ids that begin with '{}-'.",
                                failure.toString(),
                                settings.endpoint());
                    } else if (!gone.isEmpty()) {
                        LOG.info("Took over from {}, which is gone.", gone);
                    }
                });
    }

    /** Who committed last, from what is there without waiting for open transactions. */
    private CompletionStage<Set<String>> writers(Admin brokers, Collection<TopicPartition> partitions) {
        ListConsumerGroupOffsetsSpec spec = new ListConsumerGroupOffsetsSpec().topicPartitions(List.copyOf(partitions));
        return brokers.listConsumerGroupOffsets(Map.of(settings.group(), spec))
                .partitionsToOffsetAndMetadata(settings.group())
                .toCompletionStage()
                .thenApply(this::writers);
    }

    private Set<String> writers(Map<TopicPartition, OffsetAndMetadata> committed) {
        Set<String> writers = new HashSet<>();
        for (OffsetAndMetadata each : committed.values()) {
            Optional.ofNullable(each)
                    .flatMap(offset -> ProgressMetadata.decode(offset.offset(), offset.metadata()))
                    .map(ProgressMetadata::writer)
                    .filter(writer -> !writer.equals(settings.instance()))
                    .ifPresent(writers::add);
        }
        return writers;
    }

    private CompletionStage<Set<String>> members(Admin brokers) {
        return brokers.describeConsumerGroups(List.of(settings.group()))
                .all()
                .toCompletionStage()
                .thenApply(found -> names(found.values()));
    }

    /** Instance ids, and the client ids of those that go without. */
    private static Set<String> names(Collection<ConsumerGroupDescription> groups) {
        Set<String> names = new HashSet<>();
        for (ConsumerGroupDescription group : groups) {
            for (MemberDescription each : group.members()) {
                names.add(each.clientId());
                each.groupInstanceId().ifPresent(names::add);
            }
        }
        return names;
    }

    private Set<String> without(Set<String> writers, Set<String> members) {
        Set<String> gone = new HashSet<>(writers);
        gone.removeIf(each -> members.contains(each) || members.contains(settings.group() + "-" + each));
        return gone;
    }

    private CompletionStage<Set<String>> fence(Admin brokers, Set<String> gone) {
        if (gone.isEmpty()) {
            return CompletableFuture.completedFuture(gone);
        }
        List<String> ids = new ArrayList<>();
        gone.forEach(each -> ids.addAll(ProducerPair.transactionalIds(settings.endpoint(), each)));
        return brokers.fenceProducers(ids).all().toCompletionStage().thenApply(done -> gone);
    }
}
