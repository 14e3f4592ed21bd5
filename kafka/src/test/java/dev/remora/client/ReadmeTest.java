package dev.remora.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The README's Java is this class's, so that it compiles against the client as it is. */
class ReadmeTest {
    @Test
    void readmeShowsTheExampleBelow() throws IOException {
        String readme = Files.readString(Path.of("../README.md"));
        String source = Files.readString(Path.of("src/test/java/dev/remora/client/ReadmeTest.java"));

        String shown = readme.substring(readme.indexOf("```java\n") + 8);
        shown = shown.substring(0, shown.indexOf("```"));

        assertThat(source.stripIndent().replace("\n        ", "\n")).contains(withoutImports(shown));
    }

    private static String withoutImports(String shown) {
        return shown.substring(shown.indexOf("try ("));
    }

    @SuppressWarnings({"unused", "SystemOut"})
    private static void example() throws Exception {
        try (RemoraClient client = RemoraClient.builder()
                .bootstrapServers("localhost:9092")
                .endpoint("demo")
                .build()) {
            InferenceReply reply = client.infer(
                            "acme/churn.onnx",
                            InferenceRequest.tensors(Tensor.floats("x", new long[] {1, 3}, 0.1f, 0.2f, 0.7f)))
                    .get();
            System.out.println(Arrays.toString(reply.tensors().get(0).floats()));
            System.out.println(reply.tier() + " " + reply.modelVersion() + " " + reply.timing());
        }
    }
}
