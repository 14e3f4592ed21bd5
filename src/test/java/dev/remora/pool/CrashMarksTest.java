package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.Await;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashMarksTest {
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

    private void processDiesOver(ModelName model, String version) throws IOException {
        CrashMarks.open(disk).begin(model, version);
    }

    private boolean marked() throws IOException {
        try (Stream<Path> marks = Files.list(disk.resolve("marks"))) {
            return marks.findAny().isPresent();
        }
    }

    @Test
    void aMarkStandsFromTheLoadToTheEndOfTheFirstRun() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = fixture.open();

        Lease lease = fixture.acquire(pool, model);
        assertThat(marked()).isTrue();
        lease.close();

        Await.until("the mark is gone", () -> {
            try {
                return !marked();
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void anOrderlyEndLeavesNoMark() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = fixture.open();
        fixture.prepare(pool, model);
        assertThat(marked()).isTrue();

        pool.close();

        assertThat(marked()).isFalse();
    }

    @Test
    void afterOneCrashTheVersionIsTriedAgain() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        processDiesOver(model, "v1");

        assertThat(fixture.use(fixture.open(), model)).isEqualTo("v1");
    }

    @Test
    void afterTwoCrashesTheVersionIsQuarantinedAndANewOneIsNot() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        processDiesOver(model, "v1");
        processDiesOver(model, "v1");
        TieredModelPool pool = fixture.open();

        assertThatThrownBy(() -> fixture.use(pool, model))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID))
                .hasMessageContaining("quarantined");
        assertThat(fixture.runtime.loads).hasValue(0);

        fixture.upload("a", "v2", 100);
        fixture.pass(Duration.ofSeconds(10));
        assertThat(fixture.use(pool, model)).isEqualTo("v2");
    }

    @Test
    void theQuarantineEnds() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        processDiesOver(model, "v1");
        processDiesOver(model, "v1");
        TieredModelPool pool = fixture.open();
        assertThatThrownBy(() -> fixture.use(pool, model)).isInstanceOf(RemoraException.class);

        fixture.pass(Duration.ofMinutes(6));

        assertThat(fixture.use(pool, model)).isEqualTo("v1");
    }

    @Test
    void aSuspectIsLoadedWithNoOtherUnprovenModelBesideIt() throws IOException {
        ModelName suspect = fixture.upload("suspect", "v1", 100);
        ModelName other = fixture.upload("other", "v1", 100);
        processDiesOver(suspect, "v1");
        TieredModelPool pool = fixture.open();
        Lease first = fixture.acquire(pool, suspect);

        var way = pool.prepare(fixture.waiting(other, 1)).toCompletableFuture();
        Await.until("it is on disk", () -> pool.snapshot().diskModels() == 2);
        assertThat(way).isNotDone();
        first.close();

        way.join();
    }

    @Test
    void aMarkUnderTheNameOfAnotherCountsAgainstNobody() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        processDiesOver(model, "v1");
        Path mark;
        try (Stream<Path> marks = Files.list(disk.resolve("marks"))) {
            mark = marks.findAny().orElseThrow();
        }
        Files.move(mark, mark.resolveSibling("0"));

        CrashMarks marks = CrashMarks.open(disk);

        assertThat(marks.crashes(model, "v1")).isZero();
        assertThat(marked()).isFalse();
    }

    @Test
    void whoEndsALoadAfterThePoolWasClosedTakesNoMarkOfTheNextAway() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        CrashMarks before = CrashMarks.open(disk);
        before.begin(model, "v1");
        before.close();
        CrashMarks.open(disk).begin(model, "v1");

        before.end(model, "v1");
        before.withdraw(model, "v1");
        before.begin(model, "v1");

        assertThat(CrashMarks.open(disk).crashes(model, "v1")).isEqualTo(2);
    }

    @Test
    void whatCouldNotBeLookedAtIsStillSuspected() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        processDiesOver(model, "v1");
        TieredModelPool pool = fixture.open();
        fixture.runtime.assessFailure = new IllegalStateException("not now");

        assertThatThrownBy(() -> fixture.prepare(pool, model)).isInstanceOf(RemoraException.class);

        assertThat(marked()).isTrue();
    }
}
