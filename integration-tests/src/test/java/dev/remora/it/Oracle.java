package dev.remora.it;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.remora.protocol.Tensor;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a model answers when ONNX Runtime is called directly, without us. */
final class Oracle {
    private Oracle() {}

    /** All FP32 outputs, in the model's order. */
    static List<float[]> run(byte[] model, List<Tensor> inputs) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            // Sums in one thread, so that they are added up in one order.
            options.setIntraOpNumThreads(1);
            for (Tensor input : inputs) {
                tensors.put(input.name(), tensor(environment, input));
            }
            try (OrtSession session = environment.createSession(model, options);
                    OrtSession.Result result = session.run(tensors)) {
                List<float[]> outputs = new ArrayList<>();
                result.forEach(output -> outputs.add(floats((OnnxTensor) output.getValue())));
                return outputs;
            }
        } catch (OrtException e) {
            throw new AssertionError(e);
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor tensor(OrtEnvironment environment, Tensor input) throws OrtException {
        return switch (input.type()) {
            case FP32 -> OnnxTensor.createTensor(environment, FloatBuffer.wrap(input.floats()), input.shape());
            case INT64 -> OnnxTensor.createTensor(environment, LongBuffer.wrap(input.longs()), input.shape());
            default -> throw new IllegalArgumentException(input.toString());
        };
    }

    private static float[] floats(OnnxTensor tensor) {
        float[] values = new float[tensor.getFloatBuffer().remaining()];
        tensor.getFloatBuffer().get(values);
        return values;
    }
}
