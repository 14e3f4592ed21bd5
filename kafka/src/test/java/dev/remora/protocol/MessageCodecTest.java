package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCodecTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final long SENT = NOW - 1_000;
    private static final long TTL = 60_000;

    private final MessageCodec codec =
            new MessageCodec("endpoint.replies", topic -> topic.startsWith("allowed."), TTL, 100);
    private final RecordHeaders headers = new RecordHeaders();

    @Test
    void readsABareRecord() {
        Invocation invocation = served(record("acme/churn.onnx", "{}"));

        assertThat(invocation.model()).isEqualTo(new ModelName("acme/churn.onnx"));
        assertThat(invocation.reply().requestId()).isEqualTo("endpoint.invocations-3-42");
        assertThat(invocation.reply().address()).isEqualTo(ReplyAddress.DEFAULT);
        assertThat(invocation.reply().echoed()).isEmpty();
        assertThat(invocation.deadlineMillis()).isEqualTo(SENT + TTL);
        assertThat(invocation.priority()).isEqualTo(5);
        assertThat(invocation.body().contentType()).isNull();
        assertThat(invocation.body().headerLength()).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"remora-model", "X-Amzn-SageMaker-Target-Model", "x-amzn-sagemaker-target-model"})
    void takesTheModelFromAHeaderRatherThanTheKey(String name) {
        headers.add(name, utf8("other.onnx"));

        assertThat(served(record("key.onnx", "{}")).model().value()).isEqualTo("other.onnx");
    }

    @Test
    void takesTheFirstDialectThatIsPresentAndTheLastOfEqualNames() {
        headers.add("x-request-id", utf8("fourth"))
                .add("X-Amzn-SageMaker-Inference-Id", utf8("old"))
                .add("X-Amzn-SageMaker-Inference-Id", utf8("new"))
                .add("ce_id", utf8("third"))
                .add("kafka_correlationId", new byte[] {0, -1})
                .add("remora-correlation-id", utf8("ours"));

        ReplyContext reply = served(record("m.onnx", "{}")).reply();

        assertThat(reply.requestId()).isEqualTo("new");
        assertThat(reply.echoed())
                .extracting(Header::key)
                .containsExactlyInAnyOrder("x-request-id", "kafka_correlationId", "X-Amzn-SageMaker-Inference-Id");
    }

    @ParameterizedTest
    @CsvSource({
        "kafka_replyTopic, kafka_replyPartition",
        "REPLY_TOPIC, REPLY_PARTITION",
        "remora-reply-topic, remora-reply-partition"
    })
    void readsTheReplyAddressInEachDialect(String topic, String partition) {
        headers.add(topic, utf8("allowed.topic"))
                .add(partition, ByteBuffer.allocate(4).putInt(258).array());
        ReplyAddress binary = served(record("m.onnx", "{}")).reply().address();
        headers.add(partition, utf8("1234"));
        ReplyAddress text = served(record("m.onnx", "{}")).reply().address();

        assertThat(binary).isEqualTo(new ReplyAddress("allowed.topic", 258));
        assertThat(text).isEqualTo(new ReplyAddress("allowed.topic", 1234));
    }

    @Test
    void letsARequestChooseAPartitionOfTheDefaultTopic() {
        headers.add("remora-reply-partition", utf8("7"));

        assertThat(served(record("m.onnx", "{}")).reply().address()).isEqualTo(new ReplyAddress(null, 7));
    }

    @Test
    void answersAForbiddenReplyTopicOnTheDefaultOne() {
        headers.add("remora-reply-topic", utf8("endpoint.invocations")).add("remora-reply-partition", utf8("1"));

        RejectedRequest rejected = rejected(record("m.onnx", "{}"));

        assertThat(rejected.error().code()).isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(rejected.error()).hasMessageContaining("endpoint.invocations");
        assertThat(rejected.model()).isEqualTo(new ModelName("m.onnx"));
        assertThat(rejected.reply().address()).isEqualTo(ReplyAddress.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource({
        "remora-reply-topic, a topic!, a topic's name",
        "remora-reply-topic, .., a topic's name",
        "REPLY_PARTITION, -1, a partition",
        "remora-reply-partition, 99999999999, a partition",
        "remora-deadline, tomorrow, milliseconds since 1970",
        "remora-deadline, 2026-13-01T00:00:00Z, milliseconds since 1970",
        "remora-ttl-ms, 0, a whole number",
        "remora-ttl-ms, 1.5, a whole number",
        "remora-ttl-ms, '', a whole number",
        "remora-priority, 0, from 1 (highest) to 9",
        "remora-priority, 10, from 1 (highest) to 9",
        "Inference-Header-Content-Length, 3, the JSON's length",
        "Inference-Header-Content-Length, x, the JSON's length"
    })
    void refusesAMalformedControlHeaderByName(String name, String value, String expected) {
        headers.add(name, utf8(value)).add("remora-correlation-id", utf8("c"));

        RejectedRequest rejected = rejected(record("m.onnx", "{}"));

        assertThat(rejected.error().code()).isEqualTo(ErrorCode.BAD_REQUEST);
        assertThat(rejected.error())
                .hasMessageContaining("'" + name + "'")
                .hasMessageContaining("'" + value + "'")
                .hasMessageContaining(expected);
        assertThat(rejected.reply().address()).isEqualTo(ReplyAddress.DEFAULT);
        assertThat(rejected.reply().echoed()).extracting(Header::key).contains("remora-correlation-id");
    }

    @Test
    void keepsTheReplyAddressOfARequestThatIsOtherwiseMalformed() {
        headers.add("remora-priority", utf8("high")).add("kafka_replyTopic", utf8("allowed.topic"));

        assertThat(rejected(record("../m.onnx", "{}")).reply().address())
                .isEqualTo(new ReplyAddress("allowed.topic", null));
    }

    @Test
    void refusesWhatHasNoModelNoValueOrTooLongAValue() {
        assertThat(rejected(record(null, "{}")).error()).hasMessageContaining("names no model");
        assertThat(rejected(record("m.onnx", null)).error()).hasMessageContaining("no value");
        assertThat(rejected(record("m.onnx", "x".repeat(101))).error().code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
    }

    @Test
    void shortensWhatItShowsOfAMalformedHeader() {
        headers.add("remora-priority", utf8("\n".repeat(10_000)));

        assertThat(rejected(record("m.onnx", "{}")).error().getMessage()).hasSizeLessThan(300);
    }

    @ParameterizedTest
    @CsvSource({
        "remora-deadline, 1800000005000, 1800000005000",
        "remora-deadline, 2027-01-15T08:00:05Z, 1800000005000",
        "remora-deadline, 2027-01-15T09:00:05.25+01:00, 1800000005250",
        "remora-ttl-ms, 500, 1799999999500",
        "remora-ttl-ms, 999999999999999999, 1000001799999998999"
    })
    void readsHowLongItIsWorthWaiting(String name, String value, long deadlineMillis) {
        headers.add(name, utf8(value));

        assertThat(served(record("m.onnx", "{}")).deadlineMillis()).isEqualTo(deadlineMillis);
    }

    @Test
    void prefersTheDeadlineToTheTimeToLive() {
        headers.add("remora-ttl-ms", utf8("1")).add("remora-deadline", utf8("1800000005000"));

        assertThat(served(record("m.onnx", "{}")).deadlineMillis()).isEqualTo(1_800_000_005_000L);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, NOW + 5_000})
    void countsTimeToLiveFromNowWhenTheTimestampIsAbsentOrInTheFuture(long timestamp) {
        headers.add("remora-ttl-ms", utf8("500"));

        assertThat(served(record("m.onnx", "{}", timestamp)).deadlineMillis()).isEqualTo(NOW + 500);
    }

    @Test
    void boundsWhatARequestMayHaveCarriedToItsReply() {
        for (int i = 0; i < 100; i++) {
            headers.add("x-" + i, new byte[1_000]);
        }

        long bytes = served(record("m.onnx", "{}")).reply().echoed().stream()
                .mapToLong(h -> h.key().length() + h.value().length)
                .sum();

        assertThat(bytes).isBetween(RequestHeaders.MAX_PASSED_BYTES - 1_010L, (long) RequestHeaders.MAX_PASSED_BYTES);
    }

    @Test
    void refusesIdsThatAreTooLongToEcho() {
        headers.add("kafka_correlationId", new byte[1_025]);

        RejectedRequest rejected = rejected(record("m.onnx", "{}"));

        assertThat(rejected.error()).hasMessageContaining("kafka_correlationId").hasMessageContaining("1,024");
        assertThat(rejected.reply().echoed()).isEmpty();
    }

    @Test
    void repliesInTheDialectOfTheRequest() {
        headers.add("kafka_correlationId", new byte[] {1, 2})
                .add("kafka_replyTopic", utf8("allowed.topic"))
                .add("kafka_replyPartition", new byte[] {0, 0, 0, 9})
                .add("ce_id", utf8("abc"))
                .add("traceparent", utf8("00-1-2-3"))
                .add("X-Tenant", utf8("acme"));
        Invocation invocation = served(record("m.onnx", "{}"));

        ProducerRecord<byte[], byte[]> reply = codec.encodeReply(
                invocation.reply(),
                new ReplyHead(
                        invocation.model(),
                        "etag",
                        Tier.DISK,
                        new Timing(12_100_000, 0, 95_000_000, 3_400_000),
                        "i-1",
                        4),
                new EncodedBody("text/csv", -1, utf8("1,2")));

        assertThat(reply.topic()).isEqualTo("allowed.topic");
        assertThat(reply.partition()).isEqualTo(9);
        assertThat(reply.key()).isEqualTo(utf8("abc"));
        assertThat(reply.value()).isEqualTo(utf8("1,2"));
        assertThat(reply.headers().lastHeader("kafka_correlationId").value()).containsExactly(1, 2);
        assertThat(texts(reply.headers()))
                .contains("ce_id=abc", "remora-request-id=abc", "traceparent=00-1-2-3", "X-Tenant=acme")
                .contains("content-type=text/csv", "remora-status=ok", "remora-status-code=200", "remora-batch=4")
                .contains("remora-model=m.onnx", "remora-model-version=etag", "remora-tier=disk", "remora-instance=i-1")
                .contains("remora-timing=queue;dur=12.1, load;dur=95, run;dur=3.4")
                .doesNotContain("remora-error-code");
    }

    @Test
    void repliesWithAnErrorAsJson() {
        RejectedRequest rejected = rejected(record("m.onnx", null));

        ProducerRecord<byte[], byte[]> reply =
                codec.encodeReply(rejected.reply(), ReplyHead.of("i-1"), rejected.error());

        assertThat(reply.topic()).isEqualTo("endpoint.replies");
        assertThat(reply.partition()).isNull();
        assertThat(texts(reply.headers()))
                .contains("remora-status=error", "remora-status-code=400", "remora-error-code=BAD_REQUEST")
                .contains("content-type=application/json");
        assertThat(new String(reply.value(), StandardCharsets.UTF_8))
                .isEqualTo("{\"code\":\"BAD_REQUEST\",\"message\":\"The record has no value.\","
                        + "\"remedy\":\"Send the input as value.\"}");
    }

    @Test
    void saysHowLongTheJsonBeforeRawTensorsIs() {
        ReplyContext reply = served(record("m.onnx", "{}")).reply();

        ProducerRecord<byte[], byte[]> encoded =
                codec.encodeReply(reply, ReplyHead.of("i"), new EncodedBody("application/octet-stream", 17, utf8("")));

        assertThat(texts(encoded.headers())).contains("Inference-Header-Content-Length=17");
    }

    private Invocation served(ConsumerRecord<byte[], byte[]> record) {
        return (Invocation) codec.decode(record, NOW);
    }

    private RejectedRequest rejected(ConsumerRecord<byte[], byte[]> record) {
        return (RejectedRequest) codec.decode(record, NOW);
    }

    private ConsumerRecord<byte[], byte[]> record(@Nullable String key, @Nullable String value) {
        return record(key, value, SENT);
    }

    private ConsumerRecord<byte[], byte[]> record(@Nullable String key, @Nullable String value, long timestamp) {
        return new ConsumerRecord<>(
                "endpoint.invocations",
                3,
                42,
                timestamp,
                TimestampType.CREATE_TIME,
                0,
                0,
                key == null ? null : utf8(key),
                value == null ? null : utf8(value),
                headers,
                Optional.empty());
    }

    private static Iterable<String> texts(Headers headers) {
        List<String> texts = new ArrayList<>();
        headers.forEach(h -> texts.add(h.key() + "=" + new String(h.value(), StandardCharsets.UTF_8)));
        return texts;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
