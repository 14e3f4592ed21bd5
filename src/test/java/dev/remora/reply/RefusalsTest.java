package dev.remora.reply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.Invocation;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyAddress;
import dev.remora.protocol.ReplyContext;
import dev.remora.protocol.ReplyHead;
import dev.remora.reply.Completion.Attempt;
import dev.remora.reply.ReplySender.Receipt;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RefusalsTest {
    private final MessageCodec codec = new MessageCodec("out", topic -> true, 60_000, 1_000);
    private final Refusals refusals = new Refusals(
            new ReplySettings(
                    "e",
                    "e",
                    "i",
                    "in",
                    "out",
                    "dlq",
                    topic -> true,
                    Delivery.EXACTLY_ONCE,
                    1_000,
                    Duration.ofSeconds(1)),
            codec);

    @ParameterizedTest
    @EnumSource(names = {"ERROR_AT_HOME", "DEAD_LETTER"})
    void theDeadLetterOfARequestThatWasLeftToUsIsTheRequestAsItWasSent(Attempt refused) {
        ConsumerRecord<byte[], byte[]> sent = record("in", 3, 17);
        sent.headers().add("mine", "kept".getBytes(UTF_8));
        ProducerRecord<byte[], byte[]> forward =
                MessageCodec.encodeForward(sent, (Invocation) codec.decode(sent, 0), 5);
        ConsumerRecord<byte[], byte[]> here = record("in", 5, 99);
        forward.headers().forEach(here.headers()::add);

        ProducerRecord<byte[], byte[]> letter = refusals.next(
                        completion(here, refused), new RemoraException(ErrorCode.BAD_REQUEST, "refused"))
                .reply();

        assertThat(letter.topic()).isEqualTo("dlq");
        assertThat(header(letter, "__dlq.errors.topic")).isEqualTo("in");
        assertThat(header(letter, "__dlq.errors.partition")).isEqualTo("3");
        assertThat(header(letter, "__dlq.errors.offset")).isEqualTo("17");
        assertThat(letter.headers().headers("remora-origin")).isEmpty();
        assertThat(letter.headers().headers("remora-origin-timestamp")).isEmpty();
        assertThat(letter.headers().headers("remora-deadline")).isEmpty();
        assertThat(letter.headers().headers("mine")).hasSize(refused == Attempt.DEAD_LETTER ? 0 : 1);
    }

    private Completion completion(ConsumerRecord<byte[], byte[]> record, Attempt attempt) {
        ReplyContext context = new ReplyContext("id", ReplyAddress.DEFAULT, List.of());
        return new Completion(
                new Receipt(record, 1),
                context,
                ReplyHead.of("i"),
                new ProducerRecord<>("out", new byte[0]),
                400,
                attempt);
    }

    private static ConsumerRecord<byte[], byte[]> record(String topic, int partition, long offset) {
        return new ConsumerRecord<>(topic, partition, offset, "model".getBytes(UTF_8), "request".getBytes(UTF_8));
    }

    private static String header(ProducerRecord<byte[], byte[]> record, String name) {
        Header header = Objects.requireNonNull(record.headers().lastHeader(name), name);
        return new String(header.value(), UTF_8);
    }
}
