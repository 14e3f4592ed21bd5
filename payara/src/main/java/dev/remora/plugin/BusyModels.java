package dev.remora.plugin;

import dev.remora.intake.IntakeSnapshot;
import dev.remora.protocol.ModelName;
import java.util.HashMap;
import java.util.Map;

/**
 * Replies of the busiest models, each counted from when it became one of them, and of all others together. So no count
 * ever falls, and none leaps when a model comes or goes. Confined to the metrics thread.
 */
final class BusyModels {
    /** The tag of all others. */
    static final String OTHER = "_other";

    private final Map<String, Long> counts = new HashMap<>();
    private Map<ModelName, Long> seen = Map.of();
    private boolean allSeen = true;
    private long seenTotal;

    /** Counts what was added since the last time. */
    Map<String, Long> update(IntakeSnapshot now) {
        long total = now.otherModels()
                + now.byModel().values().stream().mapToLong(Long::longValue).sum();
        long others = Math.max(0, total - seenTotal);
        for (var model : now.byModel().entrySet()) {
            var name = model.getKey();
            // While every model is shown, one that was not seen before had no reply before.
            long added = model.getValue() - seen.getOrDefault(name, allSeen ? 0L : model.getValue());
            counts.merge(name.value(), Math.max(0, added), Long::sum);
            others -= added;
        }
        counts.merge(OTHER, Math.max(0, others), Long::sum);
        counts.keySet().removeIf(name -> !name.equals(OTHER) && !now.byModel().containsKey(new ModelName(name)));
        seen = now.byModel();
        allSeen = now.otherModels() == 0;
        seenTotal = Math.max(total, seenTotal);
        return counts;
    }
}
