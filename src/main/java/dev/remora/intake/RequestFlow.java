package dev.remora.intake;

import dev.remora.intake.Window.Ran;
import dev.remora.pool.Lease;
import dev.remora.pool.ModelPool;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.InferenceInput;
import dev.remora.protocol.PayloadCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.Timing;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
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
    private static final Duration LONGEST_BATCH = Duration.ofSeconds(1);

    private final Window window;
    private final ModelPool pool;
    private final Answers answers;
    private final BatchRun batches;
    private final Duration runTimeout;
    private final Clock clock;
    private final LongSupplier nanos;

    RequestFlow(Window window, ModelPool pool, Answers answers, Duration runTimeout, Clock clock, LongSupplier nanos) {
        this.window = window;
        this.pool = pool;
        this.answers = answers;
        this.batches = new BatchRun(answers, nanos);
        this.runTimeout = runTimeout;
        this.clock = clock;
        this.nanos = nanos;
    }

    /**
     * Serves the first of several records of one model in one call of it. Blocks while it runs.
     *
     * @return how many; 0 where each is to be served alone
     */
    int serveTogether(List<Work> works) {
        List<WaitingRecord> records = works.stream().map(Work::record).toList();
        long millis = clock.millis();
        if (records.stream().anyMatch(each -> each.expired(millis))) {
            return 0;
        }
        int served = 0;
        try {
            Lease lease = pool.tryAcquire(records.get(0).model());
            if (lease != null) {
                try (lease) {
                    served = serveTogether(records, lease);
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "A fault of ours while serving model {}; please report it.",
                    records.get(0).model(),
                    e);
        }
        return served;
    }

    private int serveTogether(List<WaitingRecord> records, Lease lease) {
        long started = nanos.getAsLong();
        int batch = Math.min(lease.model().batch(records.size()), records.size());
        int together = lease.model().batch(Integer.MAX_VALUE);
        List<WaitingRecord> first = records.subList(0, Math.max(1, batch));
        if (batch <= 1 || !batches.serve(first, lease, batchLimit(first))) {
            return 0;
        }
        long each = Math.max(1, (nanos.getAsLong() - started) / batch);
        window.done(first, new Ran(each, true, together));
        return batch;
    }

    /** Where a call takes longer than any that are worth being made together, something is wrong with one of them. */
    private Duration batchLimit(List<WaitingRecord> records) {
        Duration limit = limit(records);
        return limit.compareTo(LONGEST_BATCH) < 0 ? limit : LONGEST_BATCH;
    }

    /** Serves one record alone. */
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
            answers.fault(record, e);
        }
        if (served.kind() != Served.Kind.PARKED) {
            long ran = Math.max(1, nanos.getAsLong() - started);
            window.done(List.of(record), served.kind() == Served.Kind.WITHOUT_A_RUN ? Ran.NOT : served.ran(ran));
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
            window.failed(queue, Answers.reason(failure));
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
        int together = lease.model().batch(Integer.MAX_VALUE);
        try {
            InferenceInput input = record.payload().decode(lease.model().signature());
            running = nanos.getAsLong();
            List<Tensor> outputs = lease.model().run(input.tensors(), input.outputs(), limit(List.of(record)));
            long ran = Math.max(1, nanos.getAsLong() - running);
            EncodedBody body =
                    record.payload().encode(new PayloadCodec.Answer(record.model(), lease.version(), outputs), input);
            answers.succeeded(record, lease.version(), Answers.timing(record, started, ran), body, 1);
            return new Served(Served.Kind.BY_A_RUN, together);
        } catch (RemoraException e) {
            Timing timing = Answers.timing(record, started, nanos.getAsLong() - running);
            answers.failed(record, lease.version(), timing, e);
            return new Served(Served.Kind.BY_A_REFUSAL, together);
        }
    }

    /** How long these may run. */
    private Duration limit(List<WaitingRecord> records) {
        long deadlineMillis = Long.MAX_VALUE;
        for (WaitingRecord each : records) {
            deadlineMillis = Math.min(deadlineMillis, each.invocation().deadlineMillis());
        }
        long leftMillis = Math.max(1, deadlineMillis - clock.millis());
        return leftMillis < runTimeout.toMillis() ? Duration.ofMillis(leftMillis) : runTimeout;
    }

    /**
     * What came of a record. Immutable.
     *
     * @param together how many of its model's records are worth taking at once
     */
    private record Served(Kind kind, int together) {
        static final Served PARKED = new Served(Kind.PARKED, 1);
        static final Served WITHOUT_A_RUN = new Served(Kind.WITHOUT_A_RUN, 1);

        Ran ran(long nanos) {
            return new Ran(nanos, kind == Kind.BY_A_RUN, together);
        }

        enum Kind {
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
}
