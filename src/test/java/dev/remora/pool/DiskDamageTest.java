package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.Await;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiskDamageTest {
    private PoolFixture fixture;

    @BeforeEach
    void makePool(@TempDir Path folder) {
        fixture = new PoolFixture(folder);
    }

    @AfterEach
    void closePool() {
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aByteThatFlippedOnDiskIsNoticedBeforeTheModelServes(boolean tolerant) throws IOException {
        fixture.runtime.tolerant = tolerant;
        ModelName model = fixture.upload("a", "v1", 100, 100, 1000);
        fixture.use(fixture.open(), model);
        fixture.close();
        flipAByte();

        TieredModelPool pool = fixture.open();

        assertThat(fixture.use(pool, model)).isEqualTo("v1");
        assertThat(fixture.store.downloads).hasValue(2);
        assertThat(pool.snapshot().counts().diskEvictions().get(EvictionReason.CORRUPT))
                .extracting(PoolSnapshot.Evicted::count)
                .isEqualTo(1L);
        assertThat(fixture.runtime.loads.get()).isBetween(2, tolerant ? 3 : 2);
        assertThat(fixture.runtime.live).hasSize(1);
        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(100);
    }

    @Test
    void filesThatVanishAreFetchedAgain() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = fixture.open();
        fixture.runtime.before = folder -> {
            fixture.runtime.before = later -> {};
            delete(folder);
        };

        assertThat(fixture.use(pool, model)).isEqualTo("v1");

        assertThat(fixture.store.downloads).hasValue(2);
        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(100);
    }

    @Test
    void aDiskThatKeepsNothingIsNoReasonToFetchForEver() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = fixture.open();
        fixture.runtime.before = DiskDamageTest::delete;

        assertThatThrownBy(() -> fixture.prepare(pool, model))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));

        assertThat(fixture.store.downloads).hasValue(3);
        assertThat(pool.snapshot().memoryReservedBytes()).isZero();
    }

    private static void delete(Path folder) {
        try {
            SafeFiles.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFullDiskIsMadeRoomOnAndTriedAgain() {
        TieredModelPool pool = fixture.open();
        ModelName old = fixture.upload("old", "v1", 10);
        fixture.use(pool, old);
        ModelName model = fixture.upload("a", "v1", 10);
        fixture.store.diskFailure = new IOException("No space left on device");

        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(model, 1)).toCompletableFuture();
        Await.until("the old one gave way", () -> pool.snapshot().diskModels() == 0);
        fixture.store.diskFailure = null;
        Await.until("it is there", () -> {
            fixture.pass(Duration.ofSeconds(1));
            return way.isDone();
        });

        assertThat(way).isCompleted();
        Await.until("the figure is true", () -> pool.snapshot().diskBytes() == fixture.used());
    }

    @Test
    void aFullDiskIsKnownByItsFreeSpaceWhateverTheSystemCallsIt() {
        TieredModelPool pool = fixture.open();
        fixture.use(pool, fixture.upload("old", "v1", 10));
        fixture.freeBytes = 1000;
        fixture.store.diskFailure = new IOException("Plus de place");

        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(fixture.upload("a", "v1", 10), 1)).toCompletableFuture();
        Await.until("the old one gave way", () -> pool.snapshot().diskModels() == 0);
        fixture.freeBytes = Long.MAX_VALUE;
        fixture.store.diskFailure = null;
        Await.until("it is there", () -> {
            fixture.pass(Duration.ofSeconds(1));
            return way.isDone();
        });

        assertThat(way).isCompleted();
    }

    @Test
    void aDiskThatFailsWithRoomLeftMakesNobodyLeave() {
        TieredModelPool pool = fixture.open();
        fixture.use(pool, fixture.upload("old", "v1", 10));
        fixture.store.diskFailure = new IOException("Input/output error");

        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(fixture.upload("a", "v1", 10), 1)).toCompletableFuture();
        Await.until("it failed", () -> pool.snapshot().counts().fetchFailures() > 0);
        fixture.store.diskFailure = null;
        Await.until("it is there", () -> {
            fixture.pass(Duration.ofSeconds(1));
            return way.isDone();
        });

        assertThat(pool.snapshot().diskModels()).isEqualTo(2);
    }

    @Test
    void whatIsFirstLoadedLongAfterItsFetchIsHeldAgainstItsHash() throws IOException {
        TieredModelPool pool = fixture.open();
        ModelName big = fixture.upload("big", "v1", 1000);
        Lease running = fixture.acquire(pool, big);
        ModelName model = fixture.upload("a", "v1", 100, 100, 1000);
        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(model, 1)).toCompletableFuture();
        Await.until("it is on disk", () -> pool.snapshot().diskModels() == 2);
        flipAByte();

        fixture.pass(Duration.ofSeconds(61));
        fixture.satisfied(big);
        running.close();

        way.join();
        assertThat(fixture.store.downloads).hasValue(3);
    }

    private void flipAByte() throws IOException {
        Path file = fixture.onlyFile("a.fake");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 10] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void whatAProcessDiedOverIsHeldAgainstItsHashBeforeItIsLoaded() throws IOException {
        fixture.runtime.tolerant = true;
        ModelName model = fixture.upload("a", "v1", 100, 100, 1000);
        fixture.use(fixture.open(), model);
        fixture.close();
        CrashMarks.open(fixture.disk).begin(model, "v1");
        flipAByte();

        fixture.use(fixture.open(), model);

        assertThat(fixture.runtime.loads).hasValue(2);
    }
}
