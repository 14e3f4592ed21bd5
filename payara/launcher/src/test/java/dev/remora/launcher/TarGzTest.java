package dev.remora.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarGzTest {
    @Test
    void isReadByTar(@TempDir Path folder) throws Exception {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("model.onnx", new byte[1000]);
        files.put("notes/read.me", "hello".getBytes(StandardCharsets.UTF_8));
        files.put("empty", new byte[0]);
        Path archive = folder.resolve("model.tar.gz");

        Files.write(archive, TarGz.of(files));

        Process tar = new ProcessBuilder("tar", "-xzvf", archive.toString(), "-C", folder.toString())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("model.onnx\nnotes/read.me\nempty\n");
        assertThat(folder.resolve("model.onnx")).hasSize(1000);
        assertThat(folder.resolve("notes/read.me")).hasContent("hello");
    }
}
