package dev.remora.intake;

import dev.remora.pool.Lease;
import dev.remora.pool.ModelPool;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.InferenceInput;
import dev.remora.protocol.PayloadCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.Timing;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to a request from the window to its reply: acquire, run, answer; or park until its model is there.
 * Thread-safe.
 */
final class RequestFlow {
    private static final Logger LOG = LoggerFactory.getLogger(RequestFlow.class);

    private final Window window;
    private final ModelPool pool;
    private final Answers answers;
    private final Duration runTimeout;
    private final Clock clock;
    private final LongSupplier nanos;

    RequestFlow(Window window, ModelPool pool, Answers answers, Duration runTimeout, Clock clock, LongSupplier nanos) {
        this.window = window;
        this.pool = pool;
        this.answers = answers;
        this.runTimeout = runTimeout;
        this.clock = clock;
        this.nanos = nanos;
    }

    /** Serves a record that was taken from the window, whatever comes of it. Blocks while the model runs. */
    void serve(Work work) {
        WaitingRecord record = work.record();
        RemoraException failure = work.failure();
        long started = nanos.getAsLong();
        Served served = Served.WITHOUT_A_RUN;
        try {
            if (failure != null) {
                answers.failed(record, failure);
            } else if (record.expired(clock.millis())) {
                answers.expired(record);
            } else {
                served = acquired(record);
            }
        } catch (RuntimeException | Error e) {
            answerFault(record, e);
        }
        if (served != Served.PARKED) {
            long ran = served == Served.WITHOUT_A_RUN ? 0 : Math.max(1, nanos.getAsLong() - started);
            window.done(record, ran, served == Served.BY_A_RUN);
        }
    }

    /** Has the model of a parked queue brought into memory; its records are ready, or answered, once that is decided. */
    void prepare(ModelQueue queue) {
        try {
            pool.prepare(queue.demand()).whenComplete((done, failure) -> prepared(queue, done, failure));
        } catch (RuntimeException e) {
            prepared(queue, null, e);
        }
    }

    private void prepared(ModelQueue queue, @Nullable Preparation done, @Nullable Throwable failure) {
        if (done != null) {
            window.ready(queue, done);
        } else {
            window.failed(queue, reason(failure));
        }
    }

    /** Runs the record if its model is in memory; else parks it, and it is no longer ours. */
    private Served acquired(WaitingRecord record) {
        Lease lease = pool.tryAcquire(record.model());
        if (lease == null) {
            ModelQueue queue = window.park(record);
            if (queue != null) {
                prepare(queue);
            }
            return Served.PARKED;
        }
        try (lease) {
            return run(record, lease);
        }
    }

    private Served run(WaitingRecord record, Lease lease) {
        long started = nanos.getAsLong();
        long running = started;
        try {
            InferenceInput input = record.payload().decode(lease.model().signature());
            running = nanos.getAsLong();
            List<Tensor> outputs = lease.model().run(input.tensors(), input.outputs(), limit(record));
            long ran = Math.max(1, nanos.getAsLong() - running);
            EncodedBody body =
                    record.payload().encode(new PayloadCodec.Answer(record.model(), lease.version(), outputs), input);
            answers.succeeded(record, lease.version(), Answers.timing(record, started, ran), body);
            return Served.BY_A_RUN;
        } catch (RemoraException e) {
            Timing timing = Answers.timing(record, started, nanos.getAsLong() - running);
            answers.failed(record, lease.version(), timing, e);
            return Served.BY_A_REFUSAL;
        }
    }

    private Duration limit(WaitingRecord record) {
        long leftMillis = Math.max(1, record.invocation().deadlineMillis() - clock.millis());
        return leftMillis < runTimeout.toMillis() ? Duration.ofMillis(leftMillis) : runTimeout;
    }

    private void answerFault(WaitingRecord record, Throwable fault) {
        String id = record.invocation().reply().requestId();
        LOG.error("A fault of ours while serving model {}, request {}; please report it.", record.model(), id, fault);
        try {
            answers.failed(record, reason(fault));
        } catch (RuntimeException | Error again) {
            LOG.error("Request {} could not be answered; whoever reads its partition next answers it.", id, again);
        }
    }

    private static RemoraException reason(@Nullable Throwable failure) {
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

    /** What came of a record. */
    private enum Served {
        /** It is no longer ours. */
        PARKED,
        /** It was answered without its model. */
        WITHOUT_A_RUN,
        /** Its model was there, and did not run it to its end. */
        BY_A_REFUSAL,
        /** It has its outputs. */
        BY_A_RUN
    }
}
