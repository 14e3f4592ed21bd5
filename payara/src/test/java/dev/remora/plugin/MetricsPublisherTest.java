package dev.remora.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ModelName;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsPublisherTest {
    private final FakeRegistry fake = new FakeRegistry();
    private final MetricsPublisher publisher = new MetricsPublisher(fake.registry(), "demo");

    @Test
    void countersTakeWhatWasAddedAndGaugesTheValue() {
        publisher.publish(MetricCatalogueTest.figures(Map.of(), 10));
        publisher.publish(MetricCatalogueTest.figures(Map.of(), 25));

        assertThat(fake.value("remora_model_replies_total", "endpoint=demo", "model=_other"))
                .isEqualTo(25);
        assertThat(fake.value("remora_backlog_age_seconds", "endpoint=demo")).isEqualTo(1.5);
    }

    @Test
    void aCounterNeverFalls() {
        publisher.publish(MetricCatalogueTest.figures(Map.of(), 10));
        publisher.publish(MetricCatalogueTest.figures(Map.of(), 4));
        publisher.publish(MetricCatalogueTest.figures(Map.of(), 5));

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
        publisher.publish(MetricCatalogueTest.figures(Map.of(new ModelName("a.onnx"), 7L), 0));
        publisher.publish(MetricCatalogueTest.figures(Map.of(new ModelName("b.onnx"), 9L), 7));

        assertThat(fake.has("remora_model_replies_total", "endpoint=demo", "model=a.onnx"))
                .isFalse();
        assertThat(fake.value("remora_model_replies_total", "endpoint=demo", "model=b.onnx"))
                .isEqualTo(9);
    }
}
