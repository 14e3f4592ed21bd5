package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.runtime.Niceness;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class PoolThreadsTest {
    private static final int NICE_FIELD = 16;
    private static final int NICEST = 19;

    @Test
    void theThreadsOfThePoolGiveWayAndNoOthersDo() throws InterruptedException {
        int before = nice();
        CompletableFuture<Integer> seen = new CompletableFuture<>();
        Thread thread = PoolThreads.named(Thread::new, () -> seen.complete(nice()), "remora-load");

        thread.start();

        assertThat(seen.join()).isEqualTo(Math.min(NICEST, before + Niceness.LOWERED_BY));
        thread.join();
        assertThat(nice()).isEqualTo(before);
    }

    @Test
    void aThreadThatOneOfThemStartsGivesWayNoFurther() throws InterruptedException {
        CompletableFuture<Integer> first = new CompletableFuture<>();
        CompletableFuture<Integer> second = new CompletableFuture<>();
        Thread thread = PoolThreads.named(
                Thread::new,
                () -> {
                    first.complete(nice());
                    PoolThreads.named(Thread::new, () -> second.complete(nice()), "remora-verify")
                            .start();
                },
                "remora-load");

        thread.start();

        assertThat(second.join()).isEqualTo(first.join());
        thread.join();
    }

    private static int nice() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[NICE_FIELD]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
