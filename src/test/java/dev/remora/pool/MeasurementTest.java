package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MeasurementTest {
    private static final long MIB = 1L << 20;

    private final Measurement measurement = new Measurement();

    @Test
    void aLowFirstMeasurementRisesToTheMostWithinChanceFromTheNextLoadOn() {
        assertThat(measurement.measured(100 * MIB)).isEqualTo(100 * MIB);

        assertThat(measurement.measured(110 * MIB)).isEqualTo(100 * MIB);
        assertThat(measurement.bytes()).isEqualTo(110 * MIB);

        assertThat(measurement.measured(101 * MIB)).isEqualTo(110 * MIB);
        assertThat(measurement.bytes()).isEqualTo(110 * MIB);
    }

    @Test
    void whatDiffersByMoreThanChanceCountsAtOnce() {
        measurement.measured(100 * MIB);

        assertThat(measurement.measured(50 * MIB)).isEqualTo(50 * MIB);
        assertThat(measurement.measured(200 * MIB)).isEqualTo(200 * MIB);
        assertThat(measurement.bytes()).isEqualTo(200 * MIB);
    }
}
