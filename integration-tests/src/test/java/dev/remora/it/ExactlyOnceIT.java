package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.launcher.KafkaBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Instances die, freeze and come back while requests flow: each has one visible reply. */
class ExactlyOnceIT {
    private static final int PARTITIONS = 8;
    private static final int MODELS = 64;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Path folder;
    private KafkaBroker broker;
    private Requester requester;
    private final List<CompletableFuture<Reply>> asked = new CopyOnWriteArrayList<>();
    private volatile boolean flowing = true;
    private Thread flow;

    @BeforeEach
    void start(@TempDir Path scratch) throws IOException, InterruptedException, ExecutionException {
        folder = scratch;
        broker = KafkaBroker.start(folder.resolve("broker"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(Stream.of("echo.invocations", "echo.replies", "dlq.echo.invocations")
                            .map(name -> new NewTopic(name, PARTITIONS, (short) 1))
                            .toList())
                    .all()
                    .get();
        }
        requester = new Requester(broker.bootstrap(), "echo.invocations", "echo.replies");
        flow = new Thread(this::send, "flow");
        flow.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        flowing = false;
        flow.join();
        requester.close();
        broker.close();
    }

    @Test
    void anHeirGoesOnWithinSecondsOfAKillInsideATransaction() throws Exception {
        try (EchoMember heir = EchoMember.start(broker.bootstrap(), "b", folder)) {
            EchoMember victim = EchoMember.start(broker.bootstrap(), "a", folder);
            Await.until("both answer", LIMIT, () -> count("a") > 200 && count("b") > 200);
            Set<Integer> lost = askedOf("a");

            long killed = System.currentTimeMillis();
            victim.kill();
            Await.until("the heir answers what was its", LIMIT, () -> firstAfter(killed, lost) > 0);
            System.out.printf(
                    "%d ms from SIGKILL to the first reply for one of its %d models%n",
                    firstAfter(killed, lost) - killed, lost.size());
            assertThat(firstAfter(killed, lost) - killed).isLessThan(30_000);

            try (EchoMember again = EchoMember.start(broker.bootstrap(), "a", folder)) {
                long before = count("a");
                Await.until("it answers again", LIMIT, () -> count("a") > before + 100);
                eachHasOneReply();
            }
        }
    }

    @Test
    void oneThatWakesUpAfterItsSessionDisturbsNothing() throws Exception {
        try (EchoMember sleeper = EchoMember.start(broker.bootstrap(), "a", folder);
                EchoMember heir = EchoMember.start(broker.bootstrap(), "b", folder)) {
            Await.until("both answer", LIMIT, () -> count("a") > 200 && count("b") > 200);
            Set<Integer> lost = askedOf("a");

            long stopped = System.currentTimeMillis();
            sleeper.signal("STOP");
            Await.until("the heir answers what was its", LIMIT, () -> firstAfter(stopped, lost) > 0);
            sleeper.signal("CONT");
            long woken = count("a");
            Await.until("it answers again", LIMIT, () -> count("a") > woken + 200);

            eachHasOneReply();
        }
    }

    /** At hundreds of requests a second there is always a transaction in the middle of which that happens. */
    @Test
    void aBrokerThatRestartsLeavesEachRequestWithOneReply() throws Exception {
        try (EchoMember one = EchoMember.start(broker.bootstrap(), "a", folder);
                EchoMember two = EchoMember.start(broker.bootstrap(), "b", folder)) {
            for (int i = 0; i < 2; i++) {
                long before = all().count();
                Await.until("requests are answered", LIMIT, () -> all().count() > before + 300);
                int port = broker.port();
                broker.close();
                broker = KafkaBroker.start(
                        KafkaBroker.Settings.in(folder.resolve("broker")).onPort(port));
                assertThat(broker.port()).isEqualTo(port);
            }
            long before = all().count();
            Await.until("they still are", LIMIT, () -> all().count() > before + 300);

            eachHasOneReply();
        }
    }

    @Test
    void partitionsThatMoveBackAndForthAreAnsweredOnce() throws Exception {
        try (EchoMember stays = EchoMember.start(broker.bootstrap(), "b", folder)) {
            for (int i = 0; i < 3; i++) {
                try (EchoMember passes = EchoMember.start(broker.bootstrap(), "a", folder)) {
                    long before = count("a");
                    Await.until("the newcomer answers", LIMIT, () -> count("a") > before + 100);
                }
            }
            eachHasOneReply();
        }
    }

    /** Some hundreds of requests a second, so that some transaction is nearly always open. */
    private void send() {
        while (flowing) {
            int number = asked.size();
            asked.add(requester.send(
                    "m" + number % MODELS,
                    new byte[] {1, 2, 3},
                    Map.of("content-type", "application/octet-stream", "remora-request-id", "r-" + number)));
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }

    private void eachHasOneReply() throws InterruptedException {
        flowing = false;
        flow.join();
        Await.until("all are answered", LIMIT, () -> asked.stream().allMatch(CompletableFuture::isDone));
        // A busy broker may not have taken some of them.
        long taken =
                asked.stream().filter(each -> !each.isCompletedExceptionally()).count();
        assertThat(taken).isGreaterThan(asked.size() / 2);
        Map<String, List<Reply>> replies = requester.replies();
        assertThat(replies).hasSize((int) taken);
        assertThat(requester.doubled()).as("of " + taken).isZero();
        assertThat(replies.values())
                .allSatisfy(each -> assertThat(each.get(0).status()).isEqualTo(200));
    }

    private long count(String instance) {
        return all().filter(each -> each.header("remora-instance").equals(instance))
                .count();
    }

    /** Models that this instance has answered last for; by their number, since a busy machine may stand still for seconds. */
    private Set<Integer> askedOf(String instance) {
        return all().filter(each -> each.header("remora-instance").equals(instance))
                .sorted(Comparator.comparingLong(Reply::timestamp).reversed())
                .limit(100)
                .map(ExactlyOnceIT::model)
                .collect(Collectors.toSet());
    }

    /** When the first of these models was answered after that moment by the other instance; 0 for not yet. */
    private long firstAfter(long moment, Set<Integer> models) {
        return all().filter(each -> each.timestamp() > moment)
                .filter(each -> each.header("remora-instance").equals("b"))
                .filter(each -> models.contains(model(each)))
                .mapToLong(Reply::timestamp)
                .min()
                .orElse(0);
    }

    private Stream<Reply> all() {
        return requester.replies().values().stream().flatMap(List::stream);
    }

    private static int model(Reply reply) {
        return Integer.parseInt(reply.header("remora-model").substring(1));
    }
}
