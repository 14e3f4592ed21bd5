package dev.remora.intake;

import dev.remora.pool.ModelPool;
import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RejectedRequest;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.protocol.Timing;
import dev.remora.reply.ReplySender;
import dev.remora.reply.ReplySender.Receipt;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands replies over, and counts them. Thread-safe. */
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private final ReplySender replies;
    private final ModelPool pool;
    private final IntakeCounters figures;
    private final String instance;
    private final LongSupplier nanos;

    Answers(ReplySender replies, ModelPool pool, IntakeCounters figures, String instance, LongSupplier nanos) {
        this.replies = replies;
        this.pool = pool;
        this.figures = figures;
        this.instance = instance;
        this.nanos = nanos;
    }

    /** A request that cannot be read. */
    void rejected(Receipt receipt, RejectedRequest request) {
        rejected(receipt, request.model(), request.reply(), request.error());
    }

    /** @param model that it names, or null when it names none that can be */
    void rejected(Receipt receipt, @Nullable ModelName model, ReplyContext context, RemoraException error) {
        replies.fail(receipt, context, ReplyHead.of(model, instance), error);
        figures.answered(error.code().status());
    }

    /** A request whose deadline passed while it waited: the store's fault if the store is what it waited for. */
    void expired(WaitingRecord record) {
        String trouble = pool.storeTrouble(record.model());
        failed(
                record,
                null,
                waited(record),
                trouble == null
                        ? new RemoraException(
                                ErrorCode.DEADLINE_EXCEEDED, "The deadline passed before the request could run.")
                        : new RemoraException(
                                ErrorCode.STORE_UNAVAILABLE,
                                "The deadline passed while the model was waited for: " + trouble));
    }

    void failed(WaitingRecord record, RemoraException error) {
        failed(record, null, waited(record), error);
    }

    void failed(WaitingRecord record, @Nullable String version, Timing timing, RemoraException error) {
        int ran = timing.runNanos() > 0 ? 1 : 0;
        ReplyHead head = new ReplyHead(record.model(), version, record.tier(), timing, instance, ran);
        replies.fail(record.receipt(), record.invocation().reply(), head, error);
        count(error.code().status(), record, timing);
    }

    /** @param batch how many records ran in the same call */
    void succeeded(WaitingRecord record, String version, Timing timing, EncodedBody body, int batch) {
        ReplyHead head = new ReplyHead(record.model(), version, record.tier(), timing, instance, batch);
        replies.succeed(record.receipt(), record.invocation().reply(), head, body);
        count(200, record, timing);
    }

    /** A fault of ours is answered, and logged. Throws nothing. */
    void fault(WaitingRecord record, Throwable fault) {
        String id = record.invocation().reply().requestId();
        LOG.error("A fault of ours while serving model {}, request {}; please report it.", record.model(), id, fault);
        try {
            failed(record, reason(fault));
        } catch (RuntimeException | Error again) {
            LOG.error("Request {} could not be answered; whoever reads its partition next answers it.", id, again);
        }
    }

    /** What to answer for it. */
    static RemoraException reason(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof RemoraException known) {
            return known;
        }
        return new RemoraException(
                ErrorCode.INTERNAL,
                "The server failed: "
                        + (cause == null ? "no reason given" : cause.getClass().getSimpleName()) + ".",
                ErrorCode.INTERNAL.remedy(),
                cause);
    }

    /** What the time went into of a request that waits until now. */
    Timing waited(WaitingRecord record) {
        return timing(record, nanos.getAsLong(), 0);
    }

    static Timing timing(WaitingRecord record, long startedNanos, long runNanos) {
        long elsewhere = record.fetchNanos() + record.loadNanos();
        long queued = Math.max(0, startedNanos - record.polledNanos() - elsewhere);
        return new Timing(queued, record.fetchNanos(), record.loadNanos(), runNanos);
    }

    private void count(int status, WaitingRecord record, Timing timing) {
        figures.answered(status, record, timing, nanos.getAsLong() - record.polledNanos());
    }
}
