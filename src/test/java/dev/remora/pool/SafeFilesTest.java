package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that lies so deep that the system cannot list it, whoever asks. */
class SafeFilesTest {
    private static final int DEPTH = 14;

    private Path top;
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
    }
}
