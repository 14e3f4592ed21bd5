package dev.remora.plugin;

import dev.remora.intake.IntakeSnapshot;
import dev.remora.pool.PoolSnapshot;
import dev.remora.reply.ReplySnapshot;
import dev.remora.runtime.MemoryReading;
import java.util.Map;
import java.util.Optional;

/**
 * All figures at one moment. Immutable.
 *
 * @param spreadModels models that are spread from here
 * @param memory what the process really holds; empty where the system does not say
 * @param busyModels replies by model, as {@link BusyModels} counts them
 */
record Figures(
        IntakeSnapshot intake,
        PoolSnapshot pool,
        ReplySnapshot reply,
        int spreadModels,
        Optional<MemoryReading> memory,
        Map<String, Long> busyModels) {
    Figures {
        busyModels = Map.copyOf(busyModels);
    }
}
