package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.remora.Await;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was warm elsewhere comes into free room here, and never in the way of what is asked for. */
class HandOverTest {
    private final PoolFixture fixture;

    HandOverTest(@TempDir Path disk) {
        fixture = new PoolFixture(disk);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void handedOverModelsAreThereBeforeTheyAreAskedFor() {
        List<WarmModel> models = uploads(20, 10);
        TieredModelPool pool = fixture.open();

        pool.handOver(models);
        Await.until("all are loaded", () -> pool.snapshot().loadedModels() == 20);

        assertThat(pool.snapshot().handedOver()).isEqualTo(20);
        assertThat(pool.snapshot().handedOverUsed()).isZero();
        try (Lease lease = pool.tryAcquire(models.get(0).model())) {
            assertThat(lease).isNotNull();
        }
        assertThat(pool.snapshot().handedOverUsed()).isEqualTo(1);
    }

    @Test
    void theHottestFillFreeMemoryAndTheOthersFreeDisk() {
        List<WarmModel> models = uploads(12, 100);
        TieredModelPool pool = fixture.open();

        pool.handOver(models);
        Await.until(
                "it is over", () -> pool.onTheirWay() == 0 && pool.snapshot().diskModels() == 12);

        assertThat(pool.snapshot().loadedModels()).isEqualTo(9);
        for (int i = 0; i < 12; i++) {
            Tier tier = pool.expect(models.get(i).model()).tier();
            assertThat(tier).as("number %s", i).isEqualTo(i < 9 ? Tier.MEMORY : Tier.DISK);
        }
        assertThat(pool.snapshot().counts().memoryEvictions().values()).allMatch(each -> each.count() == 0);
    }

    @Test
    void nothingLeavesMemoryOrDiskForThem() {
        fixture.diskBytes = 80 * 1024;
        TieredModelPool pool = fixture.open();
        for (int i = 0; i < 6; i++) {
            fixture.use(pool, fixture.upload("own" + i, "v", 120));
        }

        pool.handOver(uploads(10, 120));
        Await.until("it is over", () -> pool.onTheirWay() == 0);

        assertThat(pool.snapshot().loadedModels()).isEqualTo(7);
        assertThat(pool.snapshot().diskModels()).isEqualTo(8);
        for (int i = 0; i < 6; i++) {
            assertThat(pool.expect(PoolFixture.name("own" + i)).tier()).isEqualTo(Tier.MEMORY);
        }
        assertThat(pool.snapshot().counts().diskEvictions().values()).allMatch(each -> each.count() == 0);
    }

    @Test
    void theyLeaveBeforeWhatWasUsedHereTheColdestFirst() {
        TieredModelPool pool = fixture.open();
        ModelName own = fixture.upload("own", "v", 300);
        fixture.use(pool, own);
        List<WarmModel> models = uploads(3, 200);
        pool.handOver(models);
        Await.until("they are loaded", () -> pool.snapshot().loadedModels() == 4);

        ModelName wanted = fixture.upload("wanted", "v", 250);
        fixture.waiting(wanted, 1);
        fixture.use(pool, wanted);

        assertThat(tiers(pool, models)).containsExactly(Tier.MEMORY, Tier.MEMORY, Tier.DISK);
        assertThat(pool.expect(own).tier()).isEqualTo(Tier.MEMORY);
    }

    @Test
    void aRequestIsFetchedAtOnceWhileTheyAreFetched() {
        fixture.fetchThreads = 4;
        fixture.store.gate = new CountDownLatch(1);
        List<WarmModel> models = uploads(20, 10);
        TieredModelPool pool = fixture.open();
        pool.handOver(models);
        Await.until("two of them are fetched", () -> fixture.store.calls.get() == 2);

        ModelName first = fixture.upload("first", "v", 10);
        ModelName second = fixture.upload("second", "v", 10);
        pool.prepare(fixture.waiting(first, 1));
        pool.prepare(fixture.waiting(second, 2));

        Await.until("the requests are fetched beside them", () -> fixture.store.calls.get() == 4);
        fixture.store.gate.countDown();
    }

    @Test
    void aRequestIsLoadedBeforeAllOfThemThatWait() {
        fixture.runtime.gate = new CountDownLatch(1);
        List<WarmModel> models = uploads(20, 10);
        TieredModelPool pool = fixture.open();
        pool.handOver(models);
        Await.until("some wait to be loaded", () -> pool.snapshot().diskModels() >= 2);

        ModelName wanted = fixture.upload("wanted", "v", 10);
        CompletionStage<ModelPool.Preparation> ready = pool.prepare(fixture.waiting(wanted, 1));
        Await.until("it is on the disk", () -> pool.expect(wanted).tier() == Tier.DISK);
        List<Integer> loadedBefore = new ArrayList<>();
        ready.thenRun(() -> loadedBefore.add(fixture.runtime.loads.get()));
        fixture.runtime.gate.countDown();
        ready.toCompletableFuture().join();

        assertThat(loadedBefore.get(0)).isLessThanOrEqualTo(2);
    }

    @Test
    void aRequestForOneOfThemMakesItARequest() {
        fixture.store.gate = new CountDownLatch(1);
        fixture.memoryBytes = 100;
        TieredModelPool pool = fixture.open();
        ModelName own = fixture.upload("own", "v", 80);
        fixture.store.gate.countDown();
        fixture.use(pool, own);
        fixture.store.gate = new CountDownLatch(1);
        List<WarmModel> models = uploads(1, 80);
        pool.handOver(models);
        Await.until("it is being fetched", () -> fixture.store.calls.get() == 2);

        ModelName wanted = models.get(0).model();
        CompletionStage<ModelPool.Preparation> ready = pool.prepare(fixture.waiting(wanted, 1));
        fixture.store.gate.countDown();
        ready.toCompletableFuture().join();

        assertThat(pool.expect(wanted).tier()).isEqualTo(Tier.MEMORY);
        assertThat(pool.snapshot().handedOver()).isZero();
    }

    @Test
    void oneThatComesOutTooLargeIsGivenUpAndStaysServable() {
        TieredModelPool pool = fixture.open();
        fixture.use(pool, fixture.upload("own", "v", 700));
        ModelName grows = fixture.upload("grows", "v", 50, 500, 0);

        pool.handOver(List.of(new WarmModel(grows, "v", 1)));
        Await.until("it was loaded and closed", () -> fixture.runtime.closed.get() == 1 && pool.onTheirWay() == 0);

        assertThat(pool.expect(PoolFixture.name("own")).tier()).isEqualTo(Tier.MEMORY);
        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(700);
        fixture.waiting(grows, 1);
        assertThat(fixture.use(pool, grows)).isEqualTo("v");
    }

    @Test
    void oneThatIsMissingIsForgottenAndTheOthersCome() {
        List<WarmModel> models = new ArrayList<>(uploads(3, 10));
        models.add(0, new WarmModel(PoolFixture.name("missing"), "v", 100));
        TieredModelPool pool = fixture.open();

        pool.handOver(models);

        Await.until("the others are loaded", () -> pool.snapshot().loadedModels() == 3 && pool.onTheirWay() == 0);
    }

    @Test
    void aRestartLoadsFromItsDiskAndFetchesNothing() {
        List<WarmModel> models = uploads(5, 10);
        TieredModelPool before = fixture.open();
        before.handOver(models);
        Await.until("all are loaded", () -> before.snapshot().loadedModels() == 5);
        before.close();

        fixture.fetchThreads = 1;
        TieredModelPool after = fixture.open();
        after.handOver(models);

        Await.until("all are loaded again", () -> after.snapshot().loadedModels() == 5);
        assertThat(fixture.store.downloads).hasValue(5);
    }

    @Test
    void heatHalvesInTenMinutesAndIsHandedOn() {
        TieredModelPool pool = fixture.open();
        ModelName model = fixture.upload("a", "v", 10);
        for (int i = 0; i < 8; i++) {
            fixture.use(pool, model);
        }
        assertThat(pool.warm()).extracting(WarmModel::version).containsExactly("v");
        assertThat(pool.warm().get(0).heat()).isCloseTo(8, within(0.001));

        fixture.pass(Duration.ofMinutes(20));
        assertThat(pool.warm().get(0).heat()).isCloseTo(2, within(0.001));

        fixture.pass(Duration.ofHours(3));
        assertThat(pool.warm()).isEmpty();
    }

    @Test
    void whatWasHandedOverIsHandedOnAlthoughNobodyAsked() {
        List<WarmModel> models = uploads(1, 10);
        TieredModelPool pool = fixture.open();
        pool.handOver(models);
        Await.until("it is loaded", () -> pool.snapshot().loadedModels() == 1);
        fixture.pass(Duration.ofSeconds(3));

        Await.until("it has proven itself", () -> pool.warm().size() == 1);
        assertThat(pool.warm().get(0).heat()).isCloseTo(models.get(0).heat(), within(0.1));
    }

    private List<Tier> tiers(TieredModelPool pool, List<WarmModel> models) {
        return models.stream().map(each -> pool.expect(each.model()).tier()).toList();
    }

    /** Uploads them and says that they were warm, each hotter than the next. */
    private List<WarmModel> uploads(int count, long memory) {
        List<WarmModel> models = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            models.add(new WarmModel(fixture.upload("m" + i, "v", memory), "v", 2.0 * (count - i)));
        }
        return models;
    }
}
