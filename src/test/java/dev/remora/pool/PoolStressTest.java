package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many threads use many models through tiers that hold few, while versions change, models vanish and the store fails. */
class PoolStressTest {
    private static final int MODELS = 40;
    private static final int USERS = 8;
    private static final Duration LENGTH = Duration.ofSeconds(3);
    /** On a busy machine the users go on for longer. */
    private static final int ENOUGH = 100;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path disk;

    private final AtomicLong order = new AtomicLong();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger uses = new AtomicInteger();
    private final Map<ErrorCode, Integer> errors = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Throwable> faults = new ConcurrentLinkedQueue<>();

    @Test
    void everyUseIsServedAndBothBudgetsHold() throws Exception {
        PoolFixture fixture = fixture();
        TieredModelPool pool = fixture.open(System::nanoTime);

        List<Thread> threads = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(USERS);
        for (int i = 0; i < USERS; i++) {
            Random random = new Random(i);
            threads.add(started(() -> {
                use(fixture, pool, random);
                done.countDown();
            }));
        }
        threads.add(started(() -> change(fixture)));
        threads.add(started(() -> watch(fixture, pool)));
        boolean inTime = done.await(60, TimeUnit.SECONDS);
        over.set(true);
        for (Thread thread : threads) {
            thread.join(10_000);
        }
        PoolSnapshot last = pool.snapshot();
        pool.close();

        assertThat(inTime).as("all users came to an end: %s, %s", last, faults).isTrue();
        assertThat(faults).isEmpty();
        assertThat(fixture.runtime.closedWhileRunning).hasValue(0);
        assertThat(fixture.runtime.live).isEmpty();
        assertThat(fixture.runtime.liveBytes).hasValue(0);
        assertThat(pool.snapshot().memoryPeakBytes()).isLessThanOrEqualTo(fixture.memoryBytes);
        assertThat(pool.snapshot().memoryReservedBytes()).isZero();
        assertThat(uses.get()).isGreaterThan(ENOUGH);
        assertThat(errors.keySet())
                .isSubsetOf(ErrorCode.MODEL_NOT_FOUND, ErrorCode.STORE_UNAVAILABLE, ErrorCode.UNAVAILABLE);
    }

    private PoolFixture fixture() {
        PoolFixture fixture = new PoolFixture(disk);
        fixture.memoryBytes = 1000;
        fixture.diskBytes = 20 * 12 * 1024;
        fixture.maxAge = Duration.ofMillis(400);
        fixture.fetchThreads = 3;
        for (int i = 0; i < MODELS; i++) {
            fixture.upload("m" + i, "v0", 100 + 10 * (i % 10), 60 + 10 * (i % 10), 5000);
        }
        return fixture;
    }

    private Thread started(Runnable work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                faults.add(e);
            }
        });
        thread.start();
        return thread;
    }

    private void use(PoolFixture fixture, TieredModelPool pool, Random random) {
        long end = System.nanoTime() + LENGTH.toNanos();
        while (!over.get() && (System.nanoTime() < end || uses.get() <= ENOUGH)) {
            int skewed = Math.min(random.nextInt(MODELS), random.nextInt(MODELS));
            ModelName model = PoolFixture.name("m" + skewed);
            Demand demand = fixture.demand(model);
            demand.update(order.incrementAndGet(), 1);
            try {
                runOnce(pool, demand);
                uses.incrementAndGet();
            } catch (RemoraException e) {
                errors.merge(e.code(), 1, Integer::sum);
            } finally {
                demand.update(Demand.NONE, 0);
            }
        }
    }

    private void runOnce(TieredModelPool pool, Demand demand) {
        while (true) {
            try (Lease lease = pool.tryAcquire(demand.model())) {
                if (lease != null) {
                    lease.model().run(List.of(), List.of(), Duration.ofSeconds(1));
                    return;
                }
            }
            try {
                pool.prepare(demand).toCompletableFuture().get(30, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RemoraException failure) {
                    throw failure;
                }
                throw new IllegalStateException(e);
            } catch (TimeoutException | InterruptedException e) {
                throw new IllegalStateException(demand.model() + " did not come", e);
            }
        }
    }

    private void change(PoolFixture fixture) {
        Random random = new Random(99);
        for (int version = 1; !over.get(); version++) {
            int i = random.nextInt(MODELS);
            fixture.upload("m" + i, "v" + version, 100 + 10 * (i % 10), 60 + 10 * (i % 10), 5000);
            int gone = random.nextInt(MODELS);
            fixture.store.remove(PoolFixture.name("m" + gone));
            pause(10);
            fixture.upload("m" + gone, "w" + version, 100, 90, 5000);
            fixture.store.failure = version % 10 == 0 ? FakeStore.outage() : null;
            pause(10);
        }
        fixture.store.failure = null;
    }

    private void watch(PoolFixture fixture, TieredModelPool pool) {
        while (!over.get()) {
            PoolSnapshot snapshot = pool.snapshot();
            assertThat(snapshot.memoryReservedBytes()).isLessThanOrEqualTo(fixture.memoryBytes);
            assertThat(snapshot.diskBytes()).isLessThanOrEqualTo(fixture.diskBytes);
            try {
                assertThat(ContentHash.storedBytes(disk.resolve("models"))).isLessThanOrEqualTo(fixture.diskBytes);
            } catch (IOException | UncheckedIOException e) {
                // Files vanish while they are listed.
                continue;
            }
            pause(2);
        }
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
