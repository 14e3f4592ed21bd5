package dev.remora.bench;

import dev.remora.protocol.DataType;
import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.InferenceInput;
import dev.remora.protocol.Invocation;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.PayloadCodec;
import dev.remora.protocol.PayloadCodecs;
import dev.remora.protocol.PayloadExchange;
import dev.remora.protocol.ReplyHead;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import dev.remora.protocol.Tier;
import dev.remora.protocol.Timing;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From a record to tensors, and from tensors to a record: what each request pays without its run. */
@State(Scope.Thread)
public class CodecMicro {
    private static final long NOW = 1_700_000_000_000L;
    private static final ModelName MODEL = new ModelName("tiny.onnx");
    private static final Signature TINY = signature(4, 3);
    private static final Signature WIDE = signature(1000, 1000);

    private final MessageCodec messages = new MessageCodec("replies", topic -> false, 1_000_000, 1 << 20);
    private final PayloadCodecs payloads = PayloadCodecs.standard();
    private final ConsumerRecord<byte[], byte[]> raw = request(
            "application/octet-stream",
            RawTensor.noise("x", new Random(1), 1, 4).bytes(),
            -1);
    private final ConsumerRecord<byte[], byte[]> json = request("application/json", json(1000), -1);
    private final ConsumerRecord<byte[], byte[]> binary = binary();
    private final Tensor tiny = Tensor.floats("y", new long[] {1, 3}, 1, 2, 3);
    private final Tensor wide = Tensor.floats("y", new long[] {1, 1000}, new float[1000]);

    /** 4 raw numbers in, 3 out. */
    @Benchmark
    public ProducerRecord<byte[], byte[]> rawTiny() {
        return exchange(raw, TINY, tiny);
    }

    /** 1,000 numbers in, 1,000 out, as the Open Inference Protocol's binary extension. */
    @Benchmark
    public ProducerRecord<byte[], byte[]> binaryThousand() {
        return exchange(binary, WIDE, wide);
    }

    /** The same as JSON. */
    @Benchmark
    public ProducerRecord<byte[], byte[]> jsonThousand() {
        return exchange(json, WIDE, wide);
    }

    private ProducerRecord<byte[], byte[]> exchange(
            ConsumerRecord<byte[], byte[]> request, Signature signature, Tensor output) {
        Invocation invocation = (Invocation) messages.decode(request, NOW);
        PayloadExchange exchange = payloads.open(invocation.body());
        InferenceInput input = exchange.decode(signature);
        EncodedBody body = exchange.encode(new PayloadCodec.Answer(MODEL, "v1", List.of(output)), input);
        ReplyHead head = new ReplyHead(MODEL, "v1", Tier.MEMORY, new Timing(120_000, 0, 0, 9000), "i1", 1);
        return messages.encodeReply(invocation.reply(), head, body);
    }

    private static ConsumerRecord<byte[], byte[]> binary() {
        List<RawTensor> inputs = List.of(RawTensor.noise("x", new Random(1), 1, 1000));
        byte[] json = RawTensor.json(inputs);
        byte[] raw = RawTensor.join(inputs);
        byte[] body = java.util.Arrays.copyOf(json, json.length + raw.length);
        System.arraycopy(raw, 0, body, json.length, raw.length);
        return request("application/octet-stream", body, json.length);
    }

    private static byte[] json(int count) {
        Random random = new Random(1);
        StringBuilder data = new StringBuilder();
        for (int i = 0; i < count; i++) {
            data.append(i > 0 ? "," : "").append(random.nextFloat());
        }
        return ("{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1," + count + "],\"data\":[" + data
                        + "]}]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static ConsumerRecord<byte[], byte[]> request(String contentType, byte[] value, int jsonLength) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>("invocations", 0, 0, MODEL.value().getBytes(StandardCharsets.UTF_8), value);
        record.headers().add(Load.ID, "abc-123".getBytes(StandardCharsets.UTF_8));
        record.headers().add("content-type", contentType.getBytes(StandardCharsets.UTF_8));
        if (jsonLength >= 0) {
            record.headers()
                    .add(Samples.JSON_LENGTH, Integer.toString(jsonLength).getBytes(StandardCharsets.UTF_8));
        }
        return record;
    }

    private static Signature signature(long inputs, long outputs) {
        return new Signature(
                List.of(new TensorSpec("x", DataType.FP32, List.of(-1L, inputs))),
                List.of(new TensorSpec("y", DataType.FP32, List.of(-1L, outputs))));
    }
}
