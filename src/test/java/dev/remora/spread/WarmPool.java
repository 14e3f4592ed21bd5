package dev.remora.spread;

import dev.remora.pool.Demand;
import dev.remora.pool.Lease;
import dev.remora.pool.ModelPool;
import dev.remora.pool.PoolSnapshot;
import dev.remora.pool.WarmModel;
import dev.remora.protocol.ModelName;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Says what is warm, and notes what is handed over to it. Confined to one thread. */
final class WarmPool implements ModelPool {
    private List<WarmModel> warm = List.of();
    private final List<WarmModel> handedOver = new ArrayList<>();

    void warm(WarmModel... models) {
        warm = List.of(models);
    }

    List<ModelName> handedOver() {
        return handedOver.stream().map(WarmModel::model).toList();
    }

    double heatOf(ModelName model) {
        return handedOver.stream()
                .filter(each -> each.model().equals(model))
                .findFirst()
                .orElseThrow()
                .heat();
    }

    @Override
    public List<WarmModel> warm() {
        return warm;
    }

    @Override
    public void handOver(List<WarmModel> models) {
        handedOver.addAll(models);
    }

    @Override
    public @Nullable Lease tryAcquire(ModelName model) {
        throw new UnsupportedOperationException("Nothing is acquired here.");
    }

    @Override
    public CompletionStage<Preparation> prepare(Demand demand) {
        throw new UnsupportedOperationException("Nothing is prepared here.");
    }

    @Override
    public Prospect expect(ModelName model) {
        throw new UnsupportedOperationException("Nothing is expected here.");
    }

    @Override
    public @Nullable String storeTrouble(ModelName model) {
        return null;
    }

    @Override
    public PoolSnapshot snapshot() {
        throw new UnsupportedOperationException("There are no figures here.");
    }

    @Override
    public void close() {}
}
