package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxArtifactTest {
    private static final byte[] MODEL = TinyNets.scale(2);

    private final Path folder;

    OnnxArtifactTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void findsABareModel() throws IOException {
        hold(Map.of("churn.onnx", MODEL));

        assertThat(OnnxArtifact.find(folder)).isEqualTo(folder.resolve("churn.onnx"));
    }

    @Test
    void findsAModelByItsFirstBytesWhereTheNameSaysNothing() throws IOException {
        hold(Map.of("churn", MODEL, "readme.txt", "text".getBytes()));

        assertThat(OnnxArtifact.find(folder)).isEqualTo(folder.resolve("churn"));
    }

    @Test
    void findsAModelBelowOneDirectoryAndBesideOtherFiles() throws IOException {
        hold(Map.of("churn/model.onnx", MODEL, "churn/labels.txt", new byte[0], "__MACOSX/x/._model.onnx", MODEL));

        assertThat(OnnxArtifact.find(folder)).isEqualTo(folder.resolve("churn/model.onnx"));
    }

    @Test
    void findsTheHighestVersion() throws IOException {
        hold(Map.of(
                "churn/config.pbtxt",
                new byte[0],
                "churn/2/model.onnx",
                MODEL,
                "churn/10/model.onnx",
                MODEL,
                "churn/9/model.onnx",
                MODEL,
                "churn/notes/x.txt",
                new byte[0]));

        assertThat(OnnxArtifact.find(folder)).isEqualTo(folder.resolve("churn/10/model.onnx"));
    }

    @Test
    void saysWhatItFoundInsteadOfAModel() throws IOException {
        hold(Map.of("a/readme.txt", new byte[0], "a/model.pt", new byte[] {0x50, 0x4B, 3, 4}));

        RemoraException none = catchThrowableOfType(RemoraException.class, () -> OnnxArtifact.find(folder));

        assertThat(none.code()).isEqualTo(ErrorCode.MODEL_INVALID);
        assertThat(none).hasMessage("The artifact holds no ONNX model; it holds a/model.pt, a/readme.txt.");
        assertThat(OnnxArtifact.holdsModel(folder)).isFalse();
    }

    @Test
    void refusesToChooseBetweenTwo() throws IOException {
        hold(Map.of("a.onnx", MODEL, "b.onnx", MODEL));

        RemoraException two = catchThrowableOfType(RemoraException.class, () -> OnnxArtifact.find(folder));

        assertThat(two.code()).isEqualTo(ErrorCode.MODEL_INVALID);
        assertThat(two).hasMessage("The artifact holds more than one ONNX model: a.onnx, b.onnx.");
        assertThat(OnnxArtifact.holdsModel(folder)).isTrue();
    }

    @Test
    void weighsTheModelWithItsWeightsAndWithoutOtherVersions() throws IOException {
        hold(Map.of("1/model.onnx", MODEL, "2/model.onnx", MODEL, "2/weights.bin", new byte[1000]));

        assertThat(OnnxArtifact.bytes(folder)).isEqualTo(MODEL.length + 1000);
    }

    private void hold(Map<String, byte[]> files) throws IOException {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
    }
}
