package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.Test;

class ModelPartitionTest {
    @Property
    void isWhereKafkasOwnProducerPutsTheKey(
            @ForAll @AlphaChars @StringLength(min = 1, max = 40) String name,
            @ForAll @IntRange(min = 1, max = 10_000) int partitions) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);

        assertThat(ModelPartition.of(new ModelName(name), partitions))
                .isEqualTo(BuiltInPartitioner.partitionForKey(key, partitions))
                .isBetween(0, partitions - 1);
    }

    /** Fixed, so that no change of ours or of Kafka's moves models about unseen. */
    @Test
    void staysTheSameFromVersionToVersion() {
        assertThat(ModelPartition.of(new ModelName("acme/churn.onnx"), 24)).isEqualTo(5);
        assertThat(ModelPartition.of(new ModelName("été/模型.onnx"), 24)).isEqualTo(16);
    }
}
