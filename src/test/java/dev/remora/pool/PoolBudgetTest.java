package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.Await;
import dev.remora.pool.ModelPool.Preparation;
import dev.remora.protocol.ModelName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever is done with the pool, in whatever order: the budgets hold, no byte is lost, no leased model is closed. */
class PoolBudgetTest {
    private static final int MODELS = 8;
    private static final long MEMORY = 1000;
    private static final long DISK = 60 * 1024;
    /** So little that six models, more than have room, cannot hide the loss of the smallest one. */
    private static final long JITTER = 13;

    private enum Act {
        PREPARE,
        ACQUIRE,
        CLOSE_LEASE,
        FORGET,
        UPLOAD,
        REMOVE,
        PASS
    }

    private record Step(Act act, int model, int amount) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(Act.class),
                        Arbitraries.integers().between(0, MODELS - 1),
                        Arbitraries.integers().between(0, 9))
                .as(Step::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(60);
    }

    @Property(tries = 25)
    void budgetsHoldAndLeasedModelsStay(@ForAll("steps") List<Step> steps) throws IOException {
        Path disk = Files.createTempDirectory("pool");
        try (PoolFixture fixture = new PoolFixture(disk)) {
            fixture.memoryBytes = MEMORY;
            fixture.diskBytes = DISK;
            fixture.maxAge = Duration.ofHours(1);
            fixture.runtime.jitter = JITTER;
            fixture.runtime.form = new FakeForm(fixture.runtime);
            for (int i = 0; i < MODELS; i++) {
                upload(fixture, i, i, "v0");
            }
            Run run = new Run(fixture, fixture.open());
            for (int i = 0; i < steps.size(); i++) {
                run.take(steps.get(i), i);
                run.check();
            }
            run.end();
        } finally {
            SafeFiles.delete(disk);
        }
    }

    /** What is measured never exceeds the estimate here: then the budget holds without exception. */
    private static void upload(PoolFixture fixture, int model, int amount, String version) {
        fixture.upload("m" + model, version, 150 + 50L * amount, 100 + 50L * amount, 1500 * amount);
    }

    private static final class Run {
        private final PoolFixture fixture;
        private final TieredModelPool pool;
        private final Map<Integer, List<Lease>> leases = new HashMap<>();

        Run(PoolFixture fixture, TieredModelPool pool) {
            this.fixture = fixture;
            this.pool = pool;
        }

        void take(Step step, int moment) {
            ModelName model = PoolFixture.name("m" + step.model);
            switch (step.act) {
                case PREPARE -> pool.prepare(fixture.waiting(model, moment));
                case ACQUIRE -> acquire(step.model, model, moment);
                case CLOSE_LEASE -> closeOne(step.model);
                case FORGET -> fixture.satisfied(model);
                case UPLOAD -> upload(fixture, step.model, step.amount, "v" + (moment + 1));
                case REMOVE -> fixture.store.remove(model);
                case PASS -> pass(step.amount);
            }
        }

        /** Now and then long enough for what the load thread does when it idles. */
        private void pass(int amount) {
            fixture.pass(Duration.ofMinutes(10L * amount));
            if (amount > 6) {
                fixture.awaitTurns();
            }
        }

        private void acquire(int index, ModelName model, int moment) {
            fixture.waiting(model, moment);
            Lease lease = pool.tryAcquire(model);
            if (lease == null && leases.values().stream().allMatch(List::isEmpty)) {
                CompletableFuture<Preparation> way =
                        pool.prepare(fixture.demand(model)).toCompletableFuture();
                // Earlier demands that nobody ever uses give way only to patience.
                Await.until("it came or failed", () -> {
                    fixture.pass(Duration.ofMillis(200));
                    return way.isDone();
                });
                lease = pool.tryAcquire(model);
            }
            if (lease != null) {
                leases.computeIfAbsent(index, ignored -> new ArrayList<>()).add(lease);
            }
            fixture.satisfied(model);
        }

        private void closeOne(int index) {
            List<Lease> held = leases.getOrDefault(index, List.of());
            if (!held.isEmpty()) {
                held.remove(0).close();
            }
        }

        void check() {
            PoolSnapshot snapshot = pool.snapshot();
            assertThat(snapshot.memoryReservedBytes()).isBetween(0L, MEMORY);
            assertThat(snapshot.diskBytes()).isBetween(0L, DISK);
            for (List<Lease> held : leases.values()) {
                for (Lease lease : held) {
                    assertThat(((FakeRuntime.FakeModel) lease.model()).gone()).isFalse();
                }
            }
        }

        /** At rest, what is reserved is what lives, but for the noise of measuring it; after the end, nothing is. */
        void end() {
            leases.values().forEach(held -> held.forEach(Lease::close));
            for (int i = 0; i < MODELS; i++) {
                fixture.satisfied(PoolFixture.name("m" + i));
            }
            pass(9);
            Await.until("what is reserved is what lives", () -> {
                fixture.pass(Duration.ofSeconds(1));
                long more = pool.snapshot().memoryReservedBytes() - fixture.runtime.liveBytes.get();
                return Math.abs(more) <= fixture.runtime.jitter * fixture.runtime.live.size();
            });
            pool.close();
            assertThat(pool.snapshot().memoryReservedBytes()).isZero();
            assertThat(pool.snapshot().memoryPeakBytes()).isLessThanOrEqualTo(MEMORY);
            assertThat(fixture.runtime.live).isEmpty();
            assertThat(fixture.runtime.closedWhileRunning).hasValue(0);
        }
    }
}
