package dev.remora.protocol;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Utils;

/** Which partition a model's records lie on: what Kafka's own Java producer makes of its name as key. Thread-safe. */
public final class ModelPartition {
    private ModelPartition() {}

    /** The partition of a model, from 0 to less than {@code partitions}. */
    public static int of(ModelName model, int partitions) {
        return of(model.value().getBytes(StandardCharsets.UTF_8), partitions);
    }

    /** The partition of a key, from 0 to less than {@code partitions}. */
    public static int of(byte[] key, int partitions) {
        return Utils.toPositive(Utils.murmur2(key)) % partitions;
    }
}
