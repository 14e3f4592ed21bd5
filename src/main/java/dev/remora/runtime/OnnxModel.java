package dev.remora.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** A session of ONNX Runtime. Thread-safe, but {@link #close} must come after the last {@link #run} has returned. */
final class OnnxModel implements LoadedModel {
    private final OnnxRuntime runtime;
    private final OrtSession session;
    private final Signature signature;
    private final InputCheck check;
    private final OptionalLong measuredBytes;
    private final Batching batching;
    private final AtomicBoolean closed = new AtomicBoolean();

    OnnxModel(
            OnnxRuntime runtime,
            OrtSession session,
            Signature signature,
            OptionalLong measuredBytes,
            Batching batching) {
        this.runtime = runtime;
        this.session = session;
        this.signature = signature;
        this.check = new InputCheck(signature);
        this.measuredBytes = measuredBytes;
        this.batching = batching;
    }

    @Override
    public Signature signature() {
        return signature;
    }

    @Override
    public OptionalLong measuredBytes() {
        return measuredBytes;
    }

    @Override
    public List<Tensor> run(List<Tensor> inputs, List<String> outputs, Duration limit) {
        check.inputs(inputs);
        Set<String> wanted = check.outputs(outputs);
        if (limit.isNegative() || limit.isZero()) {
            throw late(limit);
        }
        runtime.activity().begin();
        try {
            Workspace workspace = runtime.workspaces().take(limit);
            try {
                return run(inputs, wanted, limit, workspace);
            } finally {
                runtime.workspaces().give(workspace);
            }
        } catch (OrtException e) {
            throw OnnxFailure.ofRun(e);
        } finally {
            runtime.activity().end();
        }
    }

    @Override
    public int batch(int waiting) {
        return batching.batch(waiting);
    }

    @Override
    public Optional<Batch> runBatch(List<Request> requests, Duration limit) {
        return batching.run(requests, limit, this::run);
    }

    private List<Tensor> run(List<Tensor> inputs, Set<String> outputs, Duration limit, Workspace workspace)
            throws OrtException {
        try {
            return run(inputs, outputs, workspace);
        } catch (OrtException e) {
            if (workspace.disarm()) {
                throw late(limit);
            }
            throw e;
        } finally {
            workspace.disarm(); // However it ended: the next run must not be stopped for this one.
        }
    }

    private List<Tensor> run(List<Tensor> inputs, Set<String> outputs, Workspace workspace) throws OrtException {
        Map<String, OnnxTensor> entered = OnnxTensors.enter(runtime.environment(), inputs, workspace.block());
        try (OrtSession.Result result = session.run(entered, outputs, workspace.options())) {
            return leave(outputs, result);
        } finally {
            OnnxTensors.close(entered);
        }
    }

    private static List<Tensor> leave(Set<String> outputs, OrtSession.Result result) throws OrtException {
        List<Tensor> tensors = new ArrayList<>(outputs.size());
        int i = 0;
        for (String name : outputs) {
            OnnxValue value = result.get(i++);
            if (!(value instanceof OnnxTensor tensor)) {
                throw new RemoraException(ErrorCode.MODEL_ERROR, "The model left its output '" + name + "' empty.");
            }
            tensors.add(OnnxTensors.leave(name, tensor));
        }
        return tensors;
    }

    private static RemoraException late(Duration limit) {
        return new RemoraException(
                ErrorCode.DEADLINE_EXCEEDED,
                "The run was stopped at its limit of " + Math.max(0, limit.toMillis()) + " ms.",
                "Allow more time (remora-deadline, remora-ttl-ms, remora.run.timeout), or send less in one request.");
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            runtime.closeSession(session);
        }
    }
}
