package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.Await;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What becomes of optimized forms that lie on the disk. */
class OptimizedFileTest extends IdlePool {
    private static final int KIB = 1024;

    @Test
    void aRestartLoadsTheFormAndRemembersWhatItTakes() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool first = optimized(model);
        pass("it is measured", () -> first.snapshot().memoryReservedBytes() == 50);
        fixture.close();

        TieredModelPool pool = opened();

        assertThat(servesOptimized(pool, model)).isTrue();
        assertThat(fixture.runtime.loads).hasValue(1);
        assertThat(pool.snapshot().memoryPeakBytes()).isEqualTo(50);
        assertThat(pool.snapshot().diskBytes()).isEqualTo(fixture.used());
    }

    @Test
    void whatWasMadeForAnotherProcessorIsDeletedAtStart() {
        ModelName model = fixture.upload("a", "v1", 100);
        optimized(model);
        fixture.close();
        form.key = "fake-2";

        TieredModelPool pool = opened();

        assertThat(fixture.used()).isEqualTo(2 * ContentHash.BLOCK_BYTES);
        assertThat(pool.snapshot().diskBytes()).isEqualTo(fixture.used());
        assertThat(servesOptimized(pool, model)).isFalse();
        pass("it is made for this one", () -> pool.snapshot().optimized() == 1);
    }

    @Test
    void whoSwitchesItOffGetsTheRoomBack() {
        ModelName model = fixture.upload("a", "v1", 100);
        optimized(model);
        fixture.close();
        fixture.optimize = false;

        TieredModelPool pool = opened();

        assertThat(fixture.used()).isEqualTo(2 * ContentHash.BLOCK_BYTES);
        assertThat(servesOptimized(pool, model)).isFalse();
        rest();
        assertThat(form.writes).hasValue(1);
    }

    @Test
    void whatIsCutShortOrWasNeverEnteredIsDeletedAtStart() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        optimized(model);
        fixture.close();
        Path file = file();
        Files.write(file, new byte[7]);
        Files.write(file.resolveSibling("optimized-0"), new byte[7]);

        TieredModelPool pool = opened();

        assertThat(fixture.used()).isEqualTo(2 * ContentHash.BLOCK_BYTES);
        assertThat(servesOptimized(pool, model)).isFalse();
    }

    @Test
    void aDamagedFormIsDeletedAndTheArtifactServes() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100, 100, 1000);
        optimized(model);
        fixture.close();
        flipAByte(file());

        TieredModelPool pool = opened();

        assertThat(servesOptimized(pool, model)).isFalse();
        assertThat(fixture.store.downloads).hasValue(1);
        assertThat(log.said()).singleElement().asString().startsWith("INFO The optimized form of a.fake");
        assertThat(fixture.runtime.live).hasSize(1);
        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(100);
        Await.until("its room is free", () -> pool.snapshot().diskBytes() == fixture.used());
        pass("it is made again", () -> pool.snapshot().optimized() == 1);
    }

    @Test
    void whoseFormIsDamagedWaitsForTheRoomThatItsArtifactTakes() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100, 100, 1000);
        ModelName other = fixture.upload("b", "v1", 120);
        TieredModelPool first = optimized(model);
        pass("it is measured", () -> first.snapshot().memoryReservedBytes() == 50);
        fixture.close();
        flipAByte(file());
        fixture.memoryBytes = 200;
        TieredModelPool pool = opened();
        fixture.use(pool, other);

        assertThat(servesOptimized(pool, model)).isFalse();

        assertThat(pool.snapshot().memoryPeakBytes()).isLessThanOrEqualTo(200);
    }

    @Test
    void soDoesOneWhoseArtifactWasNeverMeasured() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100, 100, 1000);
        ModelName other = fixture.upload("b", "v1", 120);
        TieredModelPool first = optimized(model);
        pass("it is measured", () -> first.snapshot().memoryReservedBytes() == 50);
        fixture.close();
        flipAByte(file());
        Path entry = fixture.onlyFile("entry.properties");
        Files.writeString(entry, Files.readString(entry).replaceAll("(?m)^measured=.*$", "measured=-1"));
        fixture.memoryBytes = 200;
        TieredModelPool pool = opened();
        fixture.use(pool, other);

        assertThat(servesOptimized(pool, model)).isFalse();

        assertThat(pool.snapshot().memoryPeakBytes()).isLessThanOrEqualTo(200);
    }

    @Test
    void whoseFormIsNotToBeHadNowWaitsForTheRoomThatItsArtifactTakes() {
        ModelName model = fixture.upload("a", "v1", 100, 100, 1000);
        ModelName other = fixture.upload("b", "v1", 120);
        TieredModelPool first = optimized(model);
        pass("it is measured", () -> first.snapshot().memoryReservedBytes() == 50);
        fixture.close();
        form.loadFailure = new RemoraException(ErrorCode.UNAVAILABLE, "Not now.");
        fixture.memoryBytes = 200;
        TieredModelPool pool = opened();
        fixture.use(pool, other);

        assertThat(servesOptimized(pool, model)).isFalse();

        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(100);
        assertThat(pool.snapshot().memoryPeakBytes()).isLessThanOrEqualTo(200);
    }

    @Test
    void whatItsArtifactTookIsNotRememberedOfTheForm() {
        ModelName model = fixture.upload("a", "v1", 100);
        ModelName other = fixture.upload("b", "v1", 120);
        TieredModelPool first = optimized(model);
        pass("it is measured", () -> first.snapshot().memoryReservedBytes() == 50);
        fixture.close();
        fixture.memoryBytes = 200;
        form.loadFailure = new RemoraException(ErrorCode.UNAVAILABLE, "Not now.");
        assertThat(servesOptimized(opened(), model)).isFalse();
        fixture.close();
        form.loadFailure = null;
        TieredModelPool pool = opened();
        fixture.use(pool, other);

        assertThat(servesOptimized(pool, model)).isTrue();

        assertThat(pool.snapshot().loadedModels()).isEqualTo(2);
    }

    @Test
    void aFormThatIsNotToBeHadNowServesLater() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool first = optimized(model);
        pass("it is measured", () -> first.snapshot().memoryReservedBytes() == 50);
        fixture.close();
        form.loadFailure = new RemoraException(ErrorCode.UNAVAILABLE, "Not now.");
        TieredModelPool pool = opened();
        assertThat(servesOptimized(pool, model)).isFalse();

        form.loadFailure = null;

        pass("the smaller one is alone", () -> pool.snapshot().memoryReservedBytes() == 50);
        assertThat(form.writes).hasValue(1);
    }

    @Test
    void formsLeaveTheDiskBeforeModelsDo() {
        fixture.diskBytes = 200 * KIB;
        ModelName model = fixture.upload("a", "v1", 100, 100, 30 * KIB);
        TieredModelPool pool = optimized(model);

        ModelName other = fixture.upload("b", "v1", 100, 100, 125 * KIB);
        fixture.use(pool, other);

        assertThat(pool.snapshot().diskModels()).isEqualTo(2);
        assertThat(pool.snapshot().counts().diskEvictions().values()).allMatch(each -> each.count() == 0);
        Await.until("the figure is true", () -> pool.snapshot().diskBytes() == fixture.used());
        assertThat(pool.snapshot().diskBytes()).isLessThan(170 * KIB);
    }

    @Test
    void noFormIsMadeOfADamagedArtifact() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100, 100, 1000);
        TieredModelPool pool = opened();
        fixture.use(pool, model);
        flipAByte(fixture.onlyFile("a.fake"));

        pass("it was written", () -> form.writes.get() == 1);
        rest();

        assertThat(pool.snapshot().optimized()).isZero();
        assertThat(pool.snapshot().diskBytes()).isEqualTo(fixture.used());
    }

    @Test
    void whoDiesOverTheFormIsServedTheArtifact() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        optimized(model);
        fixture.close();
        CrashMarks.open(fixture.disk).begin(model, CrashMarks.optimized("v1"));

        TieredModelPool pool = opened();

        assertThat(servesOptimized(pool, model)).isFalse();
        pass("it is made once more", () -> pool.snapshot().optimized() == 1);
        pass("and harms nobody", () -> marks() == 0);
    }

    @Test
    void aFormThatWasMadeAnewHasOneMoreChance() throws IOException {
        fixture.idleTimeout = Duration.ofHours(1);
        form.percent = 90;
        ModelName model = fixture.upload("a", "v1", 100);
        CrashMarks.open(fixture.disk).begin(model, CrashMarks.optimized("v1"));
        TieredModelPool pool = optimized(model);
        fixture.pass(Duration.ofHours(2));
        Await.until("it left memory", () -> pool.snapshot().memoryReservedBytes() == 0);

        assertThat(servesOptimized(pool, model)).isTrue();

        Await.until("it harms nobody", () -> marks() == 0);
    }

    @Test
    void whoDiesOverItTwiceNeverMakesItAgain() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        CrashMarks.open(fixture.disk).begin(model, CrashMarks.optimized("v1"));
        CrashMarks.open(fixture.disk).begin(model, CrashMarks.optimized("v1"));
        TieredModelPool pool = opened();

        assertThat(servesOptimized(pool, model)).isFalse();
        rest();

        assertThat(form.writes).hasValue(0);
    }

    @Test
    void whatAProcessDiedOverIsLoadedFromItsArtifact() throws IOException {
        ModelName model = fixture.upload("a", "v1", 100);
        optimized(model);
        fixture.close();
        CrashMarks.open(fixture.disk).begin(model, "v1");

        assertThat(servesOptimized(opened(), model)).isFalse();
    }
}
