package dev.remora.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Real models for the tests, and ways to make many of one. Tiny nets with a known answer: see TinyNet. */
final class Models {
    private Models() {}

    /** all-MiniLM-L6-v2, quantised: a sentence embedding of 23 MB. Comes with the launcher from Maven Central. */
    static byte[] miniLm() {
        return resource("/all-minilm-l6-v2-q.onnx");
    }

    /** bge-small-en-v1.5, quantised: a sentence embedding of 34 MB. */
    static byte[] bgeSmall() {
        return resource("/bge-small-en-v1.5-q.onnx");
    }

    /** A model that Maven Central does not have; the test is skipped, saying so, where it is not at hand. */
    static byte[] shared(String file) {
        for (Path folder = Stack.ROOT; folder != null; folder = folder.getParent()) {
            Path model = folder.resolve("shared/models").resolve(file);
            if (Files.isRegularFile(model)) {
                return read(model);
            }
        }
        Assumptions.abort("Skipped: " + file + " is not in a folder shared/models beside or above the repository");
        throw new AssertionError();
    }

    private static byte[] resource(String name) {
        try (InputStream in = Models.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not on the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
