package dev.remora.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Route;
import dev.remora.protocol.RouteTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RouteLoopTest {
    private static final String TOPIC = "acme.routes";
    private static final ModelName MODEL = new ModelName("churn.onnx");
    private static final Logger LOGGER = Logger.getLogger(RouteLoop.class.getName());

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private final RouteLoop loop = new RouteLoop(TOPIC, () -> consumer);
    private final RouteTable routes = loop.routes();
    private final List<String> lines = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void forget() {
        LOGGER.removeHandler(handler);
    }

    @Test
    void readsTheRoutes() {
        makeTopic();
        assertThat(loop.runOnce()).isTrue();

        Route route = Route.home(MODEL, 4).widened((Route.home(MODEL, 4).home() + 1) % 4);
        consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 0, route.key(), route.value()));
        loop.runOnce();

        assertThat(routes.find(MODEL, 4)).contains(route);
        assertThat(lines).isEmpty();
    }

    @Test
    void saysOnceThatThereIsNoSuchTopicAndFindsItLater() {
        assertThat(loop.runOnce()).isFalse();
        assertThat(loop.runOnce()).isFalse();
        assertThat(lines).hasSize(1).first().asString().contains(TOPIC, "does not exist");

        makeTopic();

        assertThat(loop.runOnce()).isTrue();
    }

    @Test
    void saysOnceThatItMayNotReadAndKeepsWhatItKnows() {
        makeTopic();
        Route route = Route.home(MODEL, 4).widened((Route.home(MODEL, 4).home() + 1) % 4);
        loop.runOnce();
        consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 0, route.key(), route.value()));
        loop.runOnce();

        for (int i = 0; i < 3; i++) {
            consumer.setPollException(new TopicAuthorizationException(TOPIC));
            assertThat(loop.runOnce()).isFalse();
        }

        assertThat(lines).hasSize(1).first().asString().contains("grant Read and Describe");
        assertThat(routes.find(MODEL, 4)).contains(route);
    }

    @Test
    void endsWhenItIsStopped() throws Exception {
        makeTopic();
        Thread thread = new Thread(loop);
        thread.start();

        loop.stop();
        thread.join(TimeUnit.SECONDS.toMillis(20));

        assertThat(thread.isAlive()).isFalse();
    }

    private void makeTopic() {
        Node node = new Node(0, "localhost", 1);
        consumer.updatePartitions(
                TOPIC, List.of(new PartitionInfo(TOPIC, 0, node, new Node[] {node}, new Node[] {node})));
        consumer.updateBeginningOffsets(Map.of(new TopicPartition(TOPIC, 0), 0L));
        consumer.updateEndOffsets(Map.of(new TopicPartition(TOPIC, 0), 0L));
    }
}
