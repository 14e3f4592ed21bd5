package dev.remora.reply;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeTransactionsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the transactions of those who have committed for the group and are gone: an instance that was killed leaves one
 * open, and until it times out the brokers say neither how far the group is nor show what others have replied since.
 * Thread-safe; waits for nothing.
 *
 * <p>All of the group's partitions are looked at, not only those that are taken over: who was killed in its first
 * transaction over one of these is named by the others that it had.
 */
final class Predecessors {
    private static final Logger LOG = LoggerFactory.getLogger(Predecessors.class);

    private final ReplySettings settings;

    Predecessors(ReplySettings settings) {
        this.settings = settings;
    }

    /** Fences the producers of whoever committed for the group, is in it no longer, and has left a transaction open. */
    void fence(Admin brokers) {
        writers(brokers)
                .thenCompose(writers -> writers.isEmpty()
                        ? CompletableFuture.completedFuture(Set.<String>of())
                        : members(brokers).thenApply(members -> without(writers, members)))
                .thenCompose(gone -> open(brokers, ids(gone)))
                .thenCompose(open -> fence(brokers, open))
                .whenComplete((ended, failure) -> {
                    if (failure != null) {
                        LOG.warn(
                                "What a predecessor has left open could not be ended ({}): it ends by itself within"
                                        + " seconds. Where rights are missing: {}; {}",
                                Remedies.root(failure).toString(),
                                Grant.group(settings.group(), "READ", "DESCRIBE"),
                                Grant.transactionalIds(settings.endpoint() + "-", "WRITE", "DESCRIBE"));
                    } else if (!ended.isEmpty()) {
                        LOG.info("Ended the transactions {} of instances that are gone.", ended);
                    }
                });
    }

    /** Who committed last for each partition, from what is there without waiting for open transactions. */
    private CompletionStage<Set<String>> writers(Admin brokers) {
        return brokers.listConsumerGroupOffsets(settings.group())
                .partitionsToOffsetAndMetadata()
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

    private List<String> ids(Set<String> instances) {
        List<String> ids = new ArrayList<>();
        instances.forEach(each -> ids.addAll(ProducerPair.transactionalIds(settings.endpoint(), each)));
        return ids;
    }

    /** One that is at rest is left alone: it may be of an instance that comes back this very moment. */
    private static CompletionStage<Set<String>> open(Admin brokers, List<String> ids) {
        DescribeTransactionsResult described = brokers.describeTransactions(ids);
        CompletionStage<Set<String>> open = CompletableFuture.completedFuture(Set.of());
        for (String id : ids) {
            CompletionStage<Boolean> state = described
                    .description(id)
                    .toCompletionStage()
                    .handle((transaction, failure) -> isOpen(transaction, failure));
            open = open.thenCombine(state, (some, isOpen) -> isOpen ? and(some, id) : some);
        }
        return open;
    }

    private static boolean isOpen(@Nullable TransactionDescription transaction, @Nullable Throwable failure) {
        if (transaction != null) {
            return transaction.state() == TransactionState.ONGOING;
        }
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof TransactionalIdNotFoundException) {
            return false;
        }
        throw new CompletionException(cause);
    }

    private static Set<String> and(Set<String> some, String one) {
        Set<String> both = new TreeSet<>(some);
        both.add(one);
        return both;
    }

    private static CompletionStage<Set<String>> fence(Admin brokers, Set<String> open) {
        return open.isEmpty()
                ? CompletableFuture.completedFuture(open)
                : brokers.fenceProducers(open).all().toCompletionStage().thenApply(done -> open);
    }
}
