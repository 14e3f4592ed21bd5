package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.Await;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreshnessTest {
    private static final Duration HALF = Duration.ofSeconds(31);
    private static final Duration WHOLE = Duration.ofSeconds(61);

    private PoolFixture fixture;
    private TieredModelPool pool;

    @BeforeEach
    void openPool(@TempDir Path disk) {
        fixture = new PoolFixture(disk);
        pool = fixture.open();
    }

    @AfterEach
    void closePool() {
        fixture.close();
    }

    private String versionOf(ModelName model) {
        try (Lease lease = pool.tryAcquire(model)) {
            return lease == null ? "none" : lease.version();
        }
    }

    @Test
    void comparesWithTheStoreBesideTheUseFromHalfTheAgeOn() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(pool, model);
        fixture.pass(HALF);

        assertThat(versionOf(model)).isEqualTo("v1");
        Await.until("it was compared", () -> fixture.store.calls.get() == 2);
        fixture.pass(HALF);

        assertThat(versionOf(model)).isEqualTo("v1");
        assertThat(fixture.store.downloads).hasValue(1);
    }

    @Test
    void waitsForTheComparisonFromTheWholeAgeOn() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(pool, model);
        fixture.upload("a", "v2", 100);
        fixture.pass(WHOLE);

        assertThat(pool.tryAcquire(model)).isNull();

        assertThat(fixture.use(pool, model)).isEqualTo("v2");
    }

    @Test
    void anUnchangedModelThatIsTooOldCostsOneCallAndNoLoad() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(pool, model);
        fixture.pass(WHOLE);

        assertThat(fixture.use(pool, model)).isEqualTo("v1");

        assertThat(fixture.store.calls).hasValue(2);
        assertThat(fixture.runtime.loads).hasValue(1);
    }

    @Test
    void aNewVersionIsLoadedBesideTheOldWhichEndsWithItsLastLease() {
        ModelName model = fixture.upload("a", "v1", 100);
        Lease old = fixture.acquire(pool, model);
        fixture.upload("a", "v2", 200);
        fixture.runtime.gate = new CountDownLatch(1);
        fixture.pass(HALF);

        assertThat(versionOf(model)).isEqualTo("v1");
        Await.until("v2 is loading", () -> pool.snapshot().memoryReservedBytes() == 300);
        assertThat(versionOf(model)).isEqualTo("v1");
        fixture.runtime.gate.countDown();
        Await.until("v2 serves", () -> versionOf(model).equals("v2"));

        assertThat(((FakeRuntime.FakeModel) old.model()).gone()).isFalse();
        old.close();
        Await.until("v1 is closed", () -> pool.snapshot().memoryReservedBytes() == 200);
        assertThat(pool.snapshot().counts().memoryEvictions().get(EvictionReason.REPLACED))
                .extracting(PoolSnapshot.Evicted::count)
                .isEqualTo(1L);
        assertThat(pool.snapshot().counts().diskEvictions().get(EvictionReason.REPLACED))
                .extracting(PoolSnapshot.Evicted::count)
                .isEqualTo(1L);
        assertThat(pool.snapshot().counts().reloads()).isZero();
    }

    @Test
    void aNewVersionReplacesTheOldInPlaceWhereBothDoNotFit() {
        ModelName model = fixture.upload("a", "v1", 800);
        fixture.use(pool, model);
        fixture.upload("a", "v2", 900);
        fixture.pass(WHOLE);

        assertThat(fixture.use(pool, model)).isEqualTo("v2");
        assertThat(pool.snapshot().memoryPeakBytes()).isLessThanOrEqualTo(1000);
    }

    @Test
    void aDeletedModelLeavesBothTiers() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(pool, model);
        fixture.store.remove(model);
        fixture.pass(WHOLE);

        assertThatThrownBy(() -> fixture.use(pool, model))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND));

        assertThat(pool.expect(model).tier()).isEqualTo(Tier.S3);
        Await.until("nothing of it is left", () -> {
            PoolSnapshot snapshot = pool.snapshot();
            return snapshot.memoryReservedBytes() == 0 && snapshot.diskBytes() == 0;
        });
    }

    @Test
    void whatIsHereIsServedWhileTheStoreIsAway() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(pool, model);
        fixture.upload("a", "v2", 100);
        fixture.store.failure = FakeStore.outage();
        fixture.pass(WHOLE);

        assertThat(fixture.use(pool, model)).isEqualTo("v1");

        fixture.store.failure = null;
        fixture.pass(Duration.ofSeconds(10));
        Await.until("v2 serves", () -> versionOf(model).equals("v2"));
    }

    @Test
    void slowDownloadsKeepNoWarmModelWaiting() {
        ModelName warm = fixture.upload("warm", "v1", 100);
        fixture.use(pool, warm);
        fixture.store.gate = new CountDownLatch(1);
        for (int i = 0; i < 2 * fixture.fetchThreads; i++) {
            ModelName cold = fixture.upload("cold" + i, "v1", 100);
            pool.prepare(fixture.waiting(cold, i));
        }
        Await.until("all fetch threads are busy", () -> fixture.store.calls.get() > fixture.fetchThreads);
        fixture.pass(WHOLE);

        assertThat(fixture.use(pool, warm)).isEqualTo("v1");
    }

    @Test
    void slowDownloadsKeepNoOtherModelWaitingForLong() {
        CountDownLatch trickle = new CountDownLatch(1);
        fixture.store.gate = trickle;
        for (int i = 0; i < 4 * fixture.fetchThreads; i++) {
            pool.prepare(fixture.waiting(fixture.upload("slow" + i, "v1", 10), i));
        }
        Await.until("all fetch threads are busy", () -> fixture.store.calls.get() == fixture.fetchThreads);
        ModelName quick = fixture.upload("quick", "v1", 10);
        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(quick, 100)).toCompletableFuture();

        Await.until("it is there", () -> {
            fixture.pass(Duration.ofMillis(100));
            if (fixture.store.calls.get() == 4 * fixture.fetchThreads) {
                fixture.store.gate = new CountDownLatch(0);
            }
            return way.isDone();
        });

        assertThat(way).isCompleted();
        assertThat(trickle.getCount()).isOne();
        trickle.countDown();
        Await.until("the others are there too", () -> pool.snapshot().loadedModels() == 1 + 4 * fixture.fetchThreads);
        assertThat(pool.snapshot().counts().fetches()).isEqualTo(1 + 4 * fixture.fetchThreads);
        fixture.pass(WHOLE);
        assertThat(fixture.use(pool, fixture.upload("later", "v1", 10))).isEqualTo("v1");
        assertThat(fixture.endedThreads).hasValue(0);
    }

    @Test
    void aStoreThatNeverAnswersDelaysNoWarmModelForLong() {
        List<ModelName> models = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            models.add(fixture.upload("m" + i, "v1", 10));
            fixture.use(pool, models.get(i));
        }
        fixture.store.silence = new CountDownLatch(1);
        fixture.pass(WHOLE);
        List<CompletableFuture<Preparation>> waiting = models.stream()
                .map(model -> pool.prepare(fixture.waiting(model, 1)).toCompletableFuture())
                .toList();
        assertThat(waiting).noneMatch(CompletableFuture::isDone);

        fixture.pass(Duration.ofSeconds(3));

        Await.until("all are served", () -> waiting.stream().allMatch(CompletableFuture::isDone));
        assertThat(models).allSatisfy(model -> assertThat(versionOf(model)).isEqualTo("v1"));
        assertThat(fixture.store.silence.getCount()).isOne();
    }

    @Test
    void aStoreThatNeverAnswersDelaysNoWarmModelForLongWhileAnotherIsLoaded() {
        ModelName warm = fixture.upload("warm", "v1", 10);
        fixture.use(pool, warm);
        fixture.pass(WHOLE);
        CountDownLatch loading = new CountDownLatch(1);
        fixture.runtime.before = folder -> loading.countDown();
        fixture.runtime.gate = new CountDownLatch(1);
        pool.prepare(fixture.waiting(fixture.upload("large", "v1", 10), 1));
        Await.until("the load thread is held up", () -> loading.getCount() == 0);
        fixture.store.silence = new CountDownLatch(1);
        CompletableFuture<Preparation> waiting =
                pool.prepare(fixture.waiting(warm, 1)).toCompletableFuture();

        fixture.pass(Duration.ofSeconds(3));

        Await.until("it is served", waiting::isDone);
        assertThat(versionOf(warm)).isEqualTo("v1");
    }

    @Test
    void aNewVersionThatIsSlowToComeDelaysNoWarmModelForLong() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(pool, model);
        fixture.upload("a", "v2", 100);
        fixture.store.gate = new CountDownLatch(1);
        fixture.pass(WHOLE);
        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(model, 1)).toCompletableFuture();
        Await.until("v2 is being fetched", () -> fixture.store.calls.get() == 3);

        fixture.pass(Duration.ofSeconds(3));
        Await.until("it is served", way::isDone);
        assertThat(versionOf(model)).isEqualTo("v1");

        fixture.store.gate.countDown();
        Await.until("v2 serves", () -> versionOf(model).equals("v2"));
    }

    @Test
    void nobodyWaitsForTheQuestionWhetherAFailingStoreIsBack() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(pool, model);
        fixture.store.failure = FakeStore.outage();
        fixture.pass(WHOLE);
        fixture.use(pool, model);
        fixture.store.silence = new CountDownLatch(1);
        fixture.pass(WHOLE);

        assertThat(fixture.use(pool, model)).isEqualTo("v1");

        fixture.store.failure = null;
        fixture.upload("a", "v2", 100);
        fixture.store.silence.countDown();
        Await.until("v2 serves", () -> versionOf(model).equals("v2"));
    }

    @Test
    void anOutageIsNotTriedForEachModelAnew() {
        for (int i = 0; i < 10; i++) {
            fixture.use(pool, fixture.upload("m" + i, "v1", 10));
        }
        fixture.store.failure = FakeStore.outage();
        fixture.pass(WHOLE);

        for (int i = 0; i < 10; i++) {
            assertThat(fixture.use(pool, PoolFixture.name("m" + i))).isEqualTo("v1");
        }

        assertThat(fixture.store.calls.get()).isLessThan(10 + 3);
    }

    @Test
    void aBrokenNewVersionIsAnsweredAsSuchUntilAGoodOneComes() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.use(pool, model);
        fixture.store.put(model, "v2", "broken=yes".getBytes(StandardCharsets.UTF_8));
        fixture.pass(WHOLE);

        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> fixture.use(pool, model))
                    .isInstanceOfSatisfying(
                            RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID));
            fixture.pass(Duration.ofSeconds(10));
        }
        assertThat(fixture.store.downloads).hasValue(2);

        fixture.upload("a", "v3", 100);
        assertThat(fixture.use(pool, model)).isEqualTo("v3");
    }
}
