package dev.remora.plugin.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThisMachineTest {
    @Test
    void theLeastLimitOfAllGroupsAboveCounts(@TempDir Path root) throws IOException {
        var own = Files.createDirectories(root.resolve("groups/pod/container"));
        Files.writeString(own.resolve("memory.max"), "max\n");
        Files.writeString(root.resolve("groups/pod/memory.max"), "1073741824\n");
        var file = Files.writeString(root.resolve("cgroup"), "0::/pod/container\n");

        assertThat(ThisMachine.groupLimit(file, root.resolve("groups"))).isEqualTo(1L << 30);
    }

    @Test
    void withoutGroupsThereIsNoLimit(@TempDir Path root) {
        assertThat(ThisMachine.groupLimit(root.resolve("none"), root)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whatIsInTheFolderCountsAsRoom(@TempDir Path folder) throws IOException {
        var machine = new ThisMachine();
        long before = machine.roomBytes(folder.resolve("new"));
        Files.write(folder.resolve("new").resolve("model"), new byte[1 << 20]);

        long after = machine.roomBytes(folder.resolve("new"));

        assertThat(after).isCloseTo(before, org.assertj.core.data.Percentage.withPercentage(20));
        assertThat(machine.memoryBytes()).isPositive();
    }
}
