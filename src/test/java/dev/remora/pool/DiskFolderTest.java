package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.protocol.ModelName;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFolderTest {
    private static final ModelName MODEL = new ModelName("a.onnx");

    private Path root;
    private DiskFolder folder;

    @BeforeEach
    void openFolder(@TempDir Path empty) throws IOException {
        root = empty;
        folder = open();
    }

    private DiskFolder open() throws IOException {
        return DiskFolder.open(root, any -> Long.MAX_VALUE);
    }

    private DiskEntry publish(String version) throws IOException {
        Path work = folder.newWork();
        Path artifact = Files.createDirectory(work.resolve(DiskFolder.ARTIFACT));
        Files.writeString(artifact.resolve("a.onnx"), "bytes");
        return folder.publish(work, MODEL, version, ContentHash.ofFolder(artifact));
    }

    @Test
    void anEvictedEntryThatIsStillDeletedTakesNothingOfTheSameVersionAlong() throws IOException {
        DiskEntry evicted = publish("v1");
        DiskEntry again = publish("v1");

        folder.delete(evicted);

        assertThat(evicted.folder).doesNotExist();
        assertThat(folder.intact(again)).isTrue();
        assertThat(folder.scan(Set.of())).extracting(entry -> entry.folder).containsExactly(again.folder);
    }

    @Test
    void aFaultInOneDeletionIsSaidAndKeepsNothingElseFromBeingDone() {
        Path faulty = (Path)
                Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Path.class}, (it, what, with) -> {
                    if (what.getName().equals("toString")) {
                        return "faulty";
                    }
                    throw new IllegalStateException(what.getName());
                });

        try (LogSpy log = new LogSpy(DiskFolder.class)) {
            folder.delete(new DiskEntry(MODEL, "v1", faulty, 1, "sum"));

            assertThat(log.said()).singleElement().asString().startsWith("SEVERE faulty was not deleted");
            assertThat(log.shown()).singleElement().isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void whatTheDiskDoesNotLetUsDeleteIsSaidInALineThatNamesTheRemedy() throws IOException {
        Path file = Files.createFile(root.resolve("file"));

        try (LogSpy log = new LogSpy(DiskFolder.class)) {
            folder.delete(new DiskEntry(MODEL, "v1", file.resolve("below"), 1, "sum"));

            assertThat(log.said())
                    .singleElement()
                    .asString()
                    .startsWith("SEVERE " + file)
                    .contains("Check the rights");
            assertThat(log.shown()).isEmpty();
        }
    }

    @Test
    void whoIsStillStuckInAFetchSharesNoNameWithWhoComesAfter() throws IOException {
        Path ofBefore = folder.newWork();
        Path ofNow = open().newWork();

        SafeFiles.delete(ofBefore);

        assertThat(ofNow).exists();
    }

    @Test
    void whoIsLateChangesNothingOfWhoComesAfter() throws IOException {
        DiskEntry entry = publish("v1");
        Path work = folder.newWork();
        Files.createDirectory(work.resolve(DiskFolder.ARTIFACT));
        folder.close();

        folder.delete(entry);
        assertThatThrownBy(() -> folder.publish(work, MODEL, "v2", "sum")).isInstanceOf(IOException.class);
        assertThatThrownBy(folder::newWork).isInstanceOf(IOException.class);

        assertThat(open().scan(Set.of())).extracting(each -> each.version).containsExactly("v1");
    }

    @Test
    void theLastOneTakesTheModelsFolderAlong() throws IOException {
        DiskEntry entry = publish("v1");

        folder.delete(entry);

        assertThat(entry.folder.getParent()).doesNotExist();
        assertThat(publish("v1").artifact()).exists();
    }
}
