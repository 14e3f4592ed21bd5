package dev.remora.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * Requests of one kind, several different ones in turn, and what each must be answered with: the model's outputs one after
 * the other as raw little-endian numbers, after JSON or alone. Immutable.
 */
final class Samples {
    /** Before the name of a sample: it is to come back as it went. */
    static final String ECHO = "echo:";

    /** 1 KiB of anything. */
    static final String BLOB = "blob";

    static final String JSON_LENGTH = "Inference-Header-Content-Length";

    private static final int DIFFERENT = 32;
    private static final float TOLERANCE = 1e-4f;

    private final Map<String, byte[]> headers;
    private final List<byte[]> bodies;
    private final List<byte[]> answers;

    private Samples(Map<String, byte[]> headers, List<byte[]> bodies, List<byte[]> answers) {
        this.headers = Map.copyOf(headers);
        this.bodies = List.copyOf(bodies);
        this.answers = List.copyOf(answers);
    }

    /**
     * The requests of this name.
     *
     * @param models the folder of the real models; read only when one of them is asked for
     */
    static Samples of(String name, Path models) throws Exception {
        if (name.startsWith(ECHO)) {
            Samples same = of(name.substring(ECHO.length()), models);
            return new Samples(same.headers, same.bodies, same.bodies);
        }
        return name.equals(BLOB) ? blobs() : of(RealModel.named(name), models);
    }

    private static Samples blobs() {
        Random random = new Random(DIFFERENT);
        List<byte[]> bodies = new ArrayList<>();
        for (int i = 0; i < DIFFERENT; i++) {
            byte[] body = new byte[1024];
            random.nextBytes(body);
            bodies.add(body);
        }
        return new Samples(Map.of(), bodies, bodies);
    }

    private static Samples of(RealModel model, Path models) throws Exception {
        List<byte[]> bodies = new ArrayList<>();
        List<byte[]> answers = new ArrayList<>();
        int jsonLength = -1;
        try (BareModel bare = BareModel.load(model.file(models))) {
            for (int i = 0; i < DIFFERENT; i++) {
                List<RawTensor> inputs = model.inputs(new Random(i));
                answers.add(bare.run(inputs));
                byte[] raw = RawTensor.join(inputs);
                byte[] json = inputs.size() == 1 && model.isFlat() ? new byte[0] : RawTensor.json(inputs);
                jsonLength = json.length;
                bodies.add(ByteBuffer.allocate(json.length + raw.length)
                        .put(json)
                        .put(raw)
                        .array());
            }
        }
        return new Samples(headers(jsonLength), bodies, answers);
    }

    private static Map<String, byte[]> headers(int jsonLength) {
        return jsonLength == 0
                ? Map.of("content-type", utf8("application/octet-stream"))
                : Map.of(
                        "content-type",
                        utf8("application/octet-stream"),
                        JSON_LENGTH,
                        utf8(Integer.toString(jsonLength)));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The headers that all requests have beside their id. */
    Map<String, byte[]> headers() {
        return headers;
    }

    /** The value of a request. */
    byte[] body(int request) {
        return bodies.get(request % bodies.size());
    }

    /** Whether this is the answer to that request. */
    boolean isRight(int request, ConsumerRecord<byte[], byte[]> reply) {
        byte[] expected = answers.get(request % answers.size());
        byte[] value = reply.value();
        if (Arrays.equals(expected, value)) {
            return true;
        }
        Header json = reply.headers().lastHeader(JSON_LENGTH);
        int from = json == null ? 0 : Integer.parseInt(new String(json.value(), StandardCharsets.UTF_8));
        return value.length - from == expected.length && isClose(floats(expected, 0), floats(value, from));
    }

    private static boolean isClose(FloatBuffer expected, FloatBuffer actual) {
        while (expected.hasRemaining()) {
            float wanted = expected.get();
            if (!(Math.abs(wanted - actual.get()) <= TOLERANCE * (1 + Math.abs(wanted)))) {
                return false;
            }
        }
        return true;
    }

    private static FloatBuffer floats(byte[] bytes, int from) {
        return ByteBuffer.wrap(bytes, from, bytes.length - from)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }
}
