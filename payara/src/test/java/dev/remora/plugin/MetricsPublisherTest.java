package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsPublisherTest {
    private final FakeRegistry fake = new FakeRegistry();
    private final MetricsPublisher publisher = new MetricsPublisher(fake.registry(), "demo");

    @Test
    void countersTakeWhatWasAddedAndGaugesTheValue() {
        publisher.publish(MetricCatalogueTest.figures(Map.of("_other", 10L)));
        publisher.publish(MetricCatalogueTest.figures(Map.of("_other", 25L)));

        assertThat(fake.value("remora_model_replies_total", "endpoint=demo", "model=_other"))
                .isEqualTo(25);
        assertThat(fake.value("remora_backlog_age_seconds", "endpoint=demo")).isEqualTo(1.5);
    }

    @Test
    void aCounterNeverFalls() {
        publisher.publish(MetricCatalogueTest.figures(Map.of("_other", 10L)));
        publisher.publish(MetricCatalogueTest.figures(Map.of("_other", 4L)));
        publisher.publish(MetricCatalogueTest.figures(Map.of("_other", 5L)));

        assertThat(fake.value("remora_model_replies_total", "endpoint=demo", "model=_other"))
                .isEqualTo(11);
    }

    @Test
    void eachSeriesIsRegisteredOnce() {
        publisher.publish(MetricCatalogueTest.FIGURES);
        int before = fake.registrations;

        publisher.publish(MetricCatalogueTest.FIGURES);

        assertThat(fake.registrations).isEqualTo(before);
    }

    @Test
    void aModelThatIsBusyNoMoreLeaves() {
        publisher.publish(MetricCatalogueTest.figures(Map.of("a.onnx", 7L)));
        publisher.publish(MetricCatalogueTest.figures(Map.of("b.onnx", 9L)));

        assertThat(fake.has("remora_model_replies_total", "endpoint=demo", "model=a.onnx"))
                .isFalse();
        assertThat(fake.value("remora_model_replies_total", "endpoint=demo", "model=b.onnx"))
                .isEqualTo(9);
    }
}
