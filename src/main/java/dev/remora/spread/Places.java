package dev.remora.spread;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.ModelPartition;
import dev.remora.protocol.Route;
import dev.remora.protocol.RouteTable;
import java.util.List;

/** Where a model's records lie. */
final class Places {
    private Places() {}

    /** Its home, and where its route leads beyond it. */
    static List<Integer> of(ModelName model, RouteTable routes, int partitionCount) {
        return routes.find(model, partitionCount)
                .map(Route::partitions)
                .orElseGet(() -> List.of(ModelPartition.of(model, partitionCount)));
    }
}
