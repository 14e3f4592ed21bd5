package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.it.guarantee.OddNets;
import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An instance that is told to stop does so within its bound, whatever it is doing, and leaves nothing unanswered. */
class SigtermIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(SigtermIT.class);
    private static final Duration SHUTDOWN = Duration.ofSeconds(5);

    /** What the process may take beside: leaving the group, releasing models, undeploying, on a busy machine. */
    private static final Duration BOUND = SHUTDOWN.plusSeconds(25);

    /** What a run that does not end may add: it is waited for once, not by each who has to do with it. */
    private static final Duration BESIDE_A_RUN = Duration.ofSeconds(6);

    private static final int WARM = 10;
    private static final int PER_SECOND = 250;
    private static final int SLOW_TURNS = 100_000;
    private static final String ROW = "[1, 2, 3, 4]";

    @BeforeAll
    static void uploadModels() {
        for (int i = 0; i < WARM; i++) {
            ENDPOINT.upload("warm/" + i + ".onnx", TinyNet.of(i).onnx());
        }
        byte[] whole = TinyNet.of(0).onnx();
        ENDPOINT.upload("broken.onnx", Arrays.copyOf(whole, whole.length / 2));
        ENDPOINT.upload("failing.onnx", OddNets.failing());
        ENDPOINT.upload("slow.onnx", OddNets.counting(SLOW_TURNS));
        ENDPOINT.upload("endless.onnx", OddNets.counting(Integer.MAX_VALUE));
    }

    @AfterEach
    void stop() {
        ENDPOINT.close();
    }

    @Test
    void allThatWasSentIsAnsweredByItOrByItsSuccessor() throws Exception {
        PayaraInstance first = ENDPOINT.start(settings());
        List<Question> asked;

        try (Trickle<Question> load = Trickle.start(Duration.ofSeconds(1).dividedBy(PER_SECOND), SigtermIT::ask)) {
            Await.until("it works", Duration.ofSeconds(60), () -> load.count() > 3 * PER_SECOND);
            assertThat(first.metrics().value("remora_replies_total")).isPositive();
            boolean byItself = first.stop(BOUND);
            assertEnded(first, byItself);
            int sent = load.count();
            Await.until(
                    "more was sent while nobody served",
                    Duration.ofSeconds(10),
                    () -> load.count() > sent + PER_SECOND);
            asked = load.stop();
        }
        PayaraInstance successor = ENDPOINT.start(settings());

        for (Question question : asked) {
            question.assertAnswered();
        }
        assertThat(successor.logText()).doesNotContain("[SEVERE]", "\tat dev.remora");
        Await.until("all records are settled", Duration.ofSeconds(30), () -> lag() == 0);
        assertThat(ENDPOINT.requester().doubled())
                .as("replies that came twice, though it had time to say how far it was")
                .isZero();

        leavesWhatDoesNotEnd(successor);
    }

    /** On the instance that runs already: a start costs more than the test. */
    private static void leavesWhatDoesNotEnd(PayaraInstance instance) throws Exception {
        CompletableFuture<Reply> endless = ENDPOINT.requester().send("endless.onnx", instances(ROW));
        Await.until("it runs", Duration.ofSeconds(30), () -> instance.metrics().value("remora_running_records") == 1);

        boolean byItself = instance.stop(BOUND);

        assertEnded(instance, byItself);
        assertThat(secondsToStop(instance))
                .isLessThan(SHUTDOWN.plus(BESIDE_A_RUN).toSeconds());
        assertThat(endless).isNotDone();
        assertThat(lag()).as("records left to the next owner").isEqualTo(1);
    }

    private static double secondsToStop(PayaraInstance instance) throws IOException {
        return Pattern.compile("stopped in ([0-9.]+) s")
                .matcher(instance.logText())
                .results()
                .reduce((earlier, last) -> last)
                .map(said -> Double.parseDouble(said.group(1)))
                .orElseThrow();
    }

    private static void assertEnded(PayaraInstance instance, boolean byItself) throws IOException {
        assertThat(byItself)
                .as("ended within %s by itself: %s", BOUND, instance.logText())
                .isTrue();
        assertThat(instance.exitCode()).as(instance.logText()).hasValue(143);
        try (Stream<Path> files = Files.walk(settings().folder())) {
            assertThat(files.map(Path::getFileName).map(Path::toString)).noneMatch(name -> name.startsWith("hs_err"));
        }
        assertThat(instance.logText())
                .contains("Remora instance one stopped in")
                .doesNotContain("[SEVERE]", "\tat dev.remora", "SIGSEGV", "SIGABRT");
    }

    private static InstanceSettings settings() {
        return ENDPOINT.settings("one")
                .with("remora.shutdown.timeout", SHUTDOWN.toSeconds() + "s")
                .with("remora.models.max-age", "1h");
    }

    /** One of many kinds in turn; every second is of a model that nobody has asked for before. */
    private static Question ask(int i) {
        if (i % 2 == 0) {
            TinyNet net = TinyNet.of(1_000 + i);
            String model = "cold/" + i + ".onnx";
            ENDPOINT.upload(model, net.onnx());
            return good(model, net, i);
        }
        return switch (i / 2 % 8) {
            case 0 -> bad("broken.onnx", instances(ROW), 422);
            case 1 -> bad("missing/" + i + ".onnx", instances(ROW), 404);
            case 2 -> bad("failing.onnx", instances(ROW), 424);
            case 3 -> bad("warm/0.onnx", instances("[1, 2, 3]"), 400);
            case 4 -> bad("warm/1.onnx", "{\"instances\": [[", 400);
            case 5 -> i % 10 == 1 ? slow() : bad("failing.onnx", instances(ROW), 424);
            default -> good("warm/" + i % WARM + ".onnx", TinyNet.of(i % WARM), i);
        };
    }

    private static Question good(String model, TinyNet net, int i) {
        return new Question(send(model, instances("[%d, 1, -1, 0.5]".formatted(i % 10))), reply -> {
            assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
            Numbers.assertClose(reply.text(), net.answer(i % 10, 1, -1, 0.5f));
        });
    }

    private static Question slow() {
        return new Question(send("slow.onnx", instances(ROW)), reply -> {
            assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
            Numbers.assertClose(reply.text(), SLOW_TURNS + 1f, SLOW_TURNS + 2f, SLOW_TURNS + 3f, SLOW_TURNS + 4f);
        });
    }

    private static Question bad(String model, String body, int status) {
        return new Question(
                send(model, body),
                reply -> assertThat(reply.status()).as(reply.toString()).isEqualTo(status));
    }

    private static CompletableFuture<Reply> send(String model, String body) {
        return ENDPOINT.requester().send(model, body);
    }

    private static String instances(String row) {
        return "{\"instances\": [" + row + "]}";
    }

    private static long lag() throws Exception {
        return Progress.lag(ENDPOINT.stack().broker(), ENDPOINT.name(), ENDPOINT.invocations());
    }

    /**
     * A request that was sent.
     *
     * @param check of its reply
     */
    private record Question(CompletableFuture<Reply> reply, Consumer<Reply> check) {
        void assertAnswered() {
            check.accept(Requester.await(reply));
        }
    }
}
