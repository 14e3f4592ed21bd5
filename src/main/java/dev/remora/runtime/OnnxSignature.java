package dev.remora.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Reads a model's signature out of its session. Thread-safe. */
final class OnnxSignature {
    private OnnxSignature() {}

    /**
     * The session's inputs and outputs.
     *
     * @throws RemoraException {@link ErrorCode#MODEL_INVALID} when one of them is no tensor, or of a type that the
     *     protocol does not have
     */
    static Signature of(OrtSession session) throws OrtException {
        return new Signature(
                specs("input", session.getInputInfo().values()),
                specs("output", session.getOutputInfo().values()));
    }

    private static List<TensorSpec> specs(String kind, Collection<NodeInfo> nodes) {
        List<TensorSpec> specs = new ArrayList<>();
        for (NodeInfo node : nodes) {
            specs.add(spec(kind, node));
        }
        return specs;
    }

    private static TensorSpec spec(String kind, NodeInfo node) {
        if (!(node.getInfo() instanceof TensorInfo tensor)) {
            throw new RemoraException(
                    ErrorCode.MODEL_INVALID,
                    "The model's %s '%s' is a %s, and only tensors can be sent."
                            .formatted(kind, node.getName(), kindOf(node)),
                    "Export the model with tensors alone; for scikit-learn's classifiers, with zipmap=False.");
        }
        DataType type = OnnxTypes.ours(tensor.onnxType);
        if (type == null) {
            throw new RemoraException(
                    ErrorCode.MODEL_INVALID,
                    "The model's %s '%s' has elements of %s, which no payload can hold."
                            .formatted(
                                    kind, node.getName(), tensor.onnxType.name().replaceFirst(".*TYPE_", "")),
                    "Export the model with a cast to a type of the Open Inference Protocol.");
        }
        return new TensorSpec(
                node.getName(), type, Arrays.stream(tensor.getShape()).boxed().toList());
    }

    private static String kindOf(NodeInfo node) {
        return node.getInfo().getClass().getSimpleName().replace("Info", "").toLowerCase(Locale.ROOT);
    }
}
