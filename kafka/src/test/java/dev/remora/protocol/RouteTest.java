package dev.remora.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {
    private static final ModelName CHURN = new ModelName("acme/churn.onnx");
    private static final byte[] KEY = "acme/churn.onnx".getBytes(UTF_8);
    private static final int HOME = ModelPartition.of(CHURN, 24);

    private final RouteTable table = new RouteTable();

    @Test
    void isWrittenAsTheGoldenFileSays() {
        Route route = new Route(CHURN, 24, List.of(HOME, 3, 9));

        assertThat(new String(route.value(), UTF_8)).isEqualTo(Golden.text("route/value.json"));
        assertThat(route.key()).isEqualTo(KEY);
        assertThat(Route.read(KEY, Golden.text("route/value.json").getBytes(UTF_8)))
                .contains(route);
    }

    @Property
    void comesBackAsItWasWritten(@ForAll @IntRange(min = 1, max = 200) int count, @ForAll int seed) {
        int home = ModelPartition.of(CHURN, count);
        List<Integer> others = new ArrayList<>(
                IntStream.range(0, count).filter(each -> each != home).boxed().toList());
        Collections.shuffle(others, new Random(seed));
        Route route = Route.home(CHURN, count);
        for (int other : others) {
            route = route.widened(other);
        }

        assertThat(Route.read(route.key(), route.value())).contains(route);
        assertThat(route.narrowed().partitions())
                .hasSize(Math.max(1, count - 1))
                .startsWith(home);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'version':2,'partitionCount':24,'partitions':[5,3]}",
                "{'partitionCount':24,'partitions':[5,3]}",
                "{'version':1,'partitionCount':24,'partitions':[3,5]}",
                "{'version':1,'partitionCount':24,'partitions':[5,3,3]}",
                "{'version':1,'partitionCount':24,'partitions':[5,24]}",
                "{'version':1,'partitionCount':24,'partitions':[5,-1]}",
                "{'version':1,'partitionCount':24,'partitions':[5,3.5]}",
                "{'version':1,'partitionCount':24,'partitions':[]}",
                "{'version':1,'partitionCount':24,'partitions':3}",
                "{'version':1,'partitionCount':0,'partitions':[0]}",
                "{'version':1,'partitionCount':99999999999,'partitions':[5]}",
                "{'version':1,'partitionCount':24,'partitions':[5,3",
                "[1]",
                "",
                "null"
            })
    void isNothingWhereItIsNotUnderstood(String value) {
        assertThat(Route.read(KEY, value.replace('\'', '"').getBytes(UTF_8))).isEmpty();
    }

    @Test
    void passesOverFieldsThatItDoesNotKnow() {
        String value = "{\"version\":1,\"why\":{\"a\":[1]},\"partitionCount\":24,\"partitions\":[" + HOME + ",3]}";

        assertThat(Route.read(KEY, value.getBytes(UTF_8))).contains(new Route(CHURN, 24, List.of(HOME, 3)));
    }

    @Test
    void isNothingForANameThatNoModelCanHave() {
        assertThat(Route.read("../a".getBytes(UTF_8), new Route(CHURN, 24, List.of(HOME, 3)).value()))
                .isEmpty();
    }

    @Test
    void cannotLeadNowhere() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Route(CHURN, 24, List.of(HOME, HOME)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Route(CHURN, 24, List.of(HOME + 1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Route.home(CHURN, 24).widened(24));
    }

    @Test
    void holdsInTheTableUntilItIsTakenBackOrThePartitionCountChanges() {
        Route route = new Route(CHURN, 24, List.of(HOME, 3));
        table.put(route.key(), route.value());

        assertThat(table.find(CHURN, 24)).contains(route);
        assertThat(table.find(CHURN, 25)).isEmpty();
        assertThat(table.leads(CHURN, 3, 24)).isTrue();
        assertThat(table.leads(CHURN, HOME, 24)).isTrue();
        assertThat(table.leads(CHURN, 4, 24)).isFalse();
        assertThat(table.leads(CHURN, 3, 25)).isEqualTo(ModelPartition.of(CHURN, 25) == 3);

        table.put(route.key(), null);
        assertThat(table.all()).isEmpty();
    }

    @Test
    void isTakenBackByAValueOfAnotherVersion() {
        table.put(KEY, new Route(CHURN, 24, List.of(HOME, 3)).value());

        table.put(KEY, "{\"version\":2}".getBytes(UTF_8));

        assertThat(table.find(CHURN, 24)).isEmpty();
    }

    @Test
    void ofAHomeAloneIsNoRouteBeyondIt() {
        table.put(KEY, Route.home(CHURN, 24).value());

        assertThat(table.all()).isEmpty();
    }
}
