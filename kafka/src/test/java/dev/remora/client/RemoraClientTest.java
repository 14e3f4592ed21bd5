package dev.remora.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.remora.protocol.EncodedBody;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.Invocation;
import dev.remora.protocol.MessageCodec;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.OpenInferenceJson;
import dev.remora.protocol.PayloadCodec;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.ReplyHead;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.Tier;
import dev.remora.protocol.Timing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RemoraClientTest {
    private static final TopicPartition REPLIES = new TopicPartition("acme.replies", 3);
    private static final ModelName MODEL = new ModelName("churn.onnx");
    private static final InferenceRequest REQUEST = InferenceRequest.json("{}");

    private final AtomicLong nanos = new AtomicLong();
    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final PendingReplies pending = new PendingReplies("me", 3, Runnable::run);
    private final ReplyListener loop = new ReplyListener(consumer, pending, nanos::get);
    private final MessageCodec server = new MessageCodec("acme.replies", topic -> false, 60_000, 1_000_000);
    private RemoraClient client = client();
    private long offset;

    /** Its own reading threads do nothing: the tests turn the loop. */
    private RemoraClient client() {
        return new RemoraClient(new RemoraClient.Parts(
                producer,
                consumer,
                pending,
                new ClientMessages("acme.invocations", REPLIES.partition()),
                new RouteLoop("acme.routes", () -> consumer),
                Duration.ofSeconds(10),
                nanos::get,
                task -> new Thread(task instanceof ReplyListener || task instanceof RouteLoop ? () -> {} : task)));
    }

    @BeforeEach
    void assign() {
        consumer.assign(List.of(REPLIES));
        consumer.updateBeginningOffsets(Map.of(REPLIES, 0L));
        consumer.seek(REPLIES, 0);
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void sendsTheModelAsKeyAndAsksForTheReplyOnItsOwnPartition() {
        client.infer(MODEL, REQUEST.priority(2).accept("text/csv").header("x-tenant", "a"));

        ProducerRecord<byte[], byte[]> sent = sent(1).get(0);
        assertThat(sent.topic()).isEqualTo("acme.invocations");
        assertThat(sent.key()).isEqualTo("churn.onnx".getBytes(StandardCharsets.UTF_8));
        assertThat(text(sent.headers(), "remora-reply-partition")).isEqualTo("3");
        assertThat(text(sent.headers(), "remora-ttl-ms")).isEqualTo("10000");
        assertThat(text(sent.headers(), "remora-priority")).isEqualTo("2");
        assertThat(text(sent.headers(), "content-type")).isEqualTo("application/json");
        assertThat(text(sent.headers(), "accept")).isEqualTo("text/csv");
        assertThat(text(sent.headers(), "x-tenant")).isEqualTo("a");
        assertThat(sent.headers().lastHeader("remora-reply-topic")).isNull();
    }

    @Test
    void completesEachFutureWithItsOwnReplyWhateverTheirOrder() throws Exception {
        CompletableFuture<InferenceReply> first = client.infer(MODEL, REQUEST);
        CompletableFuture<InferenceReply> second = client.infer("other.onnx", REQUEST);

        answer(sent(2).get(1), "{\"b\":2}");
        answer(sent(2).get(0), "{\"a\":1}");
        loop.runOnce();

        assertThat(result(first).text()).isEqualTo("{\"a\":1}");
        assertThat(result(second).text()).isEqualTo("{\"b\":2}");
    }

    @Test
    void tellsWhatTheReplyHeadersSay() throws Exception {
        CompletableFuture<InferenceReply> future =
                client.infer(MODEL, REQUEST.requestId("r-1").header("x-a", "b"));
        answer(sent(1).get(0), "{}");
        loop.runOnce();

        InferenceReply reply = result(future);
        assertThat(reply.requestId()).isEqualTo("r-1");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.errorCode()).isEmpty();
        assertThat(reply.model()).isEqualTo("churn.onnx");
        assertThat(reply.modelVersion()).isEqualTo("etag");
        assertThat(reply.tier()).isEqualTo(Tier.S3);
        assertThat(reply.timing()).isEqualTo(new Timing(1_000_000, 2_000_000, 3_000_000, 4_000_000));
        assertThat(reply.instance()).isEqualTo("i-1");
        assertThat(reply.batch()).isEqualTo(1);
        assertThat(reply.contentType()).isEqualTo("application/json");
        assertThat(reply.headers()).containsEntry("x-a", "b");
    }

    @Test
    void carriesTensorsBothWays() throws Exception {
        Tensor input = Tensor.floats("x", new long[] {1, 2}, 1.5f, -2f);
        CompletableFuture<InferenceReply> future = client.infer(MODEL, InferenceRequest.tensors(input));

        Invocation invocation = decode(sent(1).get(0));
        List<Tensor> received = new OpenInferenceJson()
                .decodeReply(
                        outputsInsteadOfInputs(invocation.body().bytes()),
                        invocation.body().headerLength() + 1);
        EncodedBody body = new OpenInferenceJson()
                .encode(
                        new PayloadCodec.Answer(MODEL, "v", List.of(Tensor.longs("y", new long[] {1}, 7))),
                        null,
                        "application/octet-stream");
        deliver(server.encodeReply(invocation.reply(), ReplyHead.of("i"), body));
        loop.runOnce();

        assertThat(received.get(0).floats()).containsExactly(1.5f, -2f);
        assertThat(result(future).tensors().get(0).longs()).containsExactly(7);
    }

    @Test
    void failsWithTheErrorThatTheEndpointAnswersAndGivesItAsReplyToThoseWhoExchange() throws Exception {
        CompletableFuture<InferenceReply> inferred = client.infer(MODEL, REQUEST);
        CompletableFuture<InferenceReply> exchanged = client.exchange(MODEL, REQUEST);
        RemoraException error = new RemoraException(ErrorCode.MODEL_NOT_FOUND, "There is no 'x'.", "Upload it.");
        for (ProducerRecord<byte[], byte[]> request : sent(2)) {
            deliver(server.encodeReply(decode(request).reply(), ReplyHead.of("i-1"), error));
        }
        loop.runOnce();

        RemoraException failure = failure(inferred);
        assertThat(failure.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND);
        assertThat(failure).hasMessage("There is no 'x'.");
        assertThat(failure.remedy()).isEqualTo("Upload it.");
        assertThat(result(exchanged).status()).isEqualTo(404);
        assertThat(result(exchanged).instance()).isEqualTo("i-1");
    }

    @Test
    void passesOverRepliesOfOthersOnItsPartition() throws Exception {
        CompletableFuture<InferenceReply> future = client.infer(MODEL, REQUEST);
        ProducerRecord<byte[], byte[]> request = sent(1).get(0);
        Headers headers = request.headers();
        for (String other : List.of("you-1", "me-zz", "me", "")) {
            headers.remove("remora-correlation-id")
                    .add("remora-correlation-id", other.getBytes(StandardCharsets.UTF_8));
            answer(request, "{}");
        }
        headers.remove("remora-correlation-id");
        answer(request, "{}");
        loop.runOnce();

        assertThat(future).isNotDone();
    }

    @Test
    void failsAtTheDeadlineAndIgnoresAReplyThatComesLater() throws Exception {
        CompletableFuture<InferenceReply> shorter = client.infer(MODEL, REQUEST.timeout(Duration.ofSeconds(1)));
        CompletableFuture<InferenceReply> longer = client.infer(MODEL, REQUEST);
        sent(2);

        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1) - 1);
        loop.runOnce();
        assertThat(shorter).isNotDone();
        nanos.addAndGet(1);
        loop.runOnce();

        assertThat(failure(shorter).code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
        assertThat(longer).isNotDone();
        answer(sent(2).get(0), "{}");
        loop.runOnce();
        assertThat(failure(shorter)).hasMessage("No reply came within 1000 ms.");
    }

    @Test
    void failsWhatCannotBeSent() {
        CompletableFuture<InferenceReply> tooLarge = client.infer(MODEL, REQUEST);
        CompletableFuture<InferenceReply> forbidden = client.infer(MODEL, REQUEST);
        CompletableFuture<InferenceReply> other = client.infer(MODEL, REQUEST);
        sent(3);

        producer.errorNext(new RecordTooLargeException("too large"));
        producer.errorNext(new TopicAuthorizationException("acme.invocations"));
        producer.errorNext(new KafkaException("gone"));

        assertThat(failure(tooLarge).code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
        assertThat(failure(forbidden).code()).isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(failure(other).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void refusesMoreThanMayBeInFlightAndTakesMoreAgainAfterAReply() throws Exception {
        for (int i = 0; i < 3; i++) {
            client.infer(MODEL, REQUEST);
        }
        CompletableFuture<InferenceReply> refused = client.infer(MODEL, REQUEST);
        assertThat(failure(refused)).hasMessageContaining("More than 3 requests");

        answer(sent(3).get(0), "{}");
        loop.runOnce();

        assertThat(client.infer(MODEL, REQUEST)).isNotDone();
        sent(4);
    }

    @Test
    void failsWhatWaitsWhenRepliesCannotBeReadAndGoesOn() throws Exception {
        CompletableFuture<InferenceReply> before = client.infer(MODEL, REQUEST);
        sent(1);
        consumer.setPollException(new TopicAuthorizationException("acme.replies"));
        loop.runOnce();
        assertThat(failure(before)).hasMessageContaining("acme.replies");

        CompletableFuture<InferenceReply> after = client.infer(MODEL, REQUEST);
        answer(sent(2).get(1), "{}");
        loop.runOnce();

        assertThat(result(after).status()).isEqualTo(200);
    }

    @Test
    void closingFailsWhatWaitsAndWhatComesAfter() {
        CompletableFuture<InferenceReply> waiting = client.infer(MODEL, REQUEST);
        sent(1);

        client.close();

        assertThat(failure(waiting)).hasMessageContaining("closed");
        assertThat(failure(client.infer(MODEL, REQUEST))).hasMessageContaining("closed");
        assertThat(producer.closed()).isTrue();
    }

    @Test
    void closingEndsItsThreadsAndTheirConsumers() {
        List<Thread> threads = new ArrayList<>();
        client = new RemoraClient(new RemoraClient.Parts(
                producer,
                consumer,
                pending,
                new ClientMessages("t", 0),
                new RouteLoop("acme.routes", () -> new MockConsumer<>("none")),
                Duration.ofSeconds(1),
                System::nanoTime,
                task -> {
                    Thread thread = new Thread(task);
                    threads.add(thread);
                    return thread;
                }));

        client.close(Duration.ofSeconds(30));

        assertThat(threads).hasSize(2).noneMatch(Thread::isAlive);
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void refusesNamesThatNoModelCanHaveAndHeadersThatItWritesItself() {
        assertThatExceptionOfType(RemoraException.class).isThrownBy(() -> client.infer("../x", REQUEST));
        for (String name : List.of("kafka_correlationId", "REPLY_TOPIC", "Remora-Ttl-Ms", "remora-model")) {
            assertThatIllegalArgumentException().isThrownBy(() -> REQUEST.header(name, "x"));
        }
    }

    private List<ProducerRecord<byte[], byte[]>> sent(int count) {
        await(() -> producer.history().size() >= count);
        return producer.history();
    }

    private Invocation decode(ProducerRecord<byte[], byte[]> request) {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                request.topic(),
                0,
                0,
                0,
                TimestampType.CREATE_TIME,
                0,
                0,
                request.key(),
                request.value(),
                request.headers(),
                Optional.empty());
        return (Invocation) server.decode(record, 0);
    }

    private void answer(ProducerRecord<byte[], byte[]> request, String json) {
        ReplyHead head =
                new ReplyHead(MODEL, "etag", Tier.S3, new Timing(1_000_000, 2_000_000, 3_000_000, 4_000_000), "i-1", 1);
        EncodedBody body = new EncodedBody("application/json", -1, json.getBytes(StandardCharsets.UTF_8));
        deliver(server.encodeReply(decode(request).reply(), head, body));
    }

    private void deliver(ProducerRecord<byte[], byte[]> reply) {
        assertThat(reply.topic()).isEqualTo(REPLIES.topic());
        consumer.addRecord(new ConsumerRecord<>(
                REPLIES.topic(),
                REPLIES.partition(),
                offset++,
                0,
                TimestampType.CREATE_TIME,
                0,
                0,
                reply.key(),
                reply.value(),
                reply.headers(),
                Optional.empty()));
    }

    /** The wire form of a reply differs from a request's in this one word. */
    private static byte[] outputsInsteadOfInputs(byte[] body) {
        return new String(body, StandardCharsets.ISO_8859_1)
                .replaceFirst("inputs", "outputs")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static InferenceReply result(CompletableFuture<InferenceReply> future) throws Exception {
        return future.get(0, TimeUnit.SECONDS);
    }

    private static RemoraException failure(CompletableFuture<InferenceReply> future) {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        assertThat(future).isCompletedExceptionally();
        future.whenComplete((reply, error) -> failure.set(error));
        assertThat(failure.get()).isInstanceOf(RemoraException.class);
        return (RemoraException) failure.get();
    }

    private static String text(Headers headers, String name) {
        return new String(headers.lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            LockSupport.parkNanos(100_000);
        }
    }
}
