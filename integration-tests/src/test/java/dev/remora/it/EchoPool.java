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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Has every model, which answers with what it is asked; one run in some takes long, so that replies overtake others. */
final class EchoPool implements ModelPool {
    private static final int SLOW_ONE_IN = 50;
    private static final Duration SLOW = Duration.ofMillis(200);
    private static final List<TensorSpec> ANY = List.of(new TensorSpec("x", DataType.UINT8, List.of(-1L)));

    private final Map<ModelName, Demand> demands = new ConcurrentHashMap<>();

    @Override
    public Lease tryAcquire(ModelName model) {
        return new EchoLease();
    }

    @Override
    public CompletionStage<Preparation> prepare(Demand demand) {
        return CompletableFuture.completedFuture(new Preparation(0, 0));
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

    private static final class EchoLease implements Lease {
        @Override
        public LoadedModel model() {
            return new Echo();
        }

        @Override
        public String version() {
            return "1";
        }

        @Override
        public void close() {}
    }

    private static final class Echo implements LoadedModel {
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
            if (ThreadLocalRandom.current().nextInt(SLOW_ONE_IN) == 0) {
                LockSupport.parkNanos(SLOW.toNanos());
            }
            return inputs;
        }

        @Override
        public void close() {}
    }
}
