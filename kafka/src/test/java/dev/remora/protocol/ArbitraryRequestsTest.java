package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

class ArbitraryRequestsTest {
    private static final int MAX_ECHOED = RequestHeaders.MAX_PASSED_BYTES + 2 * (1024 + 100);

    private final MessageCodec codec = new MessageCodec("e.replies", topic -> topic.length() % 2 == 0, 1_000, 20);

    @Property(tries = 5_000, edgeCases = EdgeCasesMode.NONE)
    void areServedOrRejectedButAlwaysAnswered(
            @ForAll("texts") byte @Nullable [] key,
            @ForAll("texts") byte @Nullable [] value,
            @ForAll("headers") List<Header> headers,
            @ForAll long timestamp,
            @ForAll long now) {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "e.invocations",
                0,
                7,
                timestamp,
                TimestampType.CREATE_TIME,
                0,
                0,
                key,
                value,
                new RecordHeaders(headers),
                Optional.empty());

        DecodedRequest decoded = codec.decode(record, now);
        ProducerRecord<byte[], byte[]> reply =
                codec.encodeReply(decoded.reply(), ReplyHead.of("i"), new RemoraException(ErrorCode.INTERNAL, "x"));

        assertThat(reply.key()).hasSizeBetween(1, 1024);
        assertThat(decoded.reply().echoed().stream()
                        .mapToInt(h -> h.key().length() + h.value().length)
                        .sum())
                .isLessThanOrEqualTo(MAX_ECHOED);
        if (decoded instanceof Invocation invocation) {
            assertThat(invocation.priority()).isBetween(1, 9);
            assertThat(invocation.body().bytes()).isSameAs(value);
        } else {
            assertThat(((RejectedRequest) decoded).error().getMessage()).hasSizeBetween(1, 1_000);
        }
    }

    @Provide
    Arbitrary<List<Header>> headers() {
        Arbitrary<String> known = Arbitraries.of(Arrays.stream(MessageHeader.values())
                .flatMap(header -> header.names().stream())
                .toList());
        Arbitrary<String> names = Arbitraries.frequencyOf(
                Tuple.of(8, known),
                Tuple.of(1, Arbitraries.strings().ofMaxLength(30)),
                Tuple.of(1, Arbitraries.strings().alpha().ofMaxLength(9).map(s -> "x-" + s)));
        return Combinators.combine(names, texts())
                .as((name, value) -> (Header) new RecordHeader(name, value))
                .list()
                .ofMaxSize(8);
    }

    /** Null, any bytes, or what is nearly right somewhere. */
    @Provide
    Arbitrary<byte @Nullable []> texts() {
        Arbitrary<byte[]> likely = Arbitraries.of(
                        "5",
                        "0",
                        "-1",
                        "1234",
                        "99999999999",
                        "2027-01-15T08:00:00Z",
                        "a.onnx",
                        "../a",
                        "topic",
                        "to/pic",
                        "application/json",
                        "",
                        "x".repeat(1_025),
                        "\u0000")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
        Arbitrary<byte[]> any = Arbitraries.bytes().array(byte[].class).ofMaxSize(40);
        return Arbitraries.oneOf(likely, any).injectNull(0.05);
    }
}
