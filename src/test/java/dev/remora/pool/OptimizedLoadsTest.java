package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.runtime.LoadedModel;
import dev.remora.runtime.OptimizedForm;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptimizedLoadsTest {
    private final FakeRuntime runtime = new FakeRuntime();
    private final FakeForm form = new FakeForm(runtime);
    private DiskFolder folder;
    private Path written;

    private Path disk;

    @BeforeEach
    void writeForm(@TempDir Path empty) throws IOException {
        disk = empty;
        folder = DiskFolder.open(disk, path -> Long.MAX_VALUE);
        written = Files.write(disk.resolve("written"), FakeRuntime.artifact(50, 50, 0));
    }

    @Test
    void whereTheChecksumCannotBeCountedNothingStaysInMemory() throws IOException {
        CountDownLatch loaded = new CountDownLatch(1);
        try (FileSystem elsewhere = FileSystems.newFileSystem(disk.resolve("x.zip"), Map.of("create", "true"))) {
            OptimizedFile file =
                    OptimizedFile.publish(Files.copy(written, elsewhere.getPath("/f")), elsewhere.getPath("/"), "k");
            OptimizedForm vanishing = new OptimizedForm() {
                @Override
                public String key() {
                    return "k";
                }

                @Override
                public boolean write(Path from, Path to) {
                    return false;
                }

                @Override
                public LoadedModel load(Path path) {
                    LoadedModel model = form.load(path);
                    close(elsewhere);
                    loaded.countDown();
                    return model;
                }
            };

            assertThat(open(
                            file,
                            vanishing,
                            task -> new Thread(() -> {
                                await(loaded);
                                task.run();
                            })))
                    .isNull();
        }

        assertThat(runtime.made).hasValue(1);
        assertThat(runtime.live).isEmpty();
    }

    @Test
    void whereNoThreadIsToBeHadItIsCheckedAllTheSame() throws IOException {
        OptimizedFile file = OptimizedFile.publish(written, disk, "k");

        LoadedModel model = open(file, form, task -> {
            throw new RemoraException(ErrorCode.UNAVAILABLE, "There is no thread.");
        });

        assertThat(model).isNotNull();
    }

    private @Nullable LoadedModel open(OptimizedFile file, OptimizedForm from, ThreadFactory threads)
            throws IOException {
        PoolFixture fixture = new PoolFixture(disk);
        PoolState state = new PoolState(fixture.settings(), CrashMarks.open(disk), fixture.policy, fixture.clock::get);
        ModelSlot slot = state.slot(PoolFixture.name("a"));
        DiskEntry entry = new DiskEntry(slot.name, "v1", disk.resolve("entry"), 0, "");
        try (Verifier verifier = new Verifier(folder, threads)) {
            return new OptimizedLoads(state, new Preparations(state, folder), verifier).open(slot, entry, file, from);
        }
    }

    private static void close(FileSystem files) {
        try {
            files.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
