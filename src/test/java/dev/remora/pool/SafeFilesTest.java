package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeFilesTest {
    private static final int DEPTH = 14;

    private Path top;
    /** Lies so deep that the system cannot list what is below it, whoever asks. */
    private Path moved;

    private Path below;

    @BeforeEach
    void makeFolders(@TempDir Path root) throws IOException {
        top = root.resolve("top");
        below = root.resolve("below");
        Files.createDirectories(deep(below));
        moved = Files.createDirectories(deep(top)).resolve("moved");
        Files.move(below, moved);
    }

    private static Path deep(Path from) {
        Path path = from;
        for (int i = 0; i < DEPTH; i++) {
            path = path.resolve("x".repeat(200));
        }
        return path;
    }

    @AfterEach
    void makeThemShortAgain() throws IOException {
        Files.move(moved, below);
    }

    /** Without its path, which fills the screen. */
    private static Class<?> failure(ThrowingCallable call) {
        return catchThrowable(call).getClass();
    }

    @Test
    void whatCannotBeListedFailsAsAnyDiskDoes() {
        assertThat(failure(() -> SafeFiles.delete(top))).isAssignableTo(IOException.class);
        assertThat(failure(() -> ContentHash.ofFolder(top))).isAssignableTo(IOException.class);
        assertThat(failure(() -> ContentHash.storedBytes(top))).isAssignableTo(IOException.class);
        assertThat(failure(() -> SafeFiles.children(deep(moved)))).isAssignableTo(IOException.class);
    }

    @Test
    void soDoesWhatFailsInTheMiddleOfBeingListed() {
        IOException failure = new IOException("the disk is broken");
        Stream<Path> listed = Stream.of(top).peek(any -> {
            throw new UncheckedIOException(failure);
        });

        assertThatThrownBy(() -> SafeFiles.all(listed)).isSameAs(failure);
    }
}
