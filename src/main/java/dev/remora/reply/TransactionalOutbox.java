package dev.remora.reply;

import dev.remora.reply.ReplySender.Receipt;
import dev.remora.reply.Transaction.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.IllegalGenerationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.jspecify.annotations.Nullable;

/**
 * Exactly-once: what replies are ready leave in one transaction with the progress that they make, one transaction after
 * another. Confined to the reply thread, which it blocks while the brokers take their time.
 *
 * <p>Each transaction carries the progress that the one before has reached, so it begins only when the brokers have said
 * how that ended. When they do not say, the producer is asked again; when it cannot know any more, a new one takes its id
 * over, which ends the transaction, and the committed offsets tell how. The generation comes from poll in the order in
 * which it also said which partitions are ours: progress of an earlier assignment is never sent with it.
 */
final class TransactionalOutbox implements Outbox {
    private static final long REFUSED_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long STALE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long REPLACED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long DOUBT_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long STABLE_SECONDS = 15;

    private final ProducerPair producers;
    private final Function<Collection<TopicPartition>, CompletionStage<Map<TopicPartition, StartPoint>>> stable;
    private final ProgressBoard board;
    private final Consumer<Runnable> post;
    private final Consumer<Completion> again;
    private final Verdicts verdicts;
    private final LongSupplier nanos;

    private final Line line;
    private final Deque<Announcement> announcements = new ArrayDeque<>();
    private long idleNanos;
    private @Nullable ConsumerGroupMetadata group;
    private @Nullable Doubt doubt;
    private @Nullable Long pausedUntilNanos;
    private boolean stale;

    /**
     * An outbox with two producers.
     *
     * @param stable reads how far the group is, once no transaction is open
     * @param post wakes the reply thread
     * @param again checks and sends a reply anew
     */
    TransactionalOutbox(
            ProducerPair producers,
            Function<Collection<TopicPartition>, CompletionStage<Map<TopicPartition, StartPoint>>> stable,
            ProgressBoard board,
            Consumer<Runnable> post,
            Consumer<Completion> again,
            Verdicts verdicts,
            LongSupplier nanos) {
        this.producers = producers;
        this.stable = stable;
        this.board = board;
        this.post = post;
        this.again = again;
        this.verdicts = verdicts;
        this.nanos = nanos;
        this.idleNanos = nanos.getAsLong();
        this.line = new Line(board, verdicts);
    }

    @Override
    public void send(Completion completion) {
        if (!verdicts.late(completion)) {
            line.add(completion);
        }
    }

    @Override
    public void held(Completion completion, Exception reason) {
        if (verdicts.again(completion, reason)) {
            line.delay(completion, nanos.getAsLong());
        }
    }

    @Override
    public void announce(Announcement announcement) {
        announcements.add(announcement);
    }

    @Override
    public void generation(ConsumerGroupMetadata now) {
        group = now;
        if (stale) {
            stale = false;
            pausedUntilNanos = null;
        }
    }

    @Override
    public void turn() {
        line.due(nanos.getAsLong()).forEach(again);
        if (paused()) {
            return;
        }
        try {
            producers.prepare();
            if (certain()) {
                if (line.holdsNothing()) {
                    verdicts.mended();
                }
                transact();
            }
        } catch (KafkaException e) {
            verdicts.stuck(e);
            pause(REFUSED_NANOS);
        }
    }

    @Override
    public boolean busy(Collection<TopicPartition> partitions) {
        if (doubt != null && doubt.transaction.batch().partitions().stream().anyMatch(partitions::contains)) {
            return true;
        }
        return !paused() && line.has(partitions);
    }

    @Override
    public void close() {
        producers.close();
    }

    private void transact() {
        ConsumerGroupMetadata member = group;
        if (member == null || member.generationId() < 0) {
            return;
        }
        ReplyBatch batch = line.isEmpty() ? idle() : line.batch();
        batch.announce(announcements, board);
        if (!batch.isEmpty()) {
            Transaction transaction = new Transaction(producers.next(), batch, member);
            ended(transaction, transaction.run());
        }
    }

    /** Progress past offsets that hold no record has no reply to go with: it is committed now and then. */
    private ReplyBatch idle() {
        ReplyBatch batch = new ReplyBatch();
        long now = nanos.getAsLong();
        if (now - idleNanos >= IDLE_NANOS) {
            idleNanos = now;
            for (PartitionProgress each : board.all()) {
                if (each.moved()) {
                    batch.add(each);
                }
            }
        }
        return batch;
    }

    private void ended(Transaction transaction, Outcome outcome) {
        switch (outcome.kind()) {
            case COMMITTED -> committed(transaction.batch());
            case ABORTED -> aborted(transaction, outcome);
            case UNKNOWN -> {
                doubt = new Doubt(transaction, outcome.producerLost(), nanos.getAsLong());
                unsaid(outcome);
            }
        }
    }

    private void unsaid(Outcome outcome) {
        Exception failure = outcome.failure();
        if (outcome.producerLost() && failure != null) {
            verdicts.stuck(failure);
        } else {
            verdicts.silent();
        }
    }

    private void committed(ReplyBatch batch) {
        board.taken(batch.longestMetadata());
        board.acknowledged(batch.progress());
        batch.replies().forEach(verdicts::sent);
        batch.announcements().forEach(Announcement::said);
        line.left(batch.size());
        wake();
    }

    private void aborted(Transaction transaction, Outcome outcome) {
        if (outcome.producerLost()) {
            producers.replace(transaction.producer());
        }
        List<Completion> replies = transaction.batch().replies();
        Map<Completion, Exception> refused = transaction.refused();
        Exception reason = outcome.failure() == null ? new KafkaException("aborted") : outcome.failure();
        verdicts.aborted(replies.size());
        transaction.batch().announcements().forEach(each -> each.unsaid(reason));
        if (transaction.speechless()) {
            line.addFirst(replies);
        } else if (MetadataLimit.broken(reason)) {
            line.addFirst(replies);
            board.refused(transaction.batch().longestMetadata());
        } else if (refused.isEmpty()) {
            line.addFirst(replies);
            later(reason, outcome.producerLost());
        } else if (!forwarded(refused).isEmpty()) {
            replaceCulprits(replies, forwarded(refused));
        } else if (refused.size() == 1) {
            replaceCulprits(replies, refused);
        } else {
            line.halve(replies);
        }
        wake();
    }

    /** The one that the producer names, or that is left of a batch that was halved again and again. */
    private void replaceCulprits(List<Completion> replies, Map<Completion, Exception> refused) {
        line.addFirst(
                replies.stream().filter(each -> !refused.containsKey(each)).toList());
        line.found();
        refused.forEach(this::held);
    }

    /** Records that cannot go elsewhere can all be answered here: which of them is the culprit is no question. */
    private static Map<Completion, Exception> forwarded(Map<Completion, Exception> refused) {
        Map<Completion, Exception> forwarded = new LinkedHashMap<>(refused);
        forwarded.keySet().removeIf(each -> !each.forwards());
        return forwarded;
    }

    /** Nothing that sending again at once would mend. */
    private void later(Exception reason, boolean producerLost) {
        stale = isStale(reason);
        if (!stale) {
            verdicts.stuck(reason);
        }
        pause(stale ? STALE_NANOS : producerLost ? REPLACED_NANOS : REFUSED_NANOS);
    }

    /** Poll is about to learn of another generation. */
    private static boolean isStale(Exception failure) {
        Throwable reason = Remedies.root(failure);
        return reason instanceof CommitFailedException
                || reason instanceof IllegalGenerationException
                || reason instanceof UnknownMemberIdException
                || reason instanceof RebalanceInProgressException
                || reason instanceof FencedInstanceIdException;
    }

    /** Whether it is known how all transactions ended. */
    private boolean certain() {
        Doubt open = doubt;
        if (open == null) {
            return true;
        }
        if (open.producerLost || nanos.getAsLong() - open.sinceNanos > DOUBT_NANOS) {
            return settledByOffsets(open.transaction);
        }
        Outcome outcome = open.transaction.commit();
        if (outcome.kind() == Outcome.Kind.UNKNOWN) {
            unsaid(outcome);
            doubt = new Doubt(open.transaction, outcome.producerLost(), open.sinceNanos);
            return false;
        }
        doubt = null;
        ended(open.transaction, outcome);
        return false;
    }

    /** A new producer with its id has ended the transaction one way or the other: the offsets say which. */
    private boolean settledByOffsets(Transaction transaction) {
        producers.replace(transaction.producer());
        producers.prepare();
        List<Completion> replies = transaction.batch().replies();
        Map<TopicPartition, StartPoint> points = stablePoints(owned(replies));
        doubt = null;
        List<Completion> open = new ArrayList<>();
        for (Completion each : replies) {
            StartPoint point = points.get(each.receipt().partition());
            if (point != null && point.settled(each.receipt().record().offset())) {
                verdicts.sent(each);
            } else if (!verdicts.late(each)) {
                open.add(each);
            }
        }
        verdicts.aborted(open.size());
        transaction.batch().announcements().forEach(each -> each.unsaid(new KafkaException("not known to be said")));
        line.addFirst(open);
        line.lineUp();
        return true;
    }

    private Set<TopicPartition> owned(List<Completion> replies) {
        return replies.stream()
                .map(Completion::receipt)
                .filter(each -> board.of(each) != null)
                .map(Receipt::partition)
                .collect(Collectors.toSet());
    }

    private Map<TopicPartition, StartPoint> stablePoints(Set<TopicPartition> partitions) {
        if (partitions.isEmpty()) {
            return Map.of();
        }
        try {
            Map<TopicPartition, StartPoint> points =
                    stable.apply(partitions).toCompletableFuture().get(STABLE_SECONDS, TimeUnit.SECONDS);
            if (!points.keySet().containsAll(partitions)) {
                throw new KafkaException("the group's offsets could not be read");
            }
            return points;
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("the group's offsets could not be read", e);
        }
    }

    private boolean paused() {
        Long until = pausedUntilNanos;
        return until != null && nanos.getAsLong() - until < 0;
    }

    private void pause(long forNanos) {
        pausedUntilNanos = nanos.getAsLong() + forNanos;
    }

    private void wake() {
        if (!line.isEmpty()) {
            post.accept(() -> {});
        }
    }

    /** @param producerLost whether asking it again is in vain */
    private record Doubt(Transaction transaction, boolean producerLost, long sinceNanos) {}
}
