package dev.remora.it;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.client.InferenceReply;
import dev.remora.client.InferenceRequest;
import dev.remora.client.RemoraClient;
import dev.remora.launcher.InstanceSettings;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.ModelPartition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Two instances share an endpoint: partitions say who answers for which model, and move when one of them leaves. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TwoInstancesIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(TwoInstancesIT.class);
    private static final List<String> INSTANCES = List.of("one", "two");
    private static final int PARTITIONS = 8;
    private static final int MODELS = 40;
    private static final int ROUNDS = 5;
    private static final String ROW = "{\"instances\": [[1, 2, 3, 4]]}";
    private static final Duration SESSION = Duration.ofSeconds(45);

    @BeforeAll
    static void uploadModels() {
        for (int i = 0; i < MODELS; i++) {
            ENDPOINT.upload(model(i), TinyNet.of(i).onnx());
        }
    }

    @BeforeEach
    void bothServe() throws IOException {
        List<PayaraInstance> launched = new ArrayList<>();
        for (String name : INSTANCES) {
            if (!ENDPOINT.runs(name)) {
                launched.add(ENDPOINT.launch(settings(name)));
            }
        }
        for (PayaraInstance instance : launched) {
            instance.awaitReady(Duration.ofMinutes(3));
        }
        Await.until(
                "each has half of the partitions",
                Duration.ofSeconds(60),
                () -> INSTANCES.stream().allMatch(name -> assigned(name) == PARTITIONS / 2));
    }

    @AfterAll
    static void stop() {
        ENDPOINT.close();
    }

    @Test
    @Order(1)
    void oneInstanceAnswersForAModelWhoeverAsks() throws Exception {
        double wrongBefore = mispartitioned();

        List<Answer> answers = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            answers.addAll(askAsPlainProducer());
            answers.addAll(askWithTheClient());
        }

        Map<String, Set<String>> byModel =
                answers.stream().collect(groupingBy(Answer::model, mapping(Answer::instance, toSet())));
        assertThat(byModel)
                .hasSize(MODELS)
                .allSatisfy((model, instances) -> assertThat(instances).hasSize(1));
        assertThat(answers).extracting(Answer::instance).contains("one", "two");
        Map<Integer, Set<String>> byPartition =
                answers.stream().collect(groupingBy(Answer::home, mapping(Answer::instance, toSet())));
        assertThat(byPartition.values())
                .allSatisfy(instances -> assertThat(instances).hasSize(1));
        assertThat(IntStream.range(0, MODELS).mapToObj(TwoInstancesIT::model))
                .as("each model was fetched by its one instance alone")
                .allSatisfy(model -> assertThat(ENDPOINT.downloads(model)).isEqualTo(1));
        assertThat(mispartitioned()).isEqualTo(wrongBefore);
    }

    @Test
    @Order(2)
    void recordsOnWrongPartitionsAreServedAndCounted() {
        double before = mispartitioned();

        Map<Integer, CompletableFuture<Reply>> sent = new HashMap<>();
        for (int i = 0; i < MODELS; i++) {
            int wrong = (home(model(i)) + 1 + i % (PARTITIONS - 1)) % PARTITIONS;
            sent.put(i, send(wrong, model(i), Map.of()));
        }
        // The header wins over the key, so that the record lies where the key belongs and not where the model does.
        String key = model(0);
        int other = IntStream.range(1, MODELS)
                .filter(i -> home(model(i)) != home(key))
                .findFirst()
                .orElseThrow();
        CompletableFuture<Reply> byHeader = send(home(key), key, Map.of("remora-model", bytes(model(other))));

        sent.forEach((i, reply) -> assertAnswers(i, Requester.await(reply)));
        assertAnswers(other, Requester.await(byHeader));
        Await.until("they are counted", Duration.ofSeconds(20), () -> mispartitioned() == before + MODELS + 1);
    }

    @Test
    @Order(3)
    void theOtherAnswersForAllWhenOneLeaves() throws Exception {
        PayaraInstance leaving = ENDPOINT.instance("one");
        try (Trickle<CompletableFuture<Reply>> load =
                Trickle.start(Duration.ofMillis(5), i -> ENDPOINT.requester().send(model(i % MODELS), ROW))) {
            Await.until("there is load", Duration.ofSeconds(20), () -> load.count() > 2 * MODELS);

            assertThat(leaving.stop(Duration.ofSeconds(45)))
                    .as("ended by itself")
                    .isTrue();

            // Long before the session of the one that left would be over: it said that it leaves.
            Await.until("the other has all partitions", SESSION.dividedBy(2), () -> assigned("two") == PARTITIONS);
            List<CompletableFuture<Reply>> sent = load.stop();
            for (int i = 0; i < sent.size(); i++) {
                assertAnswers(i % MODELS, Requester.await(sent.get(i)));
            }
        }
        assertThat(leaving.exitCode()).hasValue(143);
        assertThat(askAsPlainProducer()).extracting(Answer::instance).containsOnly("two");
        assertThat(askWithTheClient()).extracting(Answer::instance).containsOnly("two");
        Await.until(
                "all records are settled",
                Duration.ofSeconds(30),
                () -> Progress.lag(ENDPOINT.stack().broker(), ENDPOINT.name(), ENDPOINT.invocations()) == 0);
        assertThat(ENDPOINT.requester().doubled())
                .as("replies that came twice, though the one that left had time to say how far it was")
                .isZero();
    }

    private static InstanceSettings settings(String name) {
        return ENDPOINT.settings(name)
                .with("remora.shutdown", "leave")
                .with("remora.topics.partitions", Integer.toString(PARTITIONS))
                .with("remora.models.max-age", "1h")
                // So long that nothing can be owed to its end.
                .with("remora.kafka.consumer.session.timeout.ms", Long.toString(SESSION.toMillis()));
    }

    private static List<Answer> askAsPlainProducer() {
        Map<Integer, CompletableFuture<Reply>> sent = new HashMap<>();
        for (int i = 0; i < MODELS; i++) {
            sent.put(i, ENDPOINT.requester().send(model(i), ROW));
        }
        List<Answer> answers = new ArrayList<>();
        sent.forEach((i, future) -> {
            Reply reply = Requester.await(future);
            assertAnswers(i, reply);
            answers.add(new Answer(model(i), reply.header("remora-instance")));
        });
        return answers;
    }

    private static List<Answer> askWithTheClient() throws Exception {
        RemoraClient client = ENDPOINT.client();
        Map<Integer, CompletableFuture<InferenceReply>> sent = new HashMap<>();
        for (int i = 0; i < MODELS; i++) {
            sent.put(i, client.infer(model(i), InferenceRequest.json(ROW)));
        }
        List<Answer> answers = new ArrayList<>();
        for (Map.Entry<Integer, CompletableFuture<InferenceReply>> each : sent.entrySet()) {
            InferenceReply reply = each.getValue().get(1, TimeUnit.MINUTES);
            Numbers.assertClose(reply.text(), TinyNet.of(each.getKey()).answer(1, 2, 3, 4));
            answers.add(new Answer(model(each.getKey()), reply.instance()));
        }
        return answers;
    }

    private static CompletableFuture<Reply> send(int partition, String key, Map<String, byte[]> headers) {
        return ENDPOINT.requester()
                .send(new ProducerRecord<>(ENDPOINT.invocations(), partition, bytes(key), bytes(ROW)), headers);
    }

    private static void assertAnswers(int model, Reply reply) {
        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        assertThat(reply.header("remora-model")).isEqualTo(model(model));
        Numbers.assertClose(reply.text(), TinyNet.of(model).answer(1, 2, 3, 4));
    }

    private static double assigned(String instance) {
        return ENDPOINT.instance(instance).metrics().value("remora_assigned_partitions");
    }

    private static double mispartitioned() {
        return INSTANCES.stream()
                .mapToDouble(name -> ENDPOINT.instance(name).metrics().value("remora_mispartitioned_total"))
                .sum();
    }

    private static int home(String model) {
        return ModelPartition.of(new ModelName(model), PARTITIONS);
    }

    private static String model(int i) {
        return "tenant-" + i + "/net.onnx";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private record Answer(String model, String instance) {
        int home() {
            return TwoInstancesIT.home(model);
        }
    }
}
