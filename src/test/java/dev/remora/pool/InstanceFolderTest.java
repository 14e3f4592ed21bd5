package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.protocol.RemoraException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceFolderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path disk;

    @Test
    void keepsItsMadeUpIdThroughRestarts() {
        String id;
        try (InstanceFolder folder = InstanceFolder.open(disk.resolve("new"), Optional.empty())) {
            id = folder.id();
        }

        try (InstanceFolder folder = InstanceFolder.open(disk.resolve("new"), Optional.empty())) {
            assertThat(id).matches("r-[0-9a-f]{8}");
            assertThat(folder.id()).isEqualTo(id);
        }
    }

    @Test
    void takesAndKeepsTheWantedId() {
        try (InstanceFolder folder = InstanceFolder.open(disk, Optional.of("blue-1"))) {
            assertThat(folder.id()).isEqualTo("blue-1");
        }

        try (InstanceFolder folder = InstanceFolder.open(disk, Optional.empty())) {
            assertThat(folder.id()).isEqualTo("blue-1");
        }
    }

    @Test
    void refusesASecondInstanceOnTheSameFolder() {
        try (InstanceFolder folder = InstanceFolder.open(disk, Optional.empty())) {
            assertThatThrownBy(() -> InstanceFolder.open(disk, Optional.empty()))
                    .isInstanceOfSatisfying(
                            RemoraException.class, e -> assertThat(e.remedy()).contains("remora.disk.path"))
                    .hasMessageContaining("Another instance");
            assertThat(folder.id()).isNotEmpty();
        }
    }

    @Test
    void refusesAnIdThatIsNone() {
        assertThatThrownBy(() -> InstanceFolder.open(disk, Optional.of("a b")))
                .isInstanceOf(RemoraException.class)
                .hasMessageContaining("malformed");
    }
}
