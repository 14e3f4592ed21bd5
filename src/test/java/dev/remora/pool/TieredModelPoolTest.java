package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.Await;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TieredModelPoolTest {
    private PoolFixture fixture;

    @BeforeEach
    void makePool(@TempDir Path disk) {
        fixture = new PoolFixture(disk);
    }

    @AfterEach
    void closePool() {
        fixture.close();
    }

    @Test
    void aModelComesFromTheStoreOnceAndThenFromMemory() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = fixture.open();

        assertThat(pool.expect(model).tier()).isEqualTo(Tier.S3);
        assertThat(pool.tryAcquire(model)).isNull();
        String version = fixture.use(pool, model);
        fixture.use(pool, model);

        assertThat(version).isEqualTo("v1");
        assertThat(pool.expect(model).tier()).isEqualTo(Tier.MEMORY);
        assertThat(fixture.store.calls).hasValue(1);
        assertThat(fixture.runtime.loads).hasValue(1);
        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(100);
    }

    @Test
    void whereAThreadIsNotToBeHadNoneOfTheOthersGoesOn() {
        List<Thread> made = new CopyOnWriteArrayList<>();
        ThreadFactory few = task -> {
            if (made.size() == 3) {
                throw new IllegalStateException("There are no more.");
            }
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            made.add(thread);
            return thread;
        };

        assertThatThrownBy(() -> TieredModelPool.open(
                        fixture.settings(),
                        fixture.store,
                        List.of(fixture.runtime),
                        fixture.policy,
                        few,
                        fixture.clock::get))
                .isInstanceOf(IllegalStateException.class);

        assertThat(made).hasSize(3);
        Await.until("all have ended", () -> made.stream().noneMatch(Thread::isAlive));
    }

    @Test
    void allWhoAskShareOnePreparation() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = fixture.open();
        fixture.store.gate = new CountDownLatch(1);

        List<CompletionStage<ModelPool.Preparation>> stages = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            stages.add(pool.prepare(fixture.waiting(model, 1)));
        }
        fixture.store.gate.countDown();
        stages.forEach(stage -> stage.toCompletableFuture().join());

        assertThat(fixture.store.downloads).hasValue(1);
        assertThat(fixture.runtime.loads).hasValue(1);
    }

    @Test
    void aMissingModelIsAnsweredWithoutALoopOfCalls() {
        ModelName model = PoolFixture.name("missing");
        TieredModelPool pool = fixture.open();

        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> fixture.prepare(pool, model))
                    .isInstanceOfSatisfying(
                            RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND));
        }
        assertThat(fixture.store.calls).hasValue(1);

        fixture.upload("missing", "v1", 10);
        fixture.pass(Duration.ofSeconds(5));
        assertThat(fixture.use(pool, model)).isEqualTo("v1");
    }

    @Test
    void evictsTheLeastRecentlyUsedAndFindsItOnDiskAgain() {
        TieredModelPool pool = fixture.open();
        List<ModelName> models = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            models.add(fixture.upload("m" + i, "v1", 100));
            fixture.use(pool, models.get(i));
            fixture.pass(Duration.ofMillis(1));
        }

        assertThat(pool.expect(models.get(0)).tier()).isEqualTo(Tier.DISK);
        assertThat(pool.expect(models.get(14)).tier()).isEqualTo(Tier.MEMORY);
        fixture.use(pool, models.get(0));

        assertThat(fixture.store.downloads).hasValue(15);
        assertThat(pool.snapshot().memoryPeakBytes()).isLessThanOrEqualTo(1000);
        assertThat(pool.snapshot().counts().reloads()).isEqualTo(1);
    }

    @Test
    void saysHowLongAnEvictedModelWasThereAndUnused() {
        fixture.diskBytes = 5 * ContentHash.BLOCK_BYTES;
        TieredModelPool pool = fixture.open();
        ModelName old = fixture.upload("old", "v1", 600);
        fixture.use(pool, old);
        fixture.pass(Duration.ofSeconds(2));
        fixture.use(pool, old);
        fixture.pass(Duration.ofSeconds(3));
        fixture.use(pool, fixture.upload("next", "v1", 600));
        fixture.pass(Duration.ofSeconds(4));

        fixture.use(pool, fixture.upload("last", "v1", 10));

        PoolSnapshot.Counts counts = pool.snapshot().counts();
        assertThat(counts.memoryEvictions())
                .containsEntry(EvictionReason.CAPACITY, new PoolSnapshot.Evicted(1, 5_000_000_000L, 3_000_000_000L))
                .containsEntry(EvictionReason.IDLE, PoolSnapshot.Evicted.NONE);
        assertThat(counts.diskEvictions())
                .containsEntry(EvictionReason.CAPACITY, new PoolSnapshot.Evicted(1, 9_000_000_000L, 7_000_000_000L));
    }

    @Test
    void aModelThatRunsOnHoldsUpTheEndForAMomentOnly() {
        ModelName endless = fixture.upload("endless", "v1", 100);
        TieredModelPool pool = fixture.open();
        Lease lease = fixture.acquire(pool, endless);

        long begin = System.nanoTime();
        pool.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(6));
        lease.close();
    }
}
