package dev.remora.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.launcher.TinyNet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class SamplesTest {
    private static final long SEED_OF_TINY = 7;

    @Test
    void theAnswerIsWhatTheModelGivesAfterJsonOrAlone() throws Exception {
        Samples samples = Samples.of("tiny", Path.of(""));
        ByteBuffer request = ByteBuffer.wrap(samples.body(3)).order(ByteOrder.LITTLE_ENDIAN);
        float[] x = {request.getFloat(), request.getFloat(), request.getFloat(), request.getFloat()};

        float[] y = TinyNet.of(SEED_OF_TINY).answer(x);

        assertThat(samples.isRight(3, reply("", y))).isTrue();
        assertThat(samples.isRight(3, reply("{}", y))).isTrue();
        assertThat(samples.isRight(4, reply("", y))).isFalse();
    }

    @Test
    void anEchoIsTheRequestItself() throws Exception {
        Samples samples = Samples.of("echo:tiny", Path.of(""));

        assertThat(samples.isRight(3, new ConsumerRecord<>("replies", 0, 0, new byte[0], samples.body(3))))
                .isTrue();
    }

    private static ConsumerRecord<byte[], byte[]> reply(String json, float... values) {
        byte[] head = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer value = ByteBuffer.allocate(head.length + values.length * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(head);
        for (float number : values) {
            value.putFloat(number);
        }
        ConsumerRecord<byte[], byte[]> reply = new ConsumerRecord<>("replies", 0, 0, new byte[0], value.array());
        if (head.length > 0) {
            reply.headers()
                    .add(Samples.JSON_LENGTH, Integer.toString(head.length).getBytes(StandardCharsets.UTF_8));
        }
        return reply;
    }
}
