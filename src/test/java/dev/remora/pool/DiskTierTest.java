package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.Await;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskTierTest {
    private static final int KIB = 1024;

    private Path disk;
    private PoolFixture fixture;

    @BeforeEach
    void makePool(@TempDir Path folder) {
        disk = folder;
        fixture = new PoolFixture(folder);
    }

    @AfterEach
    void closePool() {
        fixture.close();
    }

    private static byte[] archive(String name, byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(packed))) {
            TarArchiveEntry entry = new TarArchiveEntry(name);
            entry.setSize(bytes.length);
            tar.putArchiveEntry(entry);
            tar.write(bytes);
            tar.closeArchiveEntry();
        }
        return packed.toByteArray();
    }

    @Test
    void aRestartFindsWhatIsThereAndDownloadsNothing() throws IOException {
        ModelName model = fixture.upload("a/b ä", "v1", 100);
        fixture.use(fixture.open(), model);
        fixture.close();
        Files.createDirectories(disk.resolve("tmp/fetch-1"));
        Files.write(disk.resolve("tmp/fetch-1/half"), new byte[100]);

        TieredModelPool pool = fixture.open();

        assertThat(pool.expect(model).tier()).isEqualTo(Tier.DISK);
        assertThat(disk.resolve("tmp/fetch-1")).doesNotExist();
        assertThat(fixture.use(pool, model)).isEqualTo("v1");
        assertThat(fixture.store.downloads).hasValue(1);
        Await.until("the figure is true", () -> pool.snapshot().diskBytes() == fixture.used());
    }

    @Test
    void aDiskThatCannotBeUsedIsSaidInOneLineWithItsPathAndTheRemedy() throws IOException {
        Path taken = Files.createFile(disk.resolve("models"));

        assertThatThrownBy(fixture::open).isInstanceOfSatisfying(RemoraException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(e.getMessage()).contains(taken.toString()).doesNotContain("\n");
            assertThat(e.remedy()).contains("read and write", "remora.disk.path");
        });
    }

    @Test
    void aRestartWithoutTheStoreServesWhatIsThere() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(fixture.open(), model);
        fixture.close();
        fixture.store.failure = FakeStore.outage();

        assertThat(fixture.use(fixture.open(), model)).isEqualTo("v1");
    }

    @Test
    void aRestartForgetsWhatItDoesNotUnderstand() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(fixture.open(), model);
        fixture.close();
        Path facts = fixture.onlyFile("entry.properties");
        Files.writeString(facts, Files.readString(facts).replace("format=1", "format=99"));

        TieredModelPool pool = fixture.open();

        assertThat(pool.expect(model).tier()).isEqualTo(Tier.S3);
        assertThat(fixture.used()).isZero();
        assertThat(fixture.use(pool, model)).isEqualTo("v1");
    }

    @Test
    void aSmallerBudgetAtTheNextStartEvicts() {
        TieredModelPool before = fixture.open();
        List<ModelName> models = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            models.add(fixture.upload("m" + i, "v1", 10, 10, 10 * KIB));
            fixture.use(before, models.get(i));
        }
        fixture.close();
        fixture.diskBytes = 40 * KIB;

        TieredModelPool pool = fixture.open();

        assertThat(pool.snapshot().diskModels()).isEqualTo(2);
        assertThat(fixture.used()).isLessThanOrEqualTo(fixture.diskBytes);
    }

    @Test
    void theMeasurementIsRememberedThroughARestart() {
        ModelName model = fixture.upload("a", "v1", 900, 50, 0);
        fixture.use(fixture.open(), model);
        fixture.close();

        TieredModelPool pool = fixture.open();
        fixture.use(pool, model);

        assertThat(pool.snapshot().memoryPeakBytes()).isEqualTo(50);
    }

    @Test
    void theBudgetHoldsAndTheLeastRecentlyUsedLeavesFirst() {
        fixture.diskBytes = 64 * KIB;
        fixture.memoryBytes = 10;
        TieredModelPool pool = fixture.open();
        List<ModelName> models = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            models.add(fixture.upload("m" + i, "v1", 10, 10, 10 * KIB));
            fixture.use(pool, models.get(i));
            assertThat(pool.snapshot().diskBytes()).isLessThanOrEqualTo(fixture.diskBytes);
            assertThat(fixture.used()).isLessThanOrEqualTo(fixture.diskBytes);
        }

        assertThat(pool.expect(models.get(11)).tier()).isEqualTo(Tier.MEMORY);
        assertThat(pool.expect(models.get(10)).tier()).isEqualTo(Tier.DISK);
        assertThat(pool.expect(models.get(9)).tier()).isEqualTo(Tier.DISK);
        assertThat(pool.expect(models.get(0)).tier()).isEqualTo(Tier.S3);
        Await.until("the figure is true", () -> pool.snapshot().diskBytes() == fixture.used());
    }

    @Test
    void whatIsLargerThanTheTierIsTooLargeAndNotDownloaded() {
        ModelName model = fixture.upload("a", "v1", 10, 10, 100 * KIB);
        fixture.diskBytes = 64 * KIB;
        TieredModelPool pool = fixture.open();

        assertThatThrownBy(() -> fixture.prepare(pool, model))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_TOO_LARGE));
        assertThat(fixture.store.downloads).hasValue(0);
    }

    @Test
    void aDownloadWaitsForRoomUntilWhatIsNeededHasBeenLoaded() {
        fixture.diskBytes = 32 * KIB;
        fixture.memoryBytes = 10;
        TieredModelPool pool = fixture.open();
        ModelName holder = fixture.upload("holder", "v1", 10);
        Lease held = fixture.acquire(pool, holder);
        fixture.waiting(holder, 0);
        ModelName first = fixture.upload("first", "v1", 10, 10, 10 * KIB);
        ModelName second = fixture.upload("second", "v1", 10, 10, 20 * KIB);
        CompletableFuture<Preparation> soon =
                pool.prepare(fixture.waiting(first, 1)).toCompletableFuture();
        Await.until("the first is on disk", () -> pool.expect(first).tier() == Tier.DISK);
        CompletableFuture<Preparation> later =
                pool.prepare(fixture.waiting(second, 2)).toCompletableFuture();
        Await.until("the second has asked", () -> fixture.store.calls.get() == 3);
        assertThat(pool.expect(first).tier()).isEqualTo(Tier.DISK);

        fixture.satisfied(holder);
        held.close();
        soon.join();
        fixture.use(pool, first);
        later.join();

        assertThat(pool.expect(second).tier()).isEqualTo(Tier.MEMORY);
        assertThat(fixture.used()).isLessThanOrEqualTo(fixture.diskBytes);
    }

    @Test
    void anArchiveIsUnpackedBeforeItIsServed() throws IOException {
        ModelName model = new ModelName("eu/model.tar.gz");
        fixture.store.put(model, "v1", archive("inner/net.fake", FakeRuntime.artifact(70, 70, 0)));
        TieredModelPool pool = fixture.open();

        assertThat(fixture.use(pool, model)).isEqualTo("v1");

        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(70);
        assertThat(fixture.onlyFile("net.fake")).exists();
        Await.until("the figure is true", () -> pool.snapshot().diskBytes() == fixture.used());
    }

    @Test
    void anArchiveThatUnpacksToMuchGetsTheRoomItTurnsOutToNeed() throws IOException {
        fixture.diskBytes = 400 * KIB;
        TieredModelPool pool = fixture.open();
        List<ModelName> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            others.add(fixture.upload("m" + i, "v1", 10, 10, 10 * KIB));
            fixture.use(pool, others.get(i));
        }
        ModelName model = new ModelName("model.tgz");
        fixture.store.put(model, "v1", archive("net.fake", FakeRuntime.artifact(70, 70, 300 * KIB)));

        assertThat(fixture.use(pool, model)).isEqualTo("v1");

        assertThat(pool.expect(others.get(0)).tier()).isNotEqualTo(Tier.DISK);
        assertThat(fixture.used()).isLessThanOrEqualTo(fixture.diskBytes);
        Await.until("the figure is true", () -> pool.snapshot().diskBytes() == fixture.used());
    }

    @Test
    void anArchiveThatUnpacksToMoreThanTheTierIsTooLarge() throws IOException {
        fixture.diskBytes = 100 * KIB;
        ModelName model = new ModelName("model.tgz");
        byte[] noise = new byte[80 * KIB];
        new Random(1).nextBytes(noise);
        fixture.store.put(model, "v1", archive("net.fake", noise));
        TieredModelPool pool = fixture.open();

        assertThatThrownBy(() -> fixture.prepare(pool, model))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_TOO_LARGE));
        Await.until("its room is free", () -> pool.snapshot().diskBytes() == 0);
        assertThat(fixture.used()).isZero();
    }

    @Test
    void aHostileArchiveIsInvalidAndLeavesNothing() throws IOException {
        ModelName model = new ModelName("model.tgz");
        fixture.store.put(model, "v1", archive("../../escaped", new byte[10]));
        TieredModelPool pool = fixture.open();

        assertThatThrownBy(() -> fixture.prepare(pool, model))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID));
        assertThat(disk.resolve("escaped")).doesNotExist();
        Await.until("its room is free", () -> pool.snapshot().diskBytes() == 0);
    }

    @Test
    void aNameCannotChooseAPath() throws IOException {
        ModelName model = new ModelName("a b/" + "x".repeat(500) + "$(rm -rf ~);.fake");
        fixture.store.put(model, "../v1", FakeRuntime.artifact(10, 10, 0));
        TieredModelPool pool = fixture.open();

        assertThat(fixture.use(pool, model)).isEqualTo("../v1");

        String file = String.valueOf(fixture.onlyFile(".fake").getFileName());
        assertThat(file).matches("[A-Za-z0-9._-]{1,100}");
    }
}
