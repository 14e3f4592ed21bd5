package dev.remora.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** ONNX Runtime without anything of ours, with the options that Remora uses too. Confined to one thread. */
final class BareModel implements AutoCloseable {
    private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

    private final OrtSession session;

    private BareModel(OrtSession session) {
        this.session = session;
    }

    static BareModel load(Path file) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setCPUArenaAllocator(false);
            return new BareModel(ENVIRONMENT.createSession(file.toString(), options));
        }
    }

    /** All outputs, one after the other, as raw little-endian numbers. */
    byte[] run(List<RawTensor> inputs) throws OrtException {
        Map<String, OnnxTensor> entered = new HashMap<>();
        try {
            for (RawTensor input : inputs) {
                entered.put(input.name(), enter(input));
            }
            try (OrtSession.Result result = session.run(entered)) {
                ByteArrayOutputStream raw = new ByteArrayOutputStream();
                for (Map.Entry<String, OnnxValue> output : result) {
                    ByteBuffer bytes = ((OnnxTensor) output.getValue()).getByteBuffer();
                    byte[] copy = new byte[bytes.remaining()];
                    bytes.get(copy);
                    raw.writeBytes(copy);
                }
                return raw.toByteArray();
            }
        } finally {
            entered.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor enter(RawTensor input) throws OrtException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(input.bytes().length).order(ByteOrder.nativeOrder());
        bytes.put(input.bytes()).flip();
        return input.type().equals("INT64")
                ? OnnxTensor.createTensor(ENVIRONMENT, bytes.asLongBuffer(), input.shape())
                : OnnxTensor.createTensor(ENVIRONMENT, bytes.asFloatBuffer(), input.shape());
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
