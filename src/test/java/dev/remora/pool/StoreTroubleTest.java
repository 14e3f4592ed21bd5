package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.Await;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTroubleTest {
    private PoolFixture fixture;

    @BeforeEach
    void makePool(@TempDir Path disk) {
        fixture = new PoolFixture(disk);
    }

    @AfterEach
    void closePool() {
        fixture.close();
    }

    private static void assertFails(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void anOutageIsWaitedForAsLongAsAnybodyWaits() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.store.failure = FakeStore.outage();
        TieredModelPool pool = fixture.open();

        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(model, 1)).toCompletableFuture();
        Await.until("the pool says why", () -> pool.storeTrouble(model) != null);
        fixture.pass(Duration.ofMinutes(1));
        Await.until("it tried again", () -> fixture.store.calls.get() >= 2);
        assertThat(way).isNotDone();

        fixture.store.failure = null;
        Await.until("it is there", () -> {
            fixture.pass(Duration.ofSeconds(1));
            return way.isDone();
        });
        assertThat(way).isCompleted();
        assertThat(pool.storeTrouble(model)).isNull();
        assertThat(pool.snapshot().counts().fetchFailures()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void anOutageEndsTheWayOnceNobodyWaits() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.store.failure = FakeStore.outage();
        TieredModelPool pool = fixture.open();
        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(model, 1)).toCompletableFuture();
        Await.until("it failed once", () -> pool.storeTrouble(model) != null);

        fixture.satisfied(model);
        Await.until("it ended", () -> {
            fixture.pass(Duration.ofSeconds(1));
            return way.isDone();
        });

        assertThat(way).isCompletedExceptionally();
        fixture.store.failure = null;
        assertThat(fixture.use(pool, model)).isEqualTo("v1");
    }

    @Test
    void aRefusalIsAnsweredOnceThePatienceIsOver() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.store.failure = FakeStore.refusal();
        TieredModelPool pool = fixture.open();
        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(model, 1)).toCompletableFuture();
        Await.until("it was refused", () -> pool.storeTrouble(model) != null);
        assertThat(way).isNotDone();

        fixture.pass(fixture.patience);
        assertFails(ErrorCode.STORE_UNAVAILABLE, () -> fixture.prepare(pool, model));

        int calls = fixture.store.calls.get();
        assertFails(ErrorCode.STORE_UNAVAILABLE, () -> fixture.prepare(pool, model));
        assertThat(fixture.store.calls).hasValue(calls);
    }

    @Test
    void aBrokenArtifactIsFetchedOnceAndOnlyAskedAboutLater() {
        ModelName model = PoolFixture.name("a");
        fixture.store.put(model, "v1", new byte[] {'b', 'r', 'o', 'k', 'e', 'n', '='});
        TieredModelPool pool = fixture.open();

        for (int i = 0; i < 20; i++) {
            assertFails(ErrorCode.MODEL_INVALID, () -> fixture.prepare(pool, model));
            fixture.pass(Duration.ofSeconds(1));
        }

        assertThat(fixture.store.downloads).hasValue(1);
        assertThat(fixture.store.calls.get()).isLessThan(8);
        assertThat(pool.snapshot().memoryReservedBytes()).isZero();
        Await.until("its room is free", () -> pool.snapshot().diskBytes() == 0);
    }

    @Test
    void whatNoRuntimeAcceptsIsInvalid() {
        ModelName model = new ModelName("notes.txt");
        fixture.store.put(model, "v1", new byte[10]);
        TieredModelPool pool = fixture.open();

        assertFails(ErrorCode.MODEL_INVALID, () -> fixture.prepare(pool, model));
    }

    @Test
    void aRuntimeThatFailsUnexpectedlyIsOurFaultAndTriedAgain() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.runtime.failure = new IllegalStateException("boom");
        TieredModelPool pool = fixture.open();

        assertFails(ErrorCode.INTERNAL, () -> fixture.prepare(pool, model));
        fixture.runtime.failure = null;
        fixture.pass(Duration.ofSeconds(2));

        assertThat(fixture.use(pool, model)).isEqualTo("v1");
        assertThat(fixture.store.downloads).hasValue(1);
    }

    @Test
    void closingEndsEveryWay() {
        ModelName model = fixture.upload("a", "v1", 100);
        fixture.store.failure = FakeStore.outage();
        TieredModelPool pool = fixture.open();
        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(model, 1)).toCompletableFuture();

        pool.close();

        assertThat(way).isCompletedExceptionally();
        assertFails(ErrorCode.UNAVAILABLE, () -> fixture.prepare(pool, model));
        assertThat(pool.tryAcquire(model)).isNull();
    }

    @Test
    void oneCorruptObjectHidesNoUploadOfAnother() {
        ModelName corrupt = fixture.upload("corrupt", "v1", 100);
        ModelName other = fixture.upload("other", "v1", 100);
        TieredModelPool pool = fixture.open();
        assertThat(fixture.use(pool, other)).isEqualTo("v1");
        fixture.store.corrupt = corrupt;
        pool.prepare(fixture.waiting(corrupt, 1));
        Await.until("it came wrong", () -> pool.storeTrouble(corrupt) != null);

        fixture.upload("other", "v2", 100);
        int downloads = fixture.store.downloads.get();
        fixture.pass(fixture.maxAge);
        Await.until("it came wrong again, just now", () -> fixture.store.downloads.get() > downloads);

        assertThat(fixture.use(pool, other)).isEqualTo("v2");
    }

    @Test
    void aFaultAfterALoadEndsTheWayAndFreesTheMemory() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = fixture.open();
        fixture.runtime.measureFailure = new AssertionError("ours");

        assertFails(ErrorCode.INTERNAL, () -> fixture.prepare(pool, model));

        assertThat(fixture.runtime.live).isEmpty();
        assertThat(pool.snapshot().memoryReservedBytes()).isZero();
        fixture.runtime.measureFailure = null;
        fixture.pass(Duration.ofSeconds(10));
        assertThat(fixture.use(pool, model)).isEqualTo("v1");
    }

    @Test
    void aFaultInTheirTurnEndsNoThread() {
        AtomicInteger faults = new AtomicInteger();
        TieredModelPool pool = fixture.open(() -> {
            if (Thread.currentThread().getName().startsWith("remora-") && faults.getAndIncrement() < 10) {
                throw new AssertionError("ours");
            }
            return fixture.clock.get();
        });
        Await.until("all faults are over", () -> faults.get() > 10);

        assertThat(fixture.endedThreads).as("threads that a fault has ended").hasValue(0);
        assertThat(fixture.use(pool, fixture.upload("a", "v1", 100))).isEqualTo("v1");
        assertThat(fixture.endedThreads).as("threads that a fault has ended").hasValue(0);
    }

    @Test
    void aPolicyThatFailsCostsNoModel() {
        fixture.policy = new EvictionPolicy() {
            @Override
            public void used(ModelName model, long nowNanos) {
                throw new IllegalStateException("the user's");
            }

            @Override
            public void loaded(ModelName model, long bytes, long reloadNanos, long nowNanos) {
                throw new IllegalStateException("the user's");
            }

            @Override
            public List<ModelName> order(Collection<ModelName> candidates, long nowNanos) {
                throw new IllegalStateException("the user's");
            }
        };
        TieredModelPool pool = fixture.open();

        for (int i = 0; i < 3; i++) {
            assertThat(fixture.use(pool, fixture.upload("m" + i, "v1", 600))).isEqualTo("v1");
        }

        Await.until("one is left", () -> fixture.runtime.live.size() == 1);
    }
}
