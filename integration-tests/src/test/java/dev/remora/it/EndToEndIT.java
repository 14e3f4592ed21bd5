package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One instance, one record, one reply. */
class EndToEndIT {
    /** So many that they wait for one another. */
    private static final int MANY = 5_000;

    private static final Endpoint ENDPOINT = Stack.endpoint(EndToEndIT.class);

    @BeforeAll
    static void start() throws IOException {
        ENDPOINT.start(ENDPOINT.settings("one"));
    }

    @AfterAll
    static void stop() {
        ENDPOINT.close();
    }

    @Test
    void answersWithWhatTheModelAnswers() {
        TinyNet net = TinyNet.of(1);
        ENDPOINT.upload("acme/tiny.onnx", net.onnx());

        Reply reply =
                Requester.await(ENDPOINT.requester().send("acme/tiny.onnx", "{\"instances\": [[0.5, -1, 2, 0.25]]}"));

        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        assertThat(reply.header("remora-status")).isEqualTo("ok");
        assertThat(reply.header("remora-model")).isEqualTo("acme/tiny.onnx");
        Numbers.assertClose(reply.text(), net.answer(0.5f, -1, 2, 0.25f));
    }

    @Test
    void saysThatTheFirstUseIsColdAndTheSecondWarm() {
        String version = ENDPOINT.upload("warm.onnx", TinyNet.of(2).onnx());

        List<Reply> replies = List.of(
                Requester.await(ENDPOINT.requester().send("warm.onnx", "{\"instances\": [[1, 2, 3, 4]]}")),
                Requester.await(ENDPOINT.requester().send("warm.onnx", "{\"instances\": [[1, 2, 3, 4]]}")));

        assertThat(replies).extracting(Reply::tier).containsExactly("s3", "memory");
        assertThat(replies).extracting(Reply::version).containsOnly(version);
        assertThat(replies.get(0).header("remora-timing")).contains("fetch;dur=", "load;dur=", "run;dur=");
        assertThat(replies.get(0).text()).isEqualTo(replies.get(1).text());
        assertThat(ENDPOINT.downloads("warm.onnx")).isEqualTo(1);
    }

    @Test
    void manyThatWaitForOneModelRunTogetherAndEachGetsItsOwnAnswer() {
        TinyNet net = TinyNet.of(4);
        ENDPOINT.upload("many.onnx", net.onnx());
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            String row = i % 500 == 499 ? "[1, 2]" : "[" + i % 97 + ", -1, 2, " + i % 13 + "]";
            replies.add(ENDPOINT.requester().send("many.onnx", "{\"instances\": [" + row + "]}"));
        }

        List<Reply> answered = replies.stream().map(Requester::await).toList();

        for (int i = 0; i < MANY; i++) {
            Reply reply = answered.get(i);
            if (i % 500 == 499) {
                assertThat(reply.status()).as("two numbers instead of four").isEqualTo(400);
            } else {
                assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
                Numbers.assertClose(reply.text(), net.answer(i % 97, -1, 2, i % 13));
            }
        }
        assertThat(answered)
                .as("some ran with others in one call")
                .anyMatch(reply -> Integer.parseInt(reply.header("remora-batch")) > 1);
    }

    @Test
    void answersForAModelThatDoesNotExist() {
        Reply reply = Requester.await(ENDPOINT.requester().send("missing.onnx", "{\"instances\": [[1]]}"));

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.header("remora-error-code")).isEqualTo("MODEL_NOT_FOUND");
        assertThat(reply.text()).contains("\"remedy\"");
    }

    @Test
    void partitionsThatAreAddedAreReadWithinHalfAMinute() throws Exception {
        ENDPOINT.upload("added.onnx", TinyNet.of(3).onnx());
        int added = addPartition();
        long begin = System.nanoTime();

        Reply reply = Requester.await(ENDPOINT.requester()
                .send(
                        new ProducerRecord<>(ENDPOINT.invocations(), added, bytes("added.onnx"), bytes("1,2,3,4")),
                        Map.of("content-type", bytes("text/csv"))));

        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        // The group needs a moment to give the new partition to somebody.
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(45));
    }

    @Test
    void endsWithinItsTimeWhenToldTo() throws IOException {
        PayaraInstance second = ENDPOINT.start(ENDPOINT.settings("two"));

        boolean byItself = second.stop(Duration.ofSeconds(40));

        assertThat(byItself).isTrue();
        assertThat(second.exitCode()).hasValue(143);
    }

    /** Returns the number of the new partition. */
    private static int addPartition() throws Exception {
        String topic = ENDPOINT.invocations();
        try (Admin admin = Admin.create(
                Map.of("bootstrap.servers", ENDPOINT.stack().broker().bootstrap()))) {
            int before = Objects.requireNonNull(admin.describeTopics(List.of(topic))
                            .allTopicNames()
                            .get()
                            .get(topic))
                    .partitions()
                    .size();
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(before + 1)))
                    .all()
                    .get();
            return before;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
