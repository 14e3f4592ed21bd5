package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.ModelPartition;
import dev.remora.protocol.Route;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that know nothing of routes are served while there is one, whatever partition they choose. */
class ForeignClientsIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(ForeignClientsIT.class);
    private static final TinyNet NET = TinyNet.of(1);
    private static final int PARTITIONS = 8;
    private static final int REQUESTS = 20;
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String BODY = "{\"instances\": [[1, 2, 3, 4]]}";

    /** One whose home a CRC32 does not find. */
    private static final ModelName MODEL = misplaced();

    private static PayaraInstance instance;
    private static Route route;

    @BeforeAll
    static void start() throws Exception {
        ENDPOINT.upload(MODEL.value(), NET.onnx());
        instance = ENDPOINT.start(ENDPOINT.settings("one"));
        Route home = Route.home(MODEL, PARTITIONS);
        route = home.widened(
                (crc32() + 1) % PARTITIONS == home.home() ? (crc32() + 2) % PARTITIONS : (crc32() + 1) % PARTITIONS);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", ENDPOINT.stack().broker().bootstrap()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(ENDPOINT.name() + ".routes", route.key(), route.value()))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    @AfterAll
    static void stop() {
        ENDPOINT.close();
    }

    @Test
    void aClientThatPartitionsAsJavaDoesIsServed() {
        double before = mispartitioned();

        assertAllAnswered(send(ModelPartition.of(MODEL, PARTITIONS)));

        assertThat(mispartitioned()).isEqualTo(before);
    }

    @Test
    void aClientThatPartitionsByCrc32IsServedAndCounted() {
        double before = mispartitioned();

        assertAllAnswered(send(crc32()));

        Await.until("they are counted", SOON, () -> mispartitioned() == before + REQUESTS);
    }

    @Test
    void kcatIsServedWithEitherPartitioner() throws Exception {
        assumeThat(hasKcat()).as("kcat is installed").isTrue();
        double before = mispartitioned();

        assertAllAnswered(kcat("murmur2_random"));
        assertThat(mispartitioned()).isEqualTo(before);

        assertAllAnswered(kcat("consistent"));
        Await.until("they are counted", SOON, () -> mispartitioned() == before + REQUESTS);
    }

    private static List<CompletableFuture<Reply>> send(int partition) {
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            ProducerRecord<byte[], byte[]> request = new ProducerRecord<>(
                    ENDPOINT.invocations(), partition, route.key(), BODY.getBytes(StandardCharsets.UTF_8));
            replies.add(ENDPOINT.requester().send(request, Map.of()));
        }
        return replies;
    }

    private static void assertAllAnswered(List<CompletableFuture<Reply>> replies) {
        for (CompletableFuture<Reply> each : replies) {
            Reply reply = Requester.await(each);
            assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
            Numbers.assertClose(reply.text(), NET.answer(1, 2, 3, 4));
        }
    }

    /** Sends with it; replies are found by the ids that it was given. */
    private static List<CompletableFuture<Reply>> kcat(String partitioner) throws Exception {
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            String id = partitioner + "-" + i;
            replies.add(ENDPOINT.requester().expect(id));
            run(
                    "kcat -P -b %s -t %s -k %s -H remora-request-id=%s -H content-type=application/json -X partitioner=%s",
                    ENDPOINT.stack().broker().bootstrap(), ENDPOINT.invocations(), MODEL, id, partitioner);
        }
        return replies;
    }

    private static void run(String command, Object... parts) throws Exception {
        Process process = new ProcessBuilder(command.formatted(parts).split(" "))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().write(BODY.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private static boolean hasKcat() throws InterruptedException {
        try {
            return new ProcessBuilder("kcat", "-V")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static double mispartitioned() {
        return instance.metrics().value("remora_mispartitioned_total");
    }

    /** As librdkafka does unless it is told otherwise. */
    private static int crc32() {
        return crc32(MODEL);
    }

    private static int crc32(ModelName model) {
        CRC32 crc = new CRC32();
        crc.update(model.value().getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() % PARTITIONS);
    }

    private static ModelName misplaced() {
        for (int i = 0; ; i++) {
            ModelName name = new ModelName("hot-" + i + ".onnx");
            if (crc32(name) != ModelPartition.of(name, PARTITIONS)) {
                return name;
            }
        }
    }
}
