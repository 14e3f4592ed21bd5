package dev.remora.plugin;

import dev.remora.intake.IntakeSnapshot;
import dev.remora.pool.PoolSnapshot;
import dev.remora.reply.ReplySnapshot;
import java.util.Map;

/**
 * All figures at one moment. Immutable.
 *
 * @param busyModels replies by model, as {@link BusyModels} counts them
 */
record Figures(IntakeSnapshot intake, PoolSnapshot pool, ReplySnapshot reply, Map<String, Long> busyModels) {
    Figures {
        busyModels = Map.copyOf(busyModels);
    }
}
