package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MixedRowsTest {
    @Test
    void anOperatorThatQuantisesAllRowsTogetherIsFoundWhereverItsNameStands() {
        byte[] name = "DynamicQuantizeLinear".getBytes(StandardCharsets.US_ASCII);
        for (int at = 0; at < 200; at++) {
            byte[] bytes = new byte[at + name.length];
            new Random(at).nextBytes(bytes);
            System.arraycopy(name, 0, bytes, at, name.length);

            assertThat(MixedRows.in(bytes)).as("at %s", at).isTrue();
        }
    }

    @Test
    void othersAreNot() {
        assertThat(MixedRows.in("QuantizeLinear DynamicQuantiz DynamicSlice".getBytes(StandardCharsets.US_ASCII)))
                .isFalse();
        assertThat(MixedRows.in(new byte[3])).isFalse();
    }

    @Test
    void aLargeModelIsNotLookedThrough(@TempDir Path folder) throws IOException {
        Path model = Files.createFile(folder.resolve("model.onnx"));
        assertThat(MixedRows.absent(model)).isTrue();

        try (RandomAccessFile file = new RandomAccessFile(model.toFile(), "rw")) {
            file.setLength(MixedRows.LARGEST_BYTES + 1);
        }

        assertThat(MixedRows.absent(model)).isFalse();
    }
}
