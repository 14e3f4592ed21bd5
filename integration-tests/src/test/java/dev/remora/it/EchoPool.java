package dev.remora.it;

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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Has every model in memory; each answers with what it is asked, after a while. Thread-safe. */
final class EchoPool implements ModelPool {
    private static final List<TensorSpec> ANY = List.of(new TensorSpec("x", DataType.UINT8, List.of(-1L)));

    private final Map<ModelName, Demand> demands = new ConcurrentHashMap<>();
    private final Function<ModelName, Duration> runs;

    /** @param runs how long a model runs, asked anew for each run */
    EchoPool(Function<ModelName, Duration> runs) {
        this.runs = runs;
    }

    @Override
    public Lease tryAcquire(ModelName model) {
        return new EchoLease(new Echo(() -> runs.apply(model)));
    }

    @Override
    public CompletionStage<Preparation> prepare(Demand demand) {
        return CompletableFuture.completedStage(new Preparation(0, 0));
    }

    @Override
    public Prospect expect(ModelName model) {
        return new Prospect(Tier.MEMORY, demands.computeIfAbsent(model, Demand::new));
    }

    @Override
    public @Nullable String storeTrouble(ModelName model) {
        return null;
    }

    @Override
    public PoolSnapshot snapshot() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    private record EchoLease(LoadedModel model) implements Lease {
        @Override
        public String version() {
            return "v1";
        }

        @Override
        public void close() {}
    }

    private record Echo(Supplier<Duration> runs) implements LoadedModel {
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
            long nanos = runs.get().toNanos();
            if (nanos > 0) {
                LockSupport.parkNanos(nanos);
            }
            return inputs;
        }

        @Override
        public void close() {}
    }
}
