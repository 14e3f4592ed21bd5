package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixedRowsTest {
    private final Path model;

    MixedRowsTest(@TempDir Path folder) {
        this.model = folder.resolve("model.onnx");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DynamicQuantizeLinear", "NonMaxSuppression", "NonZero", "Compress", "Unique"})
    void anOperatorThatMixesRowsIsFoundWhereverItsNameStands(String operator) throws IOException {
        byte[] name = operator.getBytes(StandardCharsets.US_ASCII);
        for (int at : places(name.length)) {
            byte[] bytes = new byte[at + name.length + 3];
            new Random(at).nextBytes(bytes);
            System.arraycopy(name, 0, bytes, at, name.length);

            assertThat(MixedRows.absent(Files.write(model, bytes)))
                    .as("at %s", at)
                    .isFalse();
        }
    }

    /** At the beginning, and across the end of a piece that is read at once. */
    private static int[] places(int length) {
        return IntStream.concat(
                        IntStream.range(0, 20),
                        IntStream.range(MixedRows.PIECE_BYTES - length - 2, MixedRows.PIECE_BYTES + 2))
                .toArray();
    }

    @Test
    void othersAreNot() throws IOException {
        String names = "QuantizeLinear DynamicQuantiz DynamicSlice NonMaxSuppressio";

        assertThat(MixedRows.absent(Files.writeString(model, names))).isTrue();
        assertThat(MixedRows.absent(Files.write(model, new byte[3]))).isTrue();
        assertThat(MixedRows.absent(Files.write(model, new byte[3 * MixedRows.PIECE_BYTES])))
                .isTrue();
    }

    @Test
    void aLargeModelIsNotLookedThrough() throws IOException {
        Files.createFile(model);
        assertThat(MixedRows.absent(model)).isTrue();

        try (RandomAccessFile file = new RandomAccessFile(model.toFile(), "rw")) {
            file.setLength(MixedRows.LARGEST_BYTES + 1);
        }

        assertThat(MixedRows.absent(model)).isFalse();
    }
}
