package dev.remora.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final long SENT = NOW - 1_000;

    private final MessageCodec codec =
            new MessageCodec("demo.replies", topic -> topic.startsWith("allowed."), 60_000, 100);

    @Test
    void isWrittenAsTheGoldenFileSays() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("kafka_correlationId", "42".getBytes(UTF_8))
                .add("remora-ttl-ms", "30000".getBytes(UTF_8))
                .add("x-tenant", "acme".getBytes(UTF_8));
        ConsumerRecord<byte[], byte[]> record = record(1_042, headers);

        ProducerRecord<byte[], byte[]> forward =
                MessageCodec.encodeForward(record, (Invocation) codec.decode(record, NOW), 7);

        assertThat(forward.topic()).isEqualTo("demo.invocations");
        assertThat(forward.partition()).isEqualTo(7);
        assertThat(forward.timestamp()).isEqualTo(SENT);
        assertThat(forward.key()).isEqualTo(record.key());
        assertThat(forward.value()).isEqualTo(record.value());
        assertThat(text(forward.headers())).isEqualTo(Golden.text("forward/headers.txt"));
    }

    @Property
    void meansTheSameRequestWhereverAndWheneverItIsRead(@ForAll("headers") List<Header> headers) {
        ConsumerRecord<byte[], byte[]> record = record(5, new RecordHeaders(headers));
        if (codec.decode(record, NOW) instanceof Invocation original) {
            ProducerRecord<byte[], byte[]> forward = MessageCodec.encodeForward(record, original, 7);

            Invocation read = (Invocation) codec.decode(arrived(forward), NOW + 500);

            assertThat(read.model()).isEqualTo(original.model());
            assertThat(read.priority()).isEqualTo(original.priority());
            assertThat(read.reply()).isEqualTo(original.reply());
            assertThat(read.body()).isEqualTo(original.body());
            assertThat(read.deadlineMillis()).isEqualTo(Math.min(original.deadlineMillis(), HeaderText.MAX_NUMBER));
            assertThat(original.forwarded()).isFalse();
            assertThat(read.forwarded()).isTrue();
        }
    }

    @Property
    void isAsItWasSentOnceWhatWasAddedIsTakenOff(@ForAll("headers") List<Header> headers) {
        ConsumerRecord<byte[], byte[]> record = record(5, new RecordHeaders(headers));
        if (codec.decode(record, NOW) instanceof Invocation invocation) {
            ConsumerRecord<byte[], byte[]> there = arrived(MessageCodec.encodeForward(record, invocation, 7));

            ConsumerRecord<byte[], byte[]> original = MessageCodec.original(there);

            assertThat(original).usingRecursiveComparison().isEqualTo(record);
            assertThat(original.headers()).isEqualTo(record.headers());
        }
        assertThat(MessageCodec.original(record)).isSameAs(record);
    }

    @Test
    void isLeftAsItIsWhenNoInstanceHasWrittenIt() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("remora-origin", "nowhere".getBytes(UTF_8)).add("remora-deadline", "5".getBytes(UTF_8));
        ConsumerRecord<byte[], byte[]> record = record(5, headers);

        assertThat(MessageCodec.original(record)).isSameAs(record);
        assertThat(record.headers().toArray()).hasSize(2);
    }

    @Test
    void goesWhereItsRequestMayGoAndNoFurther() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("remora-origin", "demo.invocations-1-2".getBytes(UTF_8))
                .add("remora-reply-topic", "demo.invocations".getBytes(UTF_8));

        RejectedRequest rejected = (RejectedRequest) codec.decode(record(5, headers), NOW);

        assertThat(rejected.error().code()).isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(rejected.reply().requestId()).isEqualTo("demo.invocations-1-2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "demo", "demo-1", "demo-1-", "demo-x-1", "-1-2", "a b-1-2", "demo-1--2", "\n-1-2"})
    void isRefusedWithAnOriginThatNoInstanceWrites(String origin) {
        RecordHeaders headers = new RecordHeaders();
        headers.add("remora-origin", origin.getBytes(UTF_8));

        RejectedRequest rejected = (RejectedRequest) codec.decode(record(5, headers), NOW);

        assertThat(rejected.error().code()).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(rejected.error()).hasMessageContaining("remora-origin");
        assertThat(rejected.reply().requestId()).isEqualTo("demo.invocations-3-5");
    }

    @Provide
    Arbitrary<List<Header>> headers() {
        Arbitrary<String> names = Arbitraries.of(
                "remora-ttl-ms",
                "remora-deadline",
                "Remora-Deadline",
                "remora-priority",
                "remora-request-id",
                "x-request-id",
                "kafka_correlationId",
                "remora-reply-topic",
                "content-type",
                "x-a");
        Arbitrary<String> values = Arbitraries.of(
                "", "5", "1", "1800000005000", "2027-01-15T08:00:05Z", "allowed.a", "999999999999999999");
        return Combinators.combine(names, values)
                .as((name, value) -> (Header) new RecordHeader(name, value.getBytes(UTF_8)))
                .list()
                .ofMaxSize(6);
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, Headers headers) {
        return consumed(3, offset, SENT, "acme/churn.onnx".getBytes(UTF_8), "{}".getBytes(UTF_8), headers);
    }

    /** The broker may stamp it anew. */
    private static ConsumerRecord<byte[], byte[]> arrived(ProducerRecord<byte[], byte[]> forward) {
        return consumed(7, 99, NOW + 400, forward.key(), forward.value(), forward.headers());
    }

    private static ConsumerRecord<byte[], byte[]> consumed(
            int partition, long offset, long timestamp, byte[] key, byte[] value, Headers headers) {
        return new ConsumerRecord<>(
                "demo.invocations",
                partition,
                offset,
                timestamp,
                TimestampType.CREATE_TIME,
                key.length,
                value.length,
                key,
                value,
                headers,
                Optional.empty());
    }

    private static String text(Headers headers) {
        return StreamSupport.stream(headers.spliterator(), false)
                .map(each -> each.key() + "=" + new String(each.value(), UTF_8) + "\n")
                .collect(Collectors.joining());
    }
}
