package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GoldenPayloadsTest {
    private final PayloadCodecs codecs = PayloadCodecs.standard();

    @ParameterizedTest
    @EnumSource
    void readsTheGoldenRequestAndWritesTheGoldenReply(Golden golden) {
        PayloadExchange exchange = codecs.open(golden.request());

        InferenceInput input = exchange.decode(golden.signature());
        EncodedBody reply = exchange.encode(golden.answer(), input);

        assertSame(input.tensors(), golden.inputs());
        assertThat(text(reply)).isEqualTo(text(golden.reply()));
        assertThat(reply.bytes()).isEqualTo(golden.reply().bytes());
        assertThat(reply.headerLength()).isEqualTo(golden.reply().headerLength());
        assertThat(reply.contentType()).isEqualTo(golden.reply().contentType());
    }

    @ParameterizedTest
    @EnumSource(names = {"V2_JSON", "V2_BINARY"})
    void aClientReadsTheGoldenReplyBack(Golden golden) {
        List<Tensor> outputs = new OpenInferenceJson()
                .decodeReply(golden.reply().bytes(), golden.reply().headerLength());

        assertSame(outputs, golden.answer().outputs());
    }

    @ParameterizedTest
    @EnumSource
    void findsTheKindByTheFirstByteWhereNoHeaderNamesIt(Golden golden) {
        Invocation.Body sent = golden.request();
        Invocation.Body unnamed = new Invocation.Body(null, null, sent.headerLength(), sent.bytes());

        if (golden != Golden.CSV) {
            assertSame(codecs.open(unnamed).decode(golden.signature()).tensors(), golden.inputs());
        }
    }

    private static String text(EncodedBody body) {
        return new String(body.bytes(), StandardCharsets.ISO_8859_1);
    }

    private static void assertSame(List<Tensor> actual, List<Tensor> expected) {
        assertThat(actual).hasToString(expected.toString());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).data()).isEqualTo(expected.get(i).data());
        }
    }
}
