package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.Await;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryOrderTest {
    private PoolFixture fixture;

    @BeforeEach
    void makePool(@TempDir Path disk) {
        fixture = new PoolFixture(disk);
    }

    @AfterEach
    void closePool() {
        fixture.close();
    }

    private CompletableFuture<Preparation> ask(TieredModelPool pool, ModelName model, long nextUse) {
        return pool.prepare(fixture.waiting(model, nextUse)).toCompletableFuture();
    }

    private static boolean refuses(TieredModelPool pool, ModelName model) {
        try (Lease lease = pool.tryAcquire(model)) {
            return lease == null;
        }
    }

    @Test
    void aFloodOnOneModelCannotStarveAnother() {
        ModelName hot = fixture.upload("hot", "v1", 700);
        ModelName parked = fixture.upload("parked", "v1", 700);
        TieredModelPool pool = fixture.open();
        fixture.waiting(hot, 10);
        Lease running = fixture.acquire(pool, hot);

        CompletableFuture<Preparation> way = ask(pool, parked, 5);
        Await.until("the hot model grants no more", () -> refuses(pool, hot));
        assertThat(way).isNotDone();
        assertThat(((FakeRuntime.FakeModel) running.model()).gone()).isFalse();
        running.close();
        way.join();

        assertThat(fixture.use(pool, parked)).isEqualTo("v1");
        assertThat(pool.snapshot().memoryPeakBytes()).isLessThanOrEqualTo(1000);
        assertThat(fixture.use(pool, hot)).isEqualTo("v1");
    }

    @Test
    void whatTheWindowNeedsEarlierStaysUntilItsTurnIsOver() {
        ModelName early = fixture.upload("early", "v1", 700);
        ModelName late = fixture.upload("late", "v1", 700);
        TieredModelPool pool = fixture.open();
        ask(pool, early, 5).join();

        CompletableFuture<Preparation> way = ask(pool, late, 10);
        Await.until("it is on disk", () -> pool.expect(late).tier() == Tier.DISK);
        assertThat(pool.expect(early).tier()).isEqualTo(Tier.MEMORY);
        fixture.use(pool, early);
        way.join();

        assertThat(pool.expect(late).tier()).isEqualTo(Tier.MEMORY);
        assertThat(pool.expect(early).tier()).isEqualTo(Tier.DISK);
    }

    @Test
    void theModelNeededLastLeavesFirst() {
        TieredModelPool pool = fixture.open();
        List<ModelName> models = List.of(
                fixture.upload("m20", "v1", 300), fixture.upload("m40", "v1", 300), fixture.upload("m30", "v1", 300));
        ask(pool, models.get(0), 20).join();
        ask(pool, models.get(1), 40).join();
        ask(pool, models.get(2), 30).join();

        ModelName next = fixture.upload("m10", "v1", 300);
        ask(pool, next, 10).join();

        assertThat(pool.expect(models.get(1)).tier()).isEqualTo(Tier.DISK);
        assertThat(pool.expect(models.get(0)).tier()).isEqualTo(Tier.MEMORY);
        assertThat(pool.expect(models.get(2)).tier()).isEqualTo(Tier.MEMORY);
    }

    @Test
    void aModelThatIsWarmAndWaitedForStaysAndOneThatNobodyNeedsLeaves() {
        TieredModelPool pool = fixture.open();
        ModelName needed = fixture.upload("needed", "v1", 500);
        ModelName idle = fixture.upload("idle", "v1", 500);
        fixture.use(pool, needed);
        fixture.use(pool, idle);
        ModelPool.Prospect prospect = pool.expect(needed);
        assertThat(prospect.tier()).isEqualTo(Tier.MEMORY);
        prospect.demand().update(7, 1);

        ask(pool, fixture.upload("cold", "v1", 500), 5).join();

        assertThat(pool.expect(idle).tier()).isEqualTo(Tier.DISK);
        assertThat(pool.expect(needed).tier()).isEqualTo(Tier.MEMORY);
    }

    @Test
    void whatIsExpectedOfAModelOutlivesThatItIsUnknown() {
        TieredModelPool pool = fixture.open();
        ModelName model = PoolFixture.name("unknown");
        Demand demand = pool.expect(model).demand();
        demand.update(1, 1);
        fixture.pass(Duration.ofMinutes(1));

        assertThat(pool.expect(model).demand()).isSameAs(demand);
        assertThat(pool.expect(model).tier()).isEqualTo(Tier.S3);
    }

    @Test
    void loadsAreInTheOrderInWhichTheWindowNeedsThem() {
        fixture.memoryBytes = 100;
        TieredModelPool pool = fixture.open();
        ModelName first = fixture.upload("first", "v1", 100);
        ModelName second = fixture.upload("second", "v1", 100);
        ModelName third = fixture.upload("third", "v1", 100);
        ModelName holder = fixture.upload("holder", "v1", 100);
        fixture.waiting(holder, 0);
        Lease held = fixture.acquire(pool, holder);
        CompletableFuture<Preparation> last = ask(pool, third, 30);
        CompletableFuture<Preparation> middle = ask(pool, second, 20);
        CompletableFuture<Preparation> soon = ask(pool, first, 10);
        Await.until("all are on disk", () -> pool.snapshot().diskModels() == 4);

        fixture.satisfied(holder);
        held.close();
        soon.join();
        assertThat(middle).isNotDone();
        fixture.use(pool, first);
        middle.join();
        assertThat(last).isNotDone();
        fixture.use(pool, second);
        last.join();
    }

    @Test
    void oneThatFitsPassesOneThatWaitsOnlyWhereThatCostsItNothing() {
        ModelName holder = fixture.upload("holder", "v1", 600);
        ModelName large = fixture.upload("large", "v1", 900);
        ModelName small = fixture.upload("small", "v1", 100);
        ModelName medium = fixture.upload("medium", "v1", 250);
        TieredModelPool pool = fixture.open();
        Lease held = fixture.acquire(pool, holder);
        CompletableFuture<Preparation> waiting = ask(pool, large, 1);
        Await.until("the holder is leaving", () -> pool.expect(holder).tier() == Tier.DISK);

        ask(pool, small, 3).join();
        CompletableFuture<Preparation> passing = ask(pool, medium, 2);
        Await.until("it is on disk", () -> pool.expect(medium).tier() == Tier.DISK);
        held.close();
        waiting.join();

        assertThat(passing).isNotDone();
        assertThat(pool.expect(large).tier()).isEqualTo(Tier.MEMORY);
    }

    @Test
    void aClaimThatWaitedLongTakesWhatNobodyTook() {
        ModelName idle = fixture.upload("idle", "v1", 700);
        ModelName late = fixture.upload("late", "v1", 700);
        TieredModelPool pool = fixture.open();
        ask(pool, idle, 1).join();

        CompletableFuture<Preparation> way = ask(pool, late, 2);
        Await.until("it is on disk", () -> pool.expect(late).tier() == Tier.DISK);
        Await.until("it was loaded", () -> {
            fixture.pass(Duration.ofSeconds(1));
            return way.isDone();
        });

        assertThat(way).isCompleted();
    }

    @Test
    void anEstimateBeyondTheTierIsTriedAloneAndCorrected() {
        ModelName other = fixture.upload("other", "v1", 100);
        ModelName pessimist = fixture.upload("pessimist", "v1", 50_000, 300, 0);
        TieredModelPool pool = fixture.open();
        fixture.use(pool, other);

        fixture.use(pool, pessimist);
        fixture.use(pool, other);

        assertThat(pool.snapshot().memoryPeakBytes()).isEqualTo(1000);
        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(400);
        assertThat(pool.snapshot().counts().reloads()).isEqualTo(1);
    }

    @Test
    void onlyAMeasurementSaysTooLargeAndItIsRemembered() {
        ModelName model = fixture.upload("a", "v1", 10, 1001, 0);
        TieredModelPool pool = fixture.open();

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> fixture.prepare(pool, model))
                    .isInstanceOfSatisfying(
                            RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_TOO_LARGE));
            // Often enough to be asked about again, and not to be forgotten.
            fixture.pass(Duration.ofSeconds(2));
        }

        assertThat(fixture.runtime.loads).hasValue(1);
        assertThat(pool.snapshot().memoryReservedBytes()).isZero();
    }

    @Test
    void aMeasurementBeyondTheEstimateEvictsOthersAtOnceAndIsRemembered() {
        ModelName first = fixture.upload("first", "v1", 600);
        ModelName liar = fixture.upload("liar", "v1", 100, 800, 0);
        TieredModelPool pool = fixture.open();
        fixture.use(pool, first);

        fixture.use(pool, liar);
        Await.until("the first has left", () -> pool.snapshot().memoryReservedBytes() == 800);
        fixture.use(pool, first);
        Await.until("only the first is there", () -> pool.snapshot().memoryReservedBytes() == 600);
        long peak = pool.snapshot().memoryPeakBytes();
        fixture.use(pool, liar);

        assertThat(pool.snapshot().memoryPeakBytes()).isEqualTo(peak);
    }

    @Test
    void aModelBeingReleasedStillCounts() {
        ModelName first = fixture.upload("first", "v1", 600);
        ModelName second = fixture.upload("second", "v1", 600);
        TieredModelPool pool = fixture.open();
        Lease held = fixture.acquire(pool, first);

        CompletableFuture<Preparation> way = ask(pool, second, 1);
        Await.until("the first is leaving", () -> pool.expect(first).tier() == Tier.DISK);
        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(600);
        assertThat(way).isNotDone();

        held.close();
        way.join();
        assertThat(fixture.runtime.closedWhileRunning).hasValue(0);
    }

    @Test
    void pinsStayAndWhatDoesNotFitBesideThemIsTooLarge() {
        ModelName pin = fixture.upload("pin", "v1", 700);
        ModelName small = fixture.upload("small", "v1", 300);
        ModelName large = fixture.upload("large", "v1", 400);
        fixture.pins = List.of(pin);
        TieredModelPool pool = fixture.open();
        pool.awaitPins(Duration.ofSeconds(20));

        fixture.use(pool, small);
        assertThatThrownBy(() -> fixture.use(pool, large))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_TOO_LARGE));

        assertThat(pool.expect(pin).tier()).isEqualTo(Tier.MEMORY);
        assertThat(pool.snapshot().memoryPeakBytes()).isLessThanOrEqualTo(1000);
    }

    @Test
    void pinsThatDoNotFitAreRefused() {
        fixture.pins = List.of(fixture.upload("one", "v1", 700), fixture.upload("two", "v1", 700));
        TieredModelPool pool = fixture.open();

        assertThatThrownBy(() -> pool.awaitPins(Duration.ofSeconds(20)))
                .isInstanceOf(RemoraException.class)
                .hasMessageContaining("remora.pool.pin");
    }

    @Test
    void preloadedModelsAreThereBeforeTheyAreAskedFor() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.preload = List.of(model);
        TieredModelPool pool = fixture.open();

        Await.until("it is in memory", () -> pool.expect(model).tier() == Tier.MEMORY);
    }

    @Test
    void anIdleModelLeavesMemoryAndStaysOnDisk() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.idleTimeout = Duration.ofSeconds(10);
        TieredModelPool pool = fixture.open();
        fixture.use(pool, model);

        fixture.pass(Duration.ofSeconds(11));

        Await.until("it has left", () -> pool.expect(model).tier() == Tier.DISK);
        assertThat(pool.snapshot().counts().memoryEvictions().get(EvictionReason.IDLE))
                .extracting(PoolSnapshot.Evicted::count)
                .isEqualTo(1L);
    }

    @Test
    void withoutACacheAModelLeavesBothTiersAfterItsUse() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.cache = false;
        TieredModelPool pool = fixture.open();
        fixture.waiting(model, 1);
        fixture.acquire(pool, model).close();
        assertThat(pool.expect(model).tier()).isEqualTo(Tier.MEMORY);

        fixture.satisfied(model);
        Await.until("it has left", () -> {
            fixture.pass(Duration.ofSeconds(1));
            return pool.expect(model).tier() == Tier.S3;
        });
        Await.until("its room is free", () -> pool.snapshot().diskBytes() == 0);
    }

    @Test
    void closingWaitsForLeases() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = fixture.open();
        Lease lease = fixture.acquire(pool, model);
        CountDownLatch closed = new CountDownLatch(1);
        new Thread(() -> {
                    pool.close();
                    closed.countDown();
                })
                .start();

        Await.until("it grants no more", () -> refuses(pool, model));
        assertThat(closed.getCount()).isOne();
        assertThat(fixture.runtime.live).hasSize(1);
        lease.close();

        Await.until("it is closed", () -> closed.getCount() == 0);
        assertThat(fixture.runtime.live).isEmpty();
    }

    @Test
    void preloadedModelsComeInTheirOrderWhileTheyFit() {
        ModelName first = fixture.upload("first", "v1", 400);
        ModelName second = fixture.upload("second", "v1", 400);
        ModelName third = fixture.upload("third", "v1", 400);
        fixture.preload = List.of(first, second, third);

        TieredModelPool pool = fixture.open();
        Await.until("all were fetched", () -> pool.snapshot().diskModels() == 3);
        Await.until("two are there", () -> pool.snapshot().loadedModels() == 2);
        Await.until("the third has ended", () -> pool.onTheirWay() == 0);

        assertThat(pool.expect(first).tier()).isEqualTo(Tier.MEMORY);
        assertThat(pool.expect(second).tier()).isEqualTo(Tier.MEMORY);
        assertThat(pool.expect(third).tier()).isEqualTo(Tier.DISK);
        assertThat(fixture.use(pool, third)).isEqualTo("v1");
    }

    @Test
    void whatNobodyWaitsForAnyMoreIsNotLoaded() {
        ModelName running = fixture.upload("running", "v1", 700);
        ModelName late = fixture.upload("late", "v1", 700);
        TieredModelPool pool = fixture.open();
        fixture.waiting(running, 1);
        Lease lease = fixture.acquire(pool, running);
        CompletableFuture<Preparation> way = ask(pool, late, 10);
        Await.until("it is on disk", () -> pool.expect(late).tier() == Tier.DISK);

        fixture.satisfied(late);
        Await.until("it ended", way::isDone);
        lease.close();

        assertThat(way).isCompletedExceptionally();
        assertThat(fixture.runtime.loads).hasValue(1);
    }
}
