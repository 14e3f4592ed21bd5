package dev.remora.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MetricsTest {
    private static final String TEXT = """
            # TYPE remora_evictions_total counter
            remora_evictions_total{mp_scope="application",tier="memory",endpoint="e"} 3
            remora_evictions_total{mp_scope="application",tier="disk",endpoint="e"} 2.0
            remora_loaded 1.5E3
            remora_bucket{le="+Inf"} +Inf
            no sample
            """;

    @Test
    void sumsTheSamplesThatHaveTheLabels() {
        Metrics metrics = Metrics.parse(TEXT);

        assertThat(metrics.value("remora_evictions_total")).isEqualTo(5);
        assertThat(metrics.value("remora_evictions_total", "tier=disk", "endpoint=e"))
                .isEqualTo(2);
        assertThat(metrics.value("remora_loaded")).isEqualTo(1500);
        assertThat(metrics.value("remora_bucket", "le=+Inf")).isInfinite();
    }

    @Test
    void saysWhatIsNotThere() {
        assertThat(Metrics.parse(TEXT).find("remora_evictions_total", "tier=none"))
                .isEmpty();
    }
}
