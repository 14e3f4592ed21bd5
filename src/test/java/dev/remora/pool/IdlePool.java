package dev.remora.pool;

import dev.remora.Await;
import dev.remora.protocol.ModelName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A pool whose load thread has nothing to load, and a runtime that has optimized forms. */
class IdlePool {
    final LogSpy log = new LogSpy(OptimizedLoads.class);
    PoolFixture fixture;
    FakeForm form;

    @BeforeEach
    void makePool(@TempDir Path disk) {
        fixture = new PoolFixture(disk);
        fixture.maxAge = Duration.ofHours(10);
        form = new FakeForm(fixture.runtime);
        fixture.runtime.form = form;
    }

    @AfterEach
    void closePool() {
        fixture.close();
        log.close();
    }

    TieredModelPool opened() {
        return fixture.open();
    }

    void pass(String what, BooleanSupplier condition) {
        Await.until(what, () -> {
            fixture.pass(Duration.ofMillis(100));
            return condition.getAsBoolean();
        });
    }

    /** Time passes in which it could have been optimized many times. */
    void rest() {
        for (int i = 0; i < 3; i++) {
            fixture.pass(Duration.ofSeconds(5));
            fixture.awaitTurns();
        }
    }

    TieredModelPool optimized(ModelName... models) {
        TieredModelPool pool = opened();
        for (ModelName model : models) {
            fixture.use(pool, model);
        }
        pass("all are optimized", () -> pool.snapshot().optimized() == models.length);
        return pool;
    }

    static boolean isOptimized(Lease lease) {
        return ((FakeRuntime.FakeModel) lease.model()).optimized;
    }

    boolean servesOptimized(TieredModelPool pool, ModelName model) {
        try (Lease lease = fixture.acquire(pool, model)) {
            return isOptimized(lease);
        }
    }

    Path file() throws IOException {
        return ContentHash.files(fixture.disk.resolve("models")).stream()
                .filter(file -> file.getFileName().toString().startsWith("optimized-"))
                .findFirst()
                .orElseThrow();
    }

    /** Of the one entry; empty while it changes. */
    String facts() {
        try {
            return Files.readString(fixture.onlyFile("entry.properties"));
        } catch (IOException | UncheckedIOException | NoSuchElementException e) {
            return "";
        }
    }

    static void flipAByte(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 10] ^= 1;
        Files.write(file, bytes);
    }

    long marks() {
        try (Stream<Path> marks = Files.list(fixture.disk.resolve("marks"))) {
            return marks.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
