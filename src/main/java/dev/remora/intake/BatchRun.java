package dev.remora.intake;

import dev.remora.pool.Lease;
import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.InferenceInput;
import dev.remora.protocol.PayloadCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.Timing;
import dev.remora.runtime.LoadedModel.Batch;
import dev.remora.runtime.LoadedModel.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs records of one model in one call of it. Thread-safe. */
final class BatchRun {
    private static final Logger LOG = LoggerFactory.getLogger(BatchRun.class);

    private final Answers answers;
    private final LongSupplier nanos;

    BatchRun(Answers answers, LongSupplier nanos) {
        this.answers = answers;
        this.nanos = nanos;
    }

    /**
     * Answers all of them, or none: false where each is to be run alone, and told what is wrong with it. Blocks while the model
     * runs.
     */
    boolean serve(List<WaitingRecord> records, Lease lease, Duration limit) {
        long started = nanos.getAsLong();
        List<InferenceInput> inputs = new ArrayList<>(records.size());
        Optional<Batch> batch;
        long ran;
        try {
            List<Request> requests = new ArrayList<>(records.size());
            for (WaitingRecord record : records) {
                InferenceInput input = record.payload().decode(lease.model().signature());
                inputs.add(input);
                requests.add(new Request(input.tensors(), input.outputs()));
            }
            long running = nanos.getAsLong();
            batch = lease.model().runBatch(requests, limit);
            ran = Math.max(1, nanos.getAsLong() - running);
        } catch (RemoraException e) {
            return false;
        } catch (RuntimeException | Error e) {
            LOG.error("A fault of ours while running a batch; please report it.", e);
            return false;
        }
        batch.ifPresent(done -> answer(records, inputs, done, lease, started, ran));
        return batch.isPresent();
    }

    private void answer(
            List<WaitingRecord> records,
            List<InferenceInput> inputs,
            Batch batch,
            Lease lease,
            long started,
            long ran) {
        for (int i = 0; i < records.size(); i++) {
            WaitingRecord record = records.get(i);
            try {
                answer(record, inputs.get(i), batch.outputs().get(i), lease, new Call(started, ran, batch.size()));
            } catch (RuntimeException | Error e) {
                answers.fault(record, e);
            }
        }
    }

    private void answer(WaitingRecord record, InferenceInput input, List<Tensor> outputs, Lease lease, Call call) {
        Timing timing = Answers.timing(record, call.startedNanos, call.ranNanos);
        EncodedBody body;
        try {
            body = record.payload().encode(new PayloadCodec.Answer(record.model(), lease.version(), outputs), input);
        } catch (RemoraException e) {
            answers.failed(record, lease.version(), timing, e);
            return;
        }
        answers.succeeded(record, lease.version(), timing, body, call.size);
    }

    /** @param size how many ran in it */
    private record Call(long startedNanos, long ranNanos, int size) {}
}
