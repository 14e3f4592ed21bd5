package dev.remora.spread;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.Route;
import dev.remora.protocol.RouteTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class ControlLoopTest {
    private static final String TOPIC = "acme.routes";
    private static final ModelName MODEL = new ModelName("churn.onnx");
    private static final Node NODE = new Node(0, "localhost", 1);

    private final AtomicLong nanos = new AtomicLong();
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    private final RouteTable routes = new RouteTable();
    private final List<String> done = new CopyOnWriteArrayList<>();

    @Test
    void keepsTheRoutesCurrent() throws Exception {
        ControlLoop loop = loop(() -> consumer);
        makeTopic();
        loop.runOnce();
        assertThat(routes.all()).isEmpty();

        Route route = Route.home(MODEL, 4).widened((Route.home(MODEL, 4).home() + 1) % 4);
        consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 0, route.key(), route.value()));
        loop.runOnce();

        assertThat(routes.find(MODEL, 4)).contains(route);
    }

    @Test
    void looksAgainForATopicThatIsMadeLater() throws Exception {
        ControlLoop loop = loop(() -> consumer);
        loop.runOnce();

        makeTopic();
        loop.runOnce();
        assertThat(consumer.assignment()).isEmpty();

        pass(Duration.ofSeconds(2));
        loop.runOnce();
        assertThat(consumer.assignment()).hasSize(1);
    }

    @Test
    void goesOnWithItsChoresWhereTheTopicMayNotBeRead() throws Exception {
        makeTopic();
        ControlLoop loop = loop(() -> consumer, new Noting("a", Duration.ofSeconds(1)));
        loop.runOnce();

        consumer.setPollException(new TopicAuthorizationException(TOPIC));
        pass(Duration.ofSeconds(1));
        loop.runOnce();
        assertThat(done).containsExactly("a", "a");

        pass(Duration.ofSeconds(2));
        consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 0, "x".getBytes(UTF_8), null));
        loop.runOnce();
        assertThat(consumer.position(new TopicPartition(TOPIC, 0))).isEqualTo(1);
    }

    @Test
    void goesOnWhereTheBrokersCannotBeNamed() throws Exception {
        List<String> tries = new ArrayList<>();
        ControlLoop loop = loop(
                () -> {
                    tries.add("try");
                    throw new KafkaException("No resolvable bootstrap urls");
                },
                new Noting("a", Duration.ofSeconds(1)));

        loop.runOnce();
        loop.runOnce();
        pass(Duration.ofSeconds(2));
        loop.runOnce();

        assertThat(tries).hasSize(2);
        assertThat(done).hasSize(2);
    }

    @Test
    void doesEachChoreAtItsOwnPaceWhateverBecomesOfTheOthers() throws Exception {
        makeTopic();
        Chore broken = new Noting("broken", Duration.ofSeconds(1)) {
            @Override
            public void turn(Admin admin) throws ExecutionException {
                super.turn(admin);
                throw new ExecutionException(new TopicAuthorizationException(TOPIC));
            }
        };
        ControlLoop loop = loop(() -> consumer, broken, new Noting("slow", Duration.ofSeconds(3)));

        for (int second = 0; second < 4; second++) {
            loop.runOnce();
            loop.runOnce();
            pass(Duration.ofSeconds(1));
        }

        assertThat(done).containsExactly("broken", "slow", "broken", "broken", "broken", "slow");
    }

    @Test
    void endsItsChoresWhenItIsStoppedAlsoWhereOneCannotBe() {
        makeTopic();
        Chore broken = new Noting("broken", Duration.ofDays(1)) {
            @Override
            public void end() {
                super.end();
                throw new IllegalStateException("broken");
            }
        };
        ControlLoop loop = loop(() -> consumer, broken, new Noting("other", Duration.ofDays(1)));

        loop.stop();
        loop.run();

        assertThat(done).containsExactly("broken ended", "broken closed", "other ended", "other closed");
    }

    @Test
    void goesOnWhenItIsInterruptedOrMeetsAFaultOfOurs() throws Exception {
        makeTopic();
        Chore faulty = new Noting("faulty", Duration.ZERO) {
            @Override
            public void turn(Admin admin) throws ExecutionException {
                super.turn(admin);
                if (done.size() == 1) {
                    throw new AssertionError("A fault that a test has planned");
                }
            }
        };
        ControlLoop loop = loop(() -> consumer, faulty);
        Thread thread = new Thread(loop);
        thread.start();

        thread.interrupt();
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (done.size() < 3 && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        loop.stop();
        thread.interrupt();
        thread.join(Duration.ofSeconds(60).toMillis());

        assertThat(thread.isAlive()).isFalse();
        assertThat(done).hasSizeGreaterThanOrEqualTo(5).endsWith("faulty ended", "faulty closed");
    }

    private ControlLoop loop(Supplier<Consumer<byte[], byte[]>> consumers, Chore... chores) {
        Follower follower = new Follower(TOPIC, consumers, routes, nanos::get);
        return new ControlLoop(List.of(follower), List.of(chores), () -> TestAdmin.NONE, nanos::get);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private void makeTopic() {
        consumer.updatePartitions(
                TOPIC, List.of(new PartitionInfo(TOPIC, 0, NODE, new Node[] {NODE}, new Node[] {NODE})));
        consumer.updateBeginningOffsets(Map.of(new TopicPartition(TOPIC, 0), 0L));
        consumer.updateEndOffsets(Map.of(new TopicPartition(TOPIC, 0), 0L));
    }

    /** Notes what is done with it. */
    private class Noting implements Chore {
        private final String name;
        private final Duration pause;

        Noting(String name, Duration pause) {
            this.name = name;
            this.pause = pause;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Duration pause() {
            return pause;
        }

        @Override
        public void turn(Admin admin) throws ExecutionException {
            done.add(name);
        }

        @Override
        public void end() {
            done.add(name + " ended");
        }

        @Override
        public void close() {
            done.add(name + " closed");
        }
    }
}
