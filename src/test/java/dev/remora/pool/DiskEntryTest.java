package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ModelName;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DiskEntryTest {
    private static final long MIB = 1L << 20;

    private final DiskEntry entry = new DiskEntry(new ModelName("a.onnx"), "v1", Path.of("a"), MIB, "sum");

    @Test
    void aLowFirstMeasurementRisesToTheMostWithinChanceFromTheNextLoadOn() {
        assertThat(entry.measured(100 * MIB)).isEqualTo(100 * MIB);

        assertThat(entry.measured(110 * MIB)).isEqualTo(100 * MIB);
        assertThat(entry.measuredBytes).isEqualTo(110 * MIB);

        assertThat(entry.measured(101 * MIB)).isEqualTo(110 * MIB);
        assertThat(entry.measuredBytes).isEqualTo(110 * MIB);
    }

    @Test
    void whatDiffersByMoreThanChanceCountsAtOnce() {
        entry.measured(100 * MIB);

        assertThat(entry.measured(50 * MIB)).isEqualTo(50 * MIB);
        assertThat(entry.measured(200 * MIB)).isEqualTo(200 * MIB);
        assertThat(entry.measuredBytes).isEqualTo(200 * MIB);
    }
}
