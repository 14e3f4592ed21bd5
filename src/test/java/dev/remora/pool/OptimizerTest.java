package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.Await;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Tier;
import dev.remora.runtime.LoadedModel;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an idle load thread makes of models that are in memory: forms that load sooner, and take less. */
class OptimizerTest extends IdlePool {
    private static final int KIB = 1024;

    @Test
    void whatIsInMemoryIsWrittenOnceMoreAndLoadedFromThere() {
        ModelName model = fixture.upload("a", "v1", 100);

        TieredModelPool pool = optimized(model);

        pass("the smaller one is alone", () -> pool.snapshot().memoryReservedBytes() == 50);
        assertThat(servesOptimized(pool, model)).isTrue();
        assertThat(pool.snapshot().loadedModels()).isEqualTo(1);
        assertThat(pool.snapshot().diskBytes()).isEqualTo(fixture.used());
        assertThat(pool.snapshot().diskBytes()).isEqualTo(3 * ContentHash.BLOCK_BYTES);
        assertThat(form.writes).hasValue(1);
    }

    @Test
    void forTheFiguresItWasNeverAway() {
        ModelName model = fixture.upload("a", "v1", 100);

        TieredModelPool pool = optimized(model);
        pass("the smaller one is alone", () -> pool.snapshot().memoryReservedBytes() == 50);

        PoolSnapshot.Counts counts = pool.snapshot().counts();
        assertThat(counts.loads()).isEqualTo(1);
        assertThat(counts.reloads()).isZero();
        assertThat(counts.memoryEvictions().values()).allMatch(each -> each.count() == 0);
        assertThat(pool.warm())
                .singleElement()
                .satisfies(each -> assertThat(each.version()).isEqualTo("v1"));
    }

    @Test
    void thePolicyHearsOfTheSmallerSizeAndOfNoOtherUse() {
        List<String> heard = new CopyOnWriteArrayList<>();
        fixture.policy = new EvictionPolicy() {
            @Override
            public void used(ModelName model, long nowNanos) {
                heard.add("used");
            }

            @Override
            public void loaded(ModelName model, long bytes, long reloadNanos, long nowNanos) {
                heard.add("loaded " + bytes);
            }

            @Override
            public void resized(ModelName model, long bytes) {
                heard.add("resized " + bytes);
            }

            @Override
            public List<ModelName> order(Collection<ModelName> candidates, long nowNanos) {
                return List.copyOf(candidates);
            }
        };
        ModelName model = fixture.upload("a", "v1", 100);

        TieredModelPool pool = optimized(model);
        pass("the smaller one is alone", () -> pool.snapshot().memoryReservedBytes() == 50);

        assertThat(heard).containsExactly("loaded 100", "used", "resized 50");
    }

    @Test
    void aLeaseEndsByItselfWhileOthersGetTheSmallerOne() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = opened();
        CompletableFuture<Lease> leased = new CompletableFuture<>();
        form.whileLoading = () -> leased.complete(fixture.acquire(pool, model));
        fixture.use(pool, model);
        pass("both are there", () -> pool.snapshot().memoryReservedBytes() == 150);
        Lease old = leased.join();

        assertThat(servesOptimized(pool, model)).isTrue();
        assertThat(isOptimized(old)).isFalse();
        assertThat(((FakeRuntime.FakeModel) old.model()).gone()).isFalse();
        old.close();

        Await.until("the old one is gone", () -> pool.snapshot().memoryReservedBytes() == 50);
        assertThat(fixture.runtime.closedWhileRunning).hasValue(0);
    }

    @Test
    void whileSomethingRunsModelsAreWrittenAndNotExchanged() {
        ModelName busy = fixture.upload("busy", "v1", 10);
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = opened();
        Lease running = fixture.acquire(pool, busy);
        fixture.use(pool, model);
        pass("it is written", () -> pool.snapshot().optimized() == 1);
        rest();
        assertThat(form.loads).hasValue(0);

        running.close();

        pass("both are exchanged", () -> pool.snapshot().memoryReservedBytes() == 55);
        assertThat(form.writes).hasValue(2);
    }

    @Test
    void aFormThatDoesNotLoadIsNotTriedForEver() {
        form.loadFailure = new IllegalStateException("no");
        ModelName model = fixture.upload("a", "v1", 100);

        TieredModelPool pool = opened();
        fixture.use(pool, model);
        pass("it was tried", () -> form.writes.get() == 5);
        rest();

        assertThat(form.writes).hasValue(5);
        assertThat(servesOptimized(pool, model)).isFalse();
        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(100);
        assertThat(pool.snapshot().diskBytes()).isEqualTo(2 * ContentHash.BLOCK_BYTES);
    }

    @Test
    void aModelThatCannotBeOptimizedIsTriedOnce() {
        form.writeFailure = new IllegalStateException("no");
        ModelName failing = fixture.upload("a", "v1", 100);
        TieredModelPool pool = opened();
        fixture.use(pool, failing);
        rest();
        form.writeFailure = null;
        form.serves = false;
        fixture.use(pool, fixture.upload("b", "v1", 100));
        pass("it was tried", () -> form.writes.get() == 1);

        rest();

        assertThat(form.writes).hasValue(1);
        assertThat(pool.snapshot().diskBytes()).isEqualTo(fixture.used());
        assertThat(pool.snapshot().memoryReservedBytes()).isEqualTo(200);
    }

    @Test
    void nothingIsWrittenWhereMemoryOrDiskIsNotFree() {
        fixture.memoryBytes = 350;
        fixture.diskBytes = 100 * KIB;
        TieredModelPool pool = opened();
        ModelName small = fixture.upload("small", "v1", 100, 100, 50 * KIB);
        ModelName large = fixture.upload("large", "v1", 200);

        fixture.use(pool, small);
        rest();
        fixture.use(pool, large);
        rest();

        assertThat(form.writes).hasValue(0);
        assertThat(pool.snapshot().loadedModels()).isEqualTo(2);
        assertThat(pool.snapshot().diskBytes()).isEqualTo(fixture.used());
    }

    @Test
    void whatIsNotSmallerStaysAndLoadsSoonerTheNextTime() {
        form.percent = 90;
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool first = optimized(model);
        rest();
        assertThat(servesOptimized(first, model)).isFalse();
        assertThat(first.snapshot().memoryReservedBytes()).isEqualTo(100);
        fixture.close();

        TieredModelPool pool = opened();

        assertThat(servesOptimized(pool, model)).isTrue();
        assertThat(pool.snapshot().memoryPeakBytes()).isEqualTo(90);
    }

    @Test
    void whatCouldNotBeMeasuredIsTriedAgainLater() {
        form.measures = false;
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = optimized(model);
        Await.until("it was loaded", () -> form.loads.get() == 1);
        assertThat(servesOptimized(pool, model)).isFalse();

        form.measures = true;

        pass("the smaller one is alone", () -> pool.snapshot().memoryReservedBytes() == 50);
        assertThat(form.writes).hasValue(1);
    }

    @Test
    void aModelOnItsWayComesFirst() {
        TieredModelPool pool = opened();
        fixture.use(pool, fixture.upload("a", "v1", 100));
        ModelName cold = fixture.upload("cold", "v1", 100);
        fixture.store.gate = new CountDownLatch(1);
        AtomicReference<Tier> tier = new AtomicReference<>();
        form.meanwhile = () -> tier.compareAndSet(null, pool.expect(cold).tier());
        CompletableFuture<Preparation> way =
                pool.prepare(fixture.waiting(cold, 1)).toCompletableFuture();
        Await.until("it is fetched", () -> fixture.store.calls.get() == 2);
        fixture.pass(Duration.ofSeconds(1));
        fixture.awaitTurns();
        assertThat(form.writes).hasValue(0);

        fixture.store.gate.countDown();
        way.join();

        pass("both are optimized", () -> pool.snapshot().optimized() == 2);
        assertThat(tier).hasValue(Tier.MEMORY);
    }

    @Test
    void aNewVersionThatComesMeanwhileIsNotMixedUpWithTheOld() {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = opened();
        form.meanwhile = () -> {
            form.meanwhile = () -> {};
            fixture.upload("a", "v2", 200);
            fixture.pass(Duration.ofHours(11));
            pool.prepare(fixture.waiting(model, 1));
            Await.until("the new one is published", () -> facts().contains("version=v2"));
        };
        fixture.use(pool, model);
        pass("it was written", () -> form.writes.get() == 1);

        pass("the new one serves", () -> fixture.use(pool, model).equals("v2"));

        Await.until("nothing of the old one stays", () -> pool.snapshot().diskBytes() == fixture.used());
        Await.until("its memory is free", () -> fixture.runtime.liveBytes.get() == 200);
        pass("the new one is optimized", () -> pool.snapshot().memoryReservedBytes() == 100);
        assertThat(fixture.use(pool, model)).isEqualTo("v2");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aModelThatLeavesMeanwhileDoesNotComeBack(boolean whileLoading) {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = opened();
        Runnable leave = () -> {
            fixture.store.remove(model);
            fixture.pass(Duration.ofHours(11));
            pool.prepare(fixture.waiting(model, 1));
            Await.until("it is gone", () -> pool.expect(model).tier() == Tier.S3);
            fixture.satisfied(model);
        };
        if (whileLoading) {
            form.whileLoading = leave;
        } else {
            form.meanwhile = leave;
        }
        fixture.use(pool, model);
        pass("it was written", () -> form.writes.get() == 1);

        Await.until("nothing stays", () -> pool.snapshot().memoryReservedBytes() == 0);
        Await.until("not on the disk either", () -> pool.snapshot().diskBytes() == 0 && fixture.used() == 0);
        assertThat(fixture.runtime.live).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thePoolClosesInTheMiddle(boolean whileLoading) throws Exception {
        ModelName model = fixture.upload("a", "v1", 100);
        TieredModelPool pool = opened();
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        Runnable wait = () -> {
            writing.countDown();
            await(gate);
        };
        if (whileLoading) {
            form.whileLoading = wait;
        } else {
            form.meanwhile = wait;
        }
        fixture.use(pool, model);
        pass("it is written", () -> writing.getCount() == 0);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(pool::close);
        Await.until("it closes", () -> {
            try (Lease lease = pool.tryAcquire(model)) {
                return lease == null;
            }
        });
        gate.countDown();
        closing.join();

        assertThat(fixture.runtime.live).isEmpty();
        assertThat(pool.snapshot().memoryReservedBytes()).isZero();
        assertThat(marks()).isZero();
    }

    @Test
    void whereNoCrashMarkCanBeWrittenNothingStaysReserved() throws IOException {
        Path root = fixture.disk;
        PoolState state;
        try (FileSystem gone = FileSystems.newFileSystem(root.resolve("x.zip"), Map.of("create", "true"))) {
            CrashMarks marks = CrashMarks.open(gone.getPath("/"));
            state = new PoolState(fixture.settings(), marks, fixture.policy, fixture.clock::get);
        }
        DiskFolder folder = DiskFolder.open(root, path -> Long.MAX_VALUE);
        Verifier verifier = new Verifier(folder, Thread::new);
        Optimizer optimizer =
                new Optimizer(state, folder, new OptimizedLoads(state, new Preparations(state, folder), verifier));
        ModelSlot slot = state.slot(PoolFixture.name("a"));
        state.disk.found(slot, new DiskEntry(slot.name, "v1", root.resolve("entry"), KIB, ""));
        Resident resident = new Resident(slot, "v1", runtimeModel(), 100, 0, false);
        resident.unproven = false;
        resident.optimizable = form;
        state.memory.tryReserve(100, 0);
        state.memory.install(resident);
        fixture.pass(Duration.ofMinutes(1));

        Runnable work = Objects.requireNonNull(optimizer.next(state.now()));
        assertThatThrownBy(work::run).isInstanceOf(ClosedFileSystemException.class);

        assertThat(state.memory.reserved()).isEqualTo(100);
        assertThat(state.disk.occupied()).isEqualTo(KIB);
        assertThat(form.writes).hasValue(0);
        verifier.close();
    }

    private LoadedModel runtimeModel() {
        Properties facts = new Properties();
        facts.setProperty("estimate", "100");
        facts.setProperty("measured", "100");
        return fixture.runtime.make(facts, false, true);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
