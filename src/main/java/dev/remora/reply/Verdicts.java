package dev.remora.reply;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.reply.Completion.Attempt;
import dev.remora.reply.ReplySender.Fate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.InvalidMetadataException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.NotEnoughReplicasAfterAppendException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.slf4j.LoggerFactory;

/** What becomes of a reply once the broker has spoken. Confined to the reply thread; its figures are read by any. */
final class Verdicts {
    private final ProgressBoard board;
    private final Room room;
    private final Refusals refusals;
    private final Remedies remedies;
    private final BiConsumer<Completion, RemoraException> replace;
    private final Trouble trouble;
    private final Map<Integer, AtomicLong> byStatus = new ConcurrentHashMap<>();
    private final AtomicLong resent = new AtomicLong();
    private final AtomicLong late = new AtomicLong();
    private final AtomicLong deadLetters = new AtomicLong();
    private final AtomicLong forwarded = new AtomicLong();
    private String troubledTopic = "";

    /** @param replace has something else stand in for a refused reply */
    Verdicts(
            ProgressBoard board,
            Room room,
            Refusals refusals,
            Remedies remedies,
            BiConsumer<Completion, RemoraException> replace,
            LongSupplier nanos) {
        this.board = board;
        this.room = room;
        this.refusals = refusals;
        this.remedies = remedies;
        this.replace = replace;
        this.trouble = new Trouble(LoggerFactory.getLogger(ReplySender.class), nanos);
    }

    /** Whether its partition has moved on: whoever owns it now answers the record. */
    boolean late(Completion completion) {
        boolean gone = board.of(completion.receipt()) == null;
        if (gone) {
            room.give(completion.bytes());
            late.incrementAndGet();
        }
        return gone;
    }

    /** Its record has a reply already: this one is not needed. */
    void superfluous(Completion completion) {
        room.give(completion.bytes());
        late.incrementAndGet();
    }

    /** Waits for the gap in its partition's progress to close, and keeps no other reply from being made meanwhile. */
    void aside(Completion completion) {
        room.give(completion.bytes());
    }

    /** Waits in line again. */
    void inLine(Completion completion) {
        room.take(completion.bytes());
    }

    /** A transaction was aborted: these are sent again in a later one. */
    void aborted(int replies) {
        resent.addAndGet(replies);
    }

    /** Transactions do not come about for now, which is no one reply's fault. */
    void stuck(Exception failure) {
        troubledTopic = "";
        trouble.is("transactions " + Remedies.root(failure).getClass().getName(), remedies.transactions(failure));
    }

    /** Transactions can be begun, and no reply waits for one that would not come about. */
    void mended() {
        if (troubledTopic.isEmpty()) {
            trouble.over();
        }
    }

    /** The broker has it. */
    void sent(Completion completion) {
        room.give(completion.bytes());
        Fate fate = completion.fate();
        if (fate != null) {
            forwarded.incrementAndGet();
        } else if (completion.leaves()) {
            byStatus.computeIfAbsent(completion.status(), status -> new AtomicLong())
                    .incrementAndGet();
        }
        if (completion.attempt() == Attempt.DEAD_LETTER || completion.attempt() == Attempt.PLACE) {
            deadLetters.incrementAndGet();
        }
        if (!board.settle(completion.receipt())) {
            late.incrementAndGet();
        }
        if (fate != null) {
            fate.taken();
        }
        if (troubledTopic.isEmpty() || completion.reply().topic().equals(troubledTopic)) {
            trouble.over();
            troubledTopic = "";
        }
    }

    /** The broker does not have it. True when the same reply is to be sent again; else something else stands in for it. */
    boolean again(Completion completion, Exception failure) {
        String topic = completion.reply().topic();
        if (forGood(failure)) {
            replace.accept(completion, reason(topic, failure));
            return false;
        }
        if (failure instanceof AuthorizationException && !refusals.ours(topic)) {
            replace.accept(
                    completion,
                    new RemoraException(
                            ErrorCode.FORBIDDEN,
                            "The endpoint may not write to the topic '" + topic + "'.",
                            "Grant its principal WRITE and DESCRIBE on that topic."));
            return false;
        }
        if (completion.forwards() && ofItsPartition(failure)) {
            // Nobody waits for it there, so it need not hold up the replies that leave with it: it is answered here.
            replace.accept(completion, notTaken(topic, failure));
            return false;
        }
        resent.incrementAndGet();
        troubledTopic = topic;
        trouble.is(topic + failure.getClass().getName(), remedies.replies(topic, failure));
        return true;
    }

    /** Replies are on their way, and the brokers have said nothing for a while. */
    void silent() {
        trouble.is(Remedies.silence());
    }

    /** Whether the producer that said so takes nothing more. */
    boolean fatal(Exception failure) {
        return failure instanceof ProducerFencedException
                || failure instanceof ClusterAuthorizationException
                || failure instanceof AuthenticationException
                || failure instanceof UnsupportedVersionException;
    }

    ReplySnapshot snapshot(long lastTurnNanos) {
        Map<Integer, Long> statuses = new ConcurrentHashMap<>();
        byStatus.forEach((status, count) -> statuses.put(status, count.get()));
        return new ReplySnapshot(
                statuses,
                room.count(),
                room.bytes(),
                resent.get(),
                late.get(),
                deadLetters.get(),
                forwarded.get(),
                board.fullPartitions(),
                lastTurnNanos,
                trouble.text());
    }

    private static boolean forGood(Exception failure) {
        return failure instanceof RecordTooLargeException
                || failure instanceof InvalidRecordException
                || failure instanceof InvalidTimestampException
                || failure instanceof InvalidTopicException
                || failure instanceof PolicyViolationException
                || failure instanceof SerializationException;
    }

    /** What befalls the producer as a whole says nothing of a partition: the record goes again, as replies do. */
    private static boolean ofItsPartition(Exception refusal) {
        boolean wrapped = refusal.getClass() == KafkaException.class && refusal.getCause() != null;
        Throwable failure = wrapped ? refusal.getCause() : refusal;
        return failure instanceof TimeoutException && !(failure instanceof BufferExhaustedException)
                || failure instanceof InvalidMetadataException && !(failure instanceof NetworkException)
                || failure instanceof NotEnoughReplicasException
                || failure instanceof NotEnoughReplicasAfterAppendException
                || failure instanceof CorruptRecordException;
    }

    private static RemoraException notTaken(String topic, Exception failure) {
        return new RemoraException(
                ErrorCode.UNAVAILABLE,
                "The brokers do not take a record for '" + topic + "' now: " + failure.getMessage(),
                "Check that each of its partitions has a leader and enough replicas in sync.");
    }

    private static RemoraException reason(String topic, Exception failure) {
        String message = "The broker refused the reply on '" + topic + "': " + failure.getMessage();
        return failure instanceof RecordTooLargeException
                ? new RemoraException(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        message,
                        "Ask for fewer or smaller outputs, or raise max.message.bytes of the topic.")
                : new RemoraException(ErrorCode.BAD_REQUEST, message);
    }
}
