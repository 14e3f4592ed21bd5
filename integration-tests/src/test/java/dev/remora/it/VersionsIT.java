package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.launcher.TinyNet;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is uploaded, overwritten and deleted in S3 holds within max-age, with no restart. */
class VersionsIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(VersionsIT.class);
    private static final Duration MAX_AGE = Duration.ofSeconds(2);
    private static final Duration SOON = MAX_AGE.plusSeconds(15);
    private static final String ROW = "{\"instances\": [[1, 2, 3, 4]]}";

    @BeforeAll
    static void start() throws IOException {
        ENDPOINT.start(ENDPOINT.settings("one").with("remora.models.max-age", MAX_AGE.toSeconds() + "s"));
    }

    @AfterAll
    static void stop() {
        ENDPOINT.close();
    }

    @Test
    void aNewVersionAnswersSoonAfterItsUpload() {
        String first = ENDPOINT.upload("m.onnx", TinyNet.of(1).onnx());
        Reply old = ask("m.onnx");
        assertThat(old.version()).isEqualTo(first);
        Numbers.assertClose(old.text(), TinyNet.of(1).answer(1, 2, 3, 4));

        String second = ENDPOINT.upload("m.onnx", TinyNet.of(2).onnx());

        Await.until("the new version answers", SOON, () -> {
            Reply reply = ask("m.onnx");
            assertThat(reply.status()).isEqualTo(200);
            return reply.version().equals(second);
        });
        Numbers.assertClose(ask("m.onnx").text(), TinyNet.of(2).answer(1, 2, 3, 4));
        assertThat(ENDPOINT.downloads("m.onnx")).isEqualTo(2);
    }

    @Test
    void aDeletedModelIsNotFoundSoonAfter() {
        ENDPOINT.upload("gone.onnx", TinyNet.of(3).onnx());
        assertThat(ask("gone.onnx").status()).isEqualTo(200);

        ENDPOINT.delete("gone.onnx");

        Await.until("it is not found", SOON, () -> ask("gone.onnx").status() == 404);
    }

    @Test
    void aModelThatWasMissingWorksSoonAfterItsUpload() {
        assertThat(ask("late.onnx").status()).isEqualTo(404);

        ENDPOINT.upload("late.onnx", TinyNet.of(4).onnx());

        Await.until("it answers", SOON, () -> ask("late.onnx").status() == 200);
    }

    @Test
    void aBrokenModelIsMendedByTheNextUpload() {
        ENDPOINT.upload("mended.onnx", new byte[] {'n', 'o', 't', ' ', 'o', 'n', 'e'});
        assertThat(ask("mended.onnx").status()).isEqualTo(422);

        ENDPOINT.upload("mended.onnx", TinyNet.of(5).onnx());

        Await.until("it answers", SOON, () -> ask("mended.onnx").status() == 200);
    }

    private static Reply ask(String model) {
        return Requester.await(ENDPOINT.requester().send(model, ROW));
    }
}
