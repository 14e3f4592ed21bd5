package dev.remora.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Route;
import dev.remora.protocol.RouteTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RoundRobinTest {
    private static final String TOPIC = "acme.invocations";
    private static final ModelName HOT = new ModelName("hot.onnx");
    private static final ModelName WARM = new ModelName("warm.onnx");

    private final RouteTable routes = new RouteTable();

    @Test
    void dealsASpreadModelOutInTurnWhateverIsSentBetween() {
        Route hot = route(HOT, 8, 3);
        Route warm = route(WARM, 8, 2);
        RoundRobin turns = over(8);

        List<Integer> ofHot = new ArrayList<>();
        List<Integer> ofWarm = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ofHot.add(turns.next(HOT));
            ofWarm.add(turns.next(WARM));
        }

        assertThat(ofHot.subList(0, 3))
                .containsExactlyInAnyOrderElementsOf(hot.partitions())
                .isEqualTo(ofHot.subList(3, 6));
        assertThat(ofWarm.subList(0, 2)).containsExactlyInAnyOrderElementsOf(warm.partitions());
    }

    @Test
    void leavesToThePartitionerWhatIsNotSpread() {
        route(HOT, 8, 3);

        assertThat(over(8).next(WARM)).isNull();
    }

    @Test
    void leavesToThePartitionerWhatWasSpreadOverAnotherNumberOfPartitions() {
        route(HOT, 8, 3);

        assertThat(over(9).next(HOT)).isNull();
    }

    @Test
    void leavesToThePartitionerWhatIsSpreadNoLonger() {
        Route route = route(HOT, 8, 3);
        RoundRobin turns = over(8);
        assertThat(turns.next(HOT)).isNotNull();

        routes.put(route.key(), null);

        assertThat(turns.next(HOT)).isNull();
    }

    @Test
    void thePartitionIsThatOfTheRecord() {
        ClientMessages messages = new ClientMessages(TOPIC, 0);

        assertThat(encode(messages, 5).partition()).isEqualTo(5);
        assertThat(encode(messages, null).partition()).isNull();
    }

    private static ProducerRecord<byte[], byte[]> encode(ClientMessages messages, @Nullable Integer partition) {
        return messages.encode(HOT, InferenceRequest.json("{}"), "c-1", 1000, partition);
    }

    private Route route(ModelName model, int count, int width) {
        Route route = Route.home(model, count);
        for (int i = 1; i < width; i++) {
            route = route.widened((route.home() + i) % count);
        }
        routes.put(route.key(), route.value());
        return route;
    }

    private RoundRobin over(int partitions) {
        List<PartitionInfo> all = IntStream.range(0, partitions)
                .mapToObj(i -> new PartitionInfo(TOPIC, i, Node.noNode(), new Node[0], new Node[0]))
                .toList();
        Cluster cluster = new Cluster("c", List.of(), all, Set.of(), Set.of());
        return new RoundRobin(
                TOPIC,
                routes,
                new MockProducer<>(cluster, true, null, new ByteArraySerializer(), new ByteArraySerializer()));
    }
}
