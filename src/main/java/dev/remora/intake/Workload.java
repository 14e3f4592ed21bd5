package dev.remora.intake;

import dev.remora.protocol.ModelName;
import java.util.Map;

/**
 * How much work waits for this instance, at one moment, in seconds that it needs for it with all its run threads: what
 * has been read and not yet run, and what of the log is unread, as far as that is known. Immutable.
 *
 * @param seconds for all models
 * @param busy the share of its run threads' time that went into runs over the last seconds, from 0 to 1
 * @param byModel for those models that have most, a bounded number of them
 * @param otherSeconds for all others
 */
public record Workload(double seconds, double busy, Map<ModelName, Double> byModel, double otherSeconds) {
    /** Nothing waits, and nothing ran. */
    public static final Workload NONE = new Workload(0, 0, Map.of(), 0);

    public Workload {
        byModel = Map.copyOf(byModel);
    }
}
