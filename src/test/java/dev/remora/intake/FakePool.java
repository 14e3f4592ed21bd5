package dev.remora.intake;

import dev.remora.pool.Demand;
import dev.remora.pool.Lease;
import dev.remora.pool.ModelPool;
import dev.remora.pool.PoolSnapshot;
import dev.remora.protocol.DataType;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import dev.remora.protocol.Tier;
import dev.remora.runtime.LoadedModel;
import dev.remora.runtime.LoadedModel.Batch;
import dev.remora.runtime.LoadedModel.Request;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A pool whose models are in memory when the test says so, and answer with what they were asked. */
final class FakePool implements ModelPool {
    final Set<String> loaded = ConcurrentHashMap.newKeySet();
    final Map<String, CompletableFuture<Preparation>> preparing = new ConcurrentHashMap<>();
    final Map<String, Demand> expected = new ConcurrentHashMap<>();
    final List<Demand> demands = new CopyOnWriteArrayList<>();
    final Map<String, String> troubles = new ConcurrentHashMap<>();
    volatile Run run = (inputs, limit) -> inputs;
    final AtomicInteger closed = new AtomicInteger();
    /** How many requests models run in one call. */
    volatile int batch = 1;

    /** What they answer these. */
    volatile Function<List<Request>, Optional<Batch>> runBatch = requests ->
            Optional.of(new Batch(requests.stream().map(Request::inputs).toList(), requests.size()));

    /** What a model does. */
    interface Run {
        List<Tensor> run(List<Tensor> inputs, Duration limit) throws InterruptedException;
    }

    @Override
    public @Nullable Lease tryAcquire(ModelName model) {
        return loaded.contains(model.value()) ? new FakeLease() : null;
    }

    @Override
    public CompletionStage<Preparation> prepare(Demand demand) {
        demands.add(demand);
        return preparing.computeIfAbsent(demand.model().value(), each -> new CompletableFuture<>());
    }

    /** The model has come into memory. */
    void load(String model, long fetchNanos, long loadNanos) {
        loaded.add(model);
        CompletableFuture<Preparation> waiting = preparing.remove(model);
        if (waiting != null) {
            waiting.complete(new Preparation(fetchNanos, loadNanos));
        }
    }

    void fail(String model, RuntimeException reason) {
        CompletableFuture<Preparation> waiting = preparing.remove(model);
        if (waiting != null) {
            waiting.completeExceptionally(reason);
        }
    }

    @Override
    public Prospect expect(ModelName model) {
        Demand demand = expected.computeIfAbsent(model.value(), each -> new Demand(model));
        return new Prospect(loaded.contains(model.value()) ? Tier.MEMORY : Tier.S3, demand);
    }

    @Override
    public @Nullable String storeTrouble(ModelName model) {
        return troubles.get(model.value());
    }

    @Override
    public PoolSnapshot snapshot() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    private final class FakeLease implements Lease {
        @Override
        public LoadedModel model() {
            return new FakeModel();
        }

        @Override
        public String version() {
            return "v1";
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    private final class FakeModel implements LoadedModel {
        private static final List<TensorSpec> ANY = List.of(new TensorSpec("x", DataType.UINT8, List.of(-1L)));

        @Override
        public Signature signature() {
            return new Signature(ANY, ANY);
        }

        @Override
        public OptionalLong measuredBytes() {
            return OptionalLong.empty();
        }

        @Override
        public List<Tensor> run(List<Tensor> inputs, List<String> outputs, Duration limit) {
            try {
                return run.run(inputs, limit);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public int batch(int waiting) {
            return Math.min(waiting, batch);
        }

        @Override
        public Optional<Batch> runBatch(List<Request> requests, Duration limit) {
            return runBatch.apply(requests);
        }

        @Override
        public void close() {}
    }
}
