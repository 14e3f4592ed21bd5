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

/**
 * A pool where every model is in memory and answers with what it was asked; those whose names say so take their time.
 * Thread-safe.
 */
final class SlowModels implements ModelPool {
    private static final List<TensorSpec> ANY = List.of(new TensorSpec("x", DataType.UINT8, List.of(-1L)));

    private final Map<ModelName, Demand> demands = new ConcurrentHashMap<>();
    private final Duration run;

    /** @param run how long a model runs whose name begins with "slow" */
    SlowModels(Duration run) {
        this.run = run;
    }

    @Override
    public Lease tryAcquire(ModelName model) {
        LoadedModel loaded = new Echo(model.value().startsWith("slow") ? run.toNanos() : 0);
        return new Lease() {
            @Override
            public LoadedModel model() {
                return loaded;
            }

            @Override
            public String version() {
                return "v1";
            }

            @Override
            public void close() {}
        };
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
    public String storeTrouble(ModelName model) {
        return "";
    }

    @Override
    public PoolSnapshot snapshot() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    private record Echo(long runNanos) implements LoadedModel {
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
            if (runNanos > 0) {
                LockSupport.parkNanos(runNanos);
            }
            return inputs;
        }

        @Override
        public void close() {}
    }
}
