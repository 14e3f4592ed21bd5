package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.launcher.KafkaBroker;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Measures, on a broker whose settings of groups and transactions are Kafka's own, how long partitions stand still: after a
 * SIGKILL inside a transaction, and over a restart. Minutes, and of use on a quiet machine only, so it runs when it is
 * asked for: {@code -Dremora.takeover=true}.
 */
@EnabledIfSystemProperty(named = "remora.takeover", matches = "true")
class TakeoverIT {
    private static final int PARTITIONS = 8;
    private static final int MODELS = 64;
    private static final int ATTEMPTS = 20;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final Duration INTERVAL = Duration.ofMillis(2);
    private static final Map<String, String> OWN_SETTINGS = Map.of(
            "group.initial.rebalance.delay.ms", "3000",
            "group.min.session.timeout.ms", "6000",
            "group.consumer.min.heartbeat.interval.ms", "5000",
            "group.consumer.heartbeat.interval.ms", "5000",
            "group.consumer.min.session.timeout.ms", "45000",
            "group.consumer.session.timeout.ms", "45000",
            "group.consumer.assignment.interval.ms", "1000");

    @ParameterizedTest
    @CsvSource({"classic, true", "classic, false", "consumer, true", "consumer, false"})
    void fromSigkillInsideATransactionToTheFirstReplyOfTheHeir(String protocol, boolean fencing, @TempDir Path folder)
            throws Exception {
        KafkaBroker.Settings settings = KafkaBroker.Settings.in(folder.resolve("broker"));
        for (Map.Entry<String, String> each : OWN_SETTINGS.entrySet()) {
            settings = settings.with(each.getKey(), each.getValue());
        }
        Map<String, String> consumer = Map.of("group.protocol", protocol);
        try (KafkaBroker broker = KafkaBroker.start(settings);
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            createTopics(admin);
            try (EchoMember heir = EchoMember.start(broker.bootstrap(), "heir", folder, consumer, fencing);
                    Requester requester = new Requester(broker.bootstrap(), "echo.invocations", "echo.replies");
                    Trickle<CompletableFuture<Reply>> load = Trickle.start(INTERVAL, i -> ask(requester, i))) {
                for (int i = 0; i < ATTEMPTS; i++) {
                    String victim = "victim-" + i;
                    EchoMember member = EchoMember.start(broker.bootstrap(), victim, folder, consumer, fencing);
                    Await.until("both answer", LIMIT, () -> count(requester, victim) > 500);
                    Set<String> lost = lastAskedOf(requester, victim);
                    long killedMillis = System.currentTimeMillis();
                    long killed = System.nanoTime();
                    member.kill();
                    boolean inside = leftOpen(admin, victim);
                    Await.until("the heir answers", LIMIT, () -> heirAnswers(requester, killedMillis, lost));
                    double seconds = (System.nanoTime() - killed) / 1e9;
                    if (inside) {
                        System.out.printf(
                                "takeover: %s, %s: %.1f s%n", protocol, fencing ? "fencing" : "no fencing", seconds);
                        load.stop().forEach(Requester::await);
                        assertThat(requester.doubled()).isZero();
                        return;
                    }
                }
            }
        }
        throw new AssertionError("No kill in " + ATTEMPTS + " hit a transaction");
    }

    @Test
    void fromSigtermOfAnInstanceToItsFirstReplyAfterItsRestart() throws Exception {
        try (Endpoint endpoint = Stack.endpoint(TakeoverIT.class)) {
            endpoint.upload("net.onnx", TinyNet.of(1).onnx());
            AtomicInteger sent = new AtomicInteger();
            PayaraInstance first = endpoint.start(endpoint.settings("one").with("remora.shutdown", "remain"));
            List<Double> seconds = new ArrayList<>();
            PayaraInstance running = first;
            for (int round = 0; round < 3; round++) {
                Requester.await(askNet(endpoint, sent));
                long begin = System.nanoTime();
                assertThat(running.stop(Duration.ofSeconds(60))).isTrue();
                running = endpoint.launch(endpoint.settings("one").with("remora.shutdown", "remain"));
                Requester.await(askNet(endpoint, sent));
                seconds.add((System.nanoTime() - begin) / 1e9);
            }
            System.out.printf(
                    "restart: %s s%n", seconds.stream().map("%.1f"::formatted).toList());
        }
    }

    private static CompletableFuture<Reply> askNet(Endpoint endpoint, AtomicInteger sent) {
        sent.incrementAndGet();
        return endpoint.requester().send("net.onnx", "{\"instances\": [[1, 2, 3, 4]]}");
    }

    private static void createTopics(Admin admin) throws ExecutionException, InterruptedException {
        admin.createTopics(Stream.of("echo.invocations", "echo.replies", "dlq.echo.invocations")
                        .map(name -> new NewTopic(name, PARTITIONS, (short) 1))
                        .toList())
                .all()
                .get();
    }

    private static CompletableFuture<Reply> ask(Requester requester, int number) {
        return requester.send(
                "m" + number % MODELS, new byte[] {1, 2, 3}, Map.of("content-type", "application/octet-stream"));
    }

    private static boolean leftOpen(Admin admin, String instance) throws InterruptedException, ExecutionException {
        List<String> ids = List.of("echo-" + instance + "-0", "echo-" + instance + "-1");
        return admin.describeTransactions(ids).all().get().values().stream()
                .anyMatch(each -> each.state() == TransactionState.ONGOING);
    }

    private static long count(Requester requester, String instance) {
        return all(requester).filter(each -> by(each, instance)).count();
    }

    private static Set<String> lastAskedOf(Requester requester, String instance) {
        return all(requester)
                .filter(each -> by(each, instance))
                .sorted(Comparator.comparingLong(Reply::timestamp).reversed())
                .limit(100)
                .map(each -> each.header("remora-model"))
                .collect(Collectors.toSet());
    }

    /** Whether a reply of the heir's for one of these models, made after that moment, is to be seen. */
    private static boolean heirAnswers(Requester requester, long moment, Set<String> models) {
        return all(requester)
                .filter(each -> each.timestamp() > moment && by(each, "heir"))
                .anyMatch(each -> models.contains(each.header("remora-model")));
    }

    private static Stream<Reply> all(Requester requester) {
        return requester.replies().values().stream().flatMap(List::stream);
    }

    private static boolean by(Reply reply, String instance) {
        return reply.header("remora-instance").equals(instance);
    }
}
