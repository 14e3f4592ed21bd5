package dev.remora.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResidencyTest {
    private static final ModelName CHURN = new ModelName("acme/churn.onnx");
    private static final byte[] KEY = "5".getBytes(UTF_8);
    private static final Residency GOLDEN = new Residency(
            5,
            24,
            "one",
            7,
            1_700_000_000_000L,
            List.of(
                    new Residency.Model(CHURN, "5d41402a", 12.5),
                    new Residency.Model(new ModelName("été/\"q\".onnx"), "v2", 0.25)),
            Map.of(CHURN, 0.75),
            Map.of(CHURN, 3.5));

    @Test
    void isWrittenAndReadAsTheGoldenFileSays() {
        assertThat(new String(GOLDEN.value(), UTF_8)).isEqualTo(Golden.text("residency/value.json"));
        assertThat(GOLDEN.key()).isEqualTo(KEY);
        assertThat(Residency.read(KEY, Golden.text("residency/value.json").getBytes(UTF_8)))
                .contains(GOLDEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'version':2,'partitionCount':24}",
                "{'partitionCount':24}",
                "{'version':1,'partitionCount':5}",
                "{'version':1,'partitionCount':99999999999}",
                "{'version':1,'partitionCount':24,'models':[{'model':'../a','version':'v','heat':1}]}",
                "{'version':1,'partitionCount':24,'models':[{'model':'a','version':'v','heat':-1}]}",
                "{'version':1,'partitionCount':24,'models':[{'model':'a','version':'v','heat':NaN}]}",
                "{'version':1,'partitionCount':24,'models':{}}",
                "{'version':1,'partitionCount':24,'demand':[]}",
                "{'version':1,'partitionCount':24,'waiting':{'a':-1}}",
                "{'version':1,'partitionCount':24,'models':[{'model':'a'",
                "[]",
                ""
            })
    void isNothingWhereItIsNotUnderstood(String value) {
        assertThat(Residency.read(KEY, value.replace('\'', '"').getBytes(UTF_8)))
                .isEmpty();
    }

    @Test
    void isNothingOfAPartitionThatIsNone() {
        assertThat(Residency.read("five".getBytes(UTF_8), GOLDEN.value())).isEmpty();
        assertThat(Residency.read("-1".getBytes(UTF_8), GOLDEN.value())).isEmpty();
        assertThat(Residency.read(KEY, null)).isEmpty();
    }

    @Test
    void ofOneThatSaysNothingOfWhatWaitsNothingWaits() {
        byte[] value = "{'version':1,'partitionCount':24,'demand':{'a':1}}"
                .replace('\'', '"')
                .getBytes(UTF_8);

        assertThat(Residency.read(KEY, value).orElseThrow().waiting()).isEmpty();
    }

    @Property(tries = 50)
    void neverTakesMoreThanItMayAndKeepsTheHottest(
            @ForAll @AlphaChars @Chars({'"', 'é', '模', ' '}) @StringLength(min = 1, max = 300) String base,
            @ForAll @IntRange(min = 0, max = 3000) int count) {
        List<Residency.Model> models = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            models.add(new Residency.Model(new ModelName("m" + i + base), base, count - i));
        }
        Residency residency = new Residency(5, 24, base, 7, 1, models, Map.of(), Map.of());

        byte[] value = residency.value();

        assertThat(value.length).isLessThanOrEqualTo(Residency.MAX_BYTES);
        Residency read = Residency.read(KEY, value).orElseThrow();
        assertThat(read.models()).isEqualTo(models.subList(0, read.models().size()));
        assertThat(read.models().size()).isGreaterThanOrEqualTo(Math.min(count, 25));
    }

    @Property(tries = 20)
    void neverTakesMoreHoweverManyModelsAreSpread(@ForAll @IntRange(min = 0, max = 3000) int count) {
        Map<ModelName, Double> figures = new HashMap<>();
        for (int i = 0; i < count; i++) {
            figures.put(new ModelName("eu/customer-" + i + "/forecast.onnx"), i + 0.123456789);
        }
        Residency residency = new Residency(5, 24, "one", 7, 1, GOLDEN.models(), figures, figures);

        byte[] value = residency.value();

        assertThat(value.length).isLessThanOrEqualTo(Residency.MAX_BYTES);
        assertThat(Residency.read(KEY, value)).isPresent();
    }
}
