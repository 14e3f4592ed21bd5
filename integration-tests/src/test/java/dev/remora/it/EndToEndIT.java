package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One instance, one record, one reply. */
class EndToEndIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(EndToEndIT.class);

    @BeforeAll
    static void start() throws IOException {
        ENDPOINT.start(ENDPOINT.settings("one"));
    }

    @AfterAll
    static void stop() {
        ENDPOINT.close();
    }

    @Test
    void answersWithWhatTheModelAnswers() {
        TinyNet net = TinyNet.of(1);
        ENDPOINT.upload("acme/tiny.onnx", net.onnx());

        Reply reply =
                Requester.await(ENDPOINT.requester().send("acme/tiny.onnx", "{\"instances\": [[0.5, -1, 2, 0.25]]}"));

        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        assertThat(reply.header("remora-status")).isEqualTo("ok");
        assertThat(reply.header("remora-model")).isEqualTo("acme/tiny.onnx");
        Numbers.assertClose(reply.text(), net.answer(0.5f, -1, 2, 0.25f));
    }

    @Test
    void saysThatTheFirstUseIsColdAndTheSecondWarm() {
        String version = ENDPOINT.upload("warm.onnx", TinyNet.of(2).onnx());

        List<Reply> replies = List.of(
                Requester.await(ENDPOINT.requester().send("warm.onnx", "{\"instances\": [[1, 2, 3, 4]]}")),
                Requester.await(ENDPOINT.requester().send("warm.onnx", "{\"instances\": [[1, 2, 3, 4]]}")));

        assertThat(replies).extracting(Reply::tier).containsExactly("s3", "memory");
        assertThat(replies).extracting(Reply::version).containsOnly(version);
        assertThat(replies.get(0).header("remora-timing")).contains("fetch;dur=", "load;dur=", "run;dur=");
        assertThat(replies.get(0).text()).isEqualTo(replies.get(1).text());
        assertThat(ENDPOINT.downloads("warm.onnx")).isEqualTo(1);
    }

    @Test
    void answersForAModelThatDoesNotExist() {
        Reply reply = Requester.await(ENDPOINT.requester().send("missing.onnx", "{\"instances\": [[1]]}"));

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.header("remora-error-code")).isEqualTo("MODEL_NOT_FOUND");
        assertThat(reply.text()).contains("\"remedy\"");
    }

    @Test
    void endsWithinItsTimeWhenToldTo() throws IOException {
        PayaraInstance second = ENDPOINT.start(ENDPOINT.settings("two"));

        boolean byItself = second.stop(Duration.ofSeconds(40));

        assertThat(byItself).isTrue();
        assertThat(second.exitCode()).hasValue(143);
    }
}
