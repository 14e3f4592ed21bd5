package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import dev.remora.client.InferenceReply;
import dev.remora.client.InferenceRequest;
import dev.remora.client.RemoraClient;
import dev.remora.it.guarantee.OddNets;
import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.TinyNet;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Java client against an endpoint whose topics have one partition: all clients share it. */
class ClientIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(ClientIT.class);
    private static final int MODELS = 20;
    private static final int MANY = 5_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static FaultProxy wayToS3;
    private static PayaraInstance instance;

    @BeforeAll
    static void start() throws IOException {
        wayToS3 = new FaultProxy(ENDPOINT.stack().s3().port());
        for (int i = 0; i < MODELS; i++) {
            ENDPOINT.upload(model(i), net(i).onnx());
        }
        instance = ENDPOINT.start(ENDPOINT.settings("one")
                .with("remora.s3.endpoint", "http://127.0.0.1:" + wayToS3.port())
                .with("remora.models.max-age", "1h")
                .with("remora.topics.partitions", "1"));
    }

    @AfterEach
    void theStoreIsBack() {
        wayToS3.set(new Fault.Pass());
    }

    @AfterAll
    static void stop() throws IOException {
        ENDPOINT.close();
        wayToS3.close();
    }

    @Test
    void thousandsInFlightEachGetTheirOwnReply() throws Exception {
        for (int i = 0; i < MODELS; i++) {
            ENDPOINT.upload("cold/" + model(i), net(i).onnx());
        }
        storeIsAway();
        List<CompletableFuture<InferenceReply>> sent = new ArrayList<>();

        try (RemoraClient client = client()) {
            for (int i = 0; i < MANY; i++) {
                sent.add(client.infer("cold/" + model(i % MODELS), question(i)));
            }
            Await.until("they are on their way", Duration.ofSeconds(60), () -> backlog() > 1_000);
            // No model is there yet, so that all of them wait at the same time.
            assertThat(sent).noneMatch(CompletableFuture::isDone);
            theStoreIsBack();

            for (int i = 0; i < MANY; i++) {
                assertAnswers(i, net(i % MODELS), await(sent.get(i)));
            }
        }
    }

    @Test
    void clientsOnOnePartitionSeeTheirOwnRepliesOnly() throws Exception {
        List<CompletableFuture<InferenceReply>> toFirst = new ArrayList<>();
        List<CompletableFuture<InferenceReply>> toSecond = new ArrayList<>();

        try (RemoraClient first = client();
                RemoraClient second = client()) {
            for (int i = 0; i < 500; i++) {
                // The same ids, another model: whoever took the other's reply would have the wrong numbers.
                String id = "request-" + i;
                toFirst.add(first.infer(model(1), question(i).requestId(id)));
                toSecond.add(second.infer(model(2), question(i).requestId(id)));
                ENDPOINT.requester().send(reply("remora-correlation-id", "somebody-else-" + i), Map.of());
            }

            for (int i = 0; i < 500; i++) {
                assertAnswers(i, net(1), await(toFirst.get(i)));
                assertAnswers(i, net(2), await(toSecond.get(i)));
                assertThat(await(toFirst.get(i)).requestId()).isEqualTo("request-" + i);
            }
        }
    }

    @Test
    void replyThatDoesNotComeInTimeIsADeadlineExceeded() throws Exception {
        ENDPOINT.upload("endless.onnx", OddNets.counting(Integer.MAX_VALUE));
        try (RemoraClient client = client()) {
            Duration limit = Duration.ofSeconds(3);
            long begin = System.nanoTime();

            RemoraException error =
                    failure(client.infer("endless.onnx", question(1).timeout(limit)));

            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            assertThat(error.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
            assertThat(error.remedy()).isNotBlank();
            assertThat(took).isBetween(limit.minusMillis(100), limit.plusSeconds(5));
            assertAnswers(2, net(0), await(client.infer(model(0), question(2))));
            Await.until(
                    "the run was stopped as well",
                    Duration.ofSeconds(20),
                    () -> instance.metrics().value("remora_running_records") == 0);
        }
    }

    @Test
    void errorsCarryCodeAndRemedy() throws Exception {
        ENDPOINT.upload("broken.onnx", "no model".getBytes(StandardCharsets.UTF_8));
        try (RemoraClient client = client()) {
            assertRefused(client, "missing.onnx", question(1), ErrorCode.MODEL_NOT_FOUND);
            assertRefused(client, "broken.onnx", question(1), ErrorCode.MODEL_INVALID);
            assertRefused(client, model(0), tensor(1, 2, 3), ErrorCode.BAD_REQUEST);
            assertRefused(
                    client,
                    model(0),
                    InferenceRequest.bytes("application/pdf", new byte[10]),
                    ErrorCode.UNSUPPORTED_CONTENT_TYPE);
            assertThatThrownBy(() -> client.infer("../up.onnx", question(1)))
                    .isInstanceOfSatisfying(
                            RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST));
        }
    }

    @Test
    void closesWhileRequestsAreInFlight() throws Exception {
        storeIsAway();
        ENDPOINT.upload("awaited.onnx", TinyNet.of(99).onnx());
        RemoraClient client = client();
        List<CompletableFuture<InferenceReply>> sent = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            sent.add(client.infer("awaited.onnx", question(i)));
        }
        Await.until("they are on their way", Duration.ofSeconds(60), () -> backlog() > 100);
        long begin = System.nanoTime();

        client.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
        for (CompletableFuture<InferenceReply> each : sent) {
            assertThat(failure(each))
                    .hasMessageContaining("closed")
                    .extracting(RemoraException::code)
                    .isEqualTo(ErrorCode.UNAVAILABLE);
        }
        assertThat(failure(client.infer(model(0), question(1))).code()).isEqualTo(ErrorCode.UNAVAILABLE);
        Await.until(
                "its threads are gone",
                Duration.ofSeconds(10),
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("remora-client-")));
        theStoreIsBack();
        Await.until("what it had sent is settled without it", PATIENCE, () -> backlog() == 0 && lag() == 0);
    }

    private static RemoraClient client() {
        return RemoraClient.builder()
                .bootstrapServers(ENDPOINT.stack().broker().bootstrap())
                .endpoint(ENDPOINT.name())
                .timeout(PATIENCE)
                .build();
    }

    private static void storeIsAway() {
        wayToS3.set(new Fault.Reset());
        wayToS3.cut();
    }

    private static InferenceRequest question(int i) {
        return tensor(i, 1, -1, 0.5f);
    }

    private static InferenceRequest tensor(float... x) {
        return InferenceRequest.tensors(Tensor.floats("x", new long[] {1, x.length}, x));
    }

    private static void assertAnswers(int i, TinyNet net, InferenceReply reply) {
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.instance()).isEqualTo("one");
        Tensor y = reply.tensors().get(0);
        assertThat(y.name()).isEqualTo("y");
        float[] expected = net.answer(i, 1, -1, 0.5f);
        float[] actual = y.floats();
        assertThat(actual).hasSameSizeAs(expected);
        for (int k = 0; k < expected.length; k++) {
            // Sums in another order: the larger the numbers, the larger the rounding.
            assertThat(actual[k]).isCloseTo(expected[k], within(1e-5f * (10 + Math.abs(i))));
        }
    }

    private static void assertRefused(RemoraClient client, String model, InferenceRequest request, ErrorCode code)
            throws Exception {
        RemoraException error = failure(client.infer(model, request));
        InferenceReply reply = await(client.exchange(new ModelName(model), request));

        assertThat(error.code()).isEqualTo(code);
        assertThat(error.getMessage()).isNotBlank();
        assertThat(error.remedy()).hasSizeGreaterThan(10);
        assertThat(reply.status()).isEqualTo(code.status());
        assertThat(reply.errorCode()).contains(code);
        assertThat(reply.text()).contains(error.remedy());
    }

    private static RemoraException failure(CompletableFuture<InferenceReply> reply) {
        Throwable thrown = catchThrowable(() -> reply.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertThat(thrown).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(RemoraException.class);
        return (RemoraException) Objects.requireNonNull(thrown.getCause());
    }

    private static InferenceReply await(CompletableFuture<InferenceReply> reply) throws Exception {
        return reply.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** A record on the topic of replies that no client of ours has asked for. */
    private static ProducerRecord<byte[], byte[]> reply(String header, String value) {
        ProducerRecord<byte[], byte[]> foreign = new ProducerRecord<>(ENDPOINT.replies(), new byte[] {1});
        foreign.headers().add(header, value.getBytes(StandardCharsets.UTF_8));
        return foreign;
    }

    private static double backlog() {
        return instance.metrics().value("remora_backlog_records");
    }

    private static long lag() throws Exception {
        return Progress.lag(ENDPOINT.stack().broker(), ENDPOINT.name(), ENDPOINT.invocations());
    }

    private static TinyNet net(int i) {
        return TinyNet.of(i);
    }

    private static String model(int i) {
        return "tenant-" + i + "/net.onnx";
    }
}
