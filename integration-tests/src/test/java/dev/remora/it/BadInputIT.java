package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.launcher.PayaraInstance;
import dev.remora.launcher.S3Server;
import dev.remora.launcher.TarGz;
import dev.remora.launcher.TinyNet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What users get wrong, all of it on one instance: each is answered with its code and a remedy, and costs nobody else. */
class BadInputIT {
    private static final Endpoint ENDPOINT = Stack.endpoint(BadInputIT.class);
    private static final String ROW = "{\"instances\": [[1, 2, 3, 4]]}";
    private static final TinyNet GOOD = TinyNet.of(1);
    private static final Map<String, String> JSON = Map.of("content-type", "application/json");

    private static FaultProxy wayToS3;
    private static PayaraInstance instance;

    @BeforeAll
    static void start() throws IOException {
        S3Server s3 = ENDPOINT.stack().s3();
        wayToS3 = new FaultProxy(s3.port());
        ENDPOINT.upload("good.onnx", GOOD.onnx());
        instance = ENDPOINT.start(ENDPOINT.settings("one")
                .with("remora.s3.endpoint", "http://127.0.0.1:" + wayToS3.port())
                .with("remora.models.max-age", "1h")
                .with("remora.request.max-bytes", "64KiB")
                .with("remora.memory.max", "32MiB")
                .with("remora.disk.max", "64MiB"));
    }

    @AfterEach
    void aGoodRequestStillWorksInTheSameProcess() {
        wayToS3.set(new Fault.Pass());

        Reply reply = ask("good.onnx", ROW);

        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        Numbers.assertClose(reply.text(), GOOD.answer(1, 2, 3, 4));
        assertThat(instance.isAlive()).isTrue();
    }

    @AfterAll
    static void nothingIsLost() throws IOException {
        try {
            Await.until(
                    "all records are settled",
                    Duration.ofSeconds(30),
                    () -> Progress.lag(ENDPOINT.stack().broker(), ENDPOINT.name(), ENDPOINT.invocations()) == 0);
            assertThat(ENDPOINT.requester().doubled()).isZero();
            assertThat(instance.logText()).doesNotContain("[SEVERE]", "\tat dev.remora");
        } finally {
            ENDPOINT.close();
            wayToS3.close();
        }
    }

    @Test
    void modelThatIsNotThere() {
        assertRefused(ask("nobody/has-this.onnx", ROW), 404, "MODEL_NOT_FOUND", "Upload the model");
    }

    @Test
    void modelThatWeMayNotRead() {
        ENDPOINT.upload("secret.onnx", GOOD.onnx());
        ENDPOINT.stack().s3().traffic().refuse(ENDPOINT.key("secret.onnx"));

        assertRefused(ask("secret.onnx", ROW), 404, "MODEL_NOT_FOUND", "s3:GetObject", "s3:ListBucket");

        ENDPOINT.stack().s3().traffic().allow(ENDPOINT.key("secret.onnx"));
        Await.until(
                "it is served once it may be read",
                Duration.ofSeconds(20),
                () -> ask("secret.onnx", ROW).status() == 200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../good.onnx", "a/../good.onnx", "/good.onnx", "a//good.onnx", "./good.onnx", ""})
    void modelNameThatLeadsElsewhere(String name) {
        assertRefused(ask(name, ROW), 400, "BAD_REQUEST", "model name", "remora.models.location");
    }

    @Test
    void modelNameOfTwoThousandCharacters() {
        assertRefused(ask("a".repeat(1_995) + ".onnx", ROW), 400, "BAD_REQUEST", "2000 bytes");
    }

    @Test
    void recordWithoutAModel() {
        assertRefused(
                ask(record(null, ROW.getBytes(StandardCharsets.UTF_8)), Map.of()), 400, "BAD_REQUEST", "no model");
    }

    @Test
    void textFileInsteadOfAModel() {
        ENDPOINT.upload("readme.onnx", "This is not a model.\n".repeat(50).getBytes(StandardCharsets.UTF_8));

        assertRefused(ask("readme.onnx", ROW), 422, "MODEL_INVALID", "pload");
    }

    @Test
    void truncatedModel() {
        byte[] whole = TinyNet.ofBytes(100_000, 2).onnx();
        ENDPOINT.upload("half.onnx", Arrays.copyOf(whole, whole.length / 2));

        assertRefused(ask("half.onnx", ROW), 422, "MODEL_INVALID", "pload");
    }

    @Test
    void bitThatFlipsOnItsWayFromTheStoreIsFetchedAgain() {
        TinyNet net = TinyNet.ofBytes(100_000, 3);
        ENDPOINT.upload("flipped.onnx", net.onnx());
        onTheWay(new Fault.Corrupt(50_000), 2);

        Reply reply = ask("flipped.onnx", ROW);

        assertThat(reply.status()).as(reply.toString()).isEqualTo(200);
        Numbers.assertClose(reply.text(), net.answer(1, 2, 3, 4));
        assertThat(ENDPOINT.downloads("flipped.onnx")).isGreaterThan(1);
    }

    @Test
    void bitThatAlwaysFlipsIsTheStoresFaultAtTheDeadline() {
        ENDPOINT.upload("always-flipped.onnx", TinyNet.ofBytes(100_000, 4).onnx());
        onTheWay(new Fault.CorruptEvery(50_000), Integer.MAX_VALUE);

        Reply reply = ask("always-flipped.onnx", ROW, Map.of("remora-ttl-ms", "2000"));

        assertRefused(reply, 530, "STORE_UNAVAILABLE", "came wrong from the store");
        onTheWay(new Fault.Pass(), 0);
        assertThat(ask("always-flipped.onnx", ROW).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil.onnx", "model/../../../evil.onnx", "/tmp/remora-evil.onnx"})
    void archiveThatClimbs(String entry) throws IOException {
        String model = "climbing-" + Math.abs(entry.hashCode()) + ".tar.gz";
        ENDPOINT.upload(model, TarGz.of(Map.of(entry, GOOD.onnx())));

        assertRefused(ask(model, ROW), 422, "MODEL_INVALID", "archive is refused", "tar -czf");

        assertThat(Path.of("/tmp/remora-evil.onnx")).doesNotExist();
        try (Stream<Path> files = Files.walk(ENDPOINT.settings("one").folder())) {
            assertThat(files.filter(file -> file.endsWith("evil.onnx"))).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"symbolic," + TarConstants.LF_SYMLINK, "hard," + TarConstants.LF_LINK})
    void archiveWithLink(String kind, byte flag) throws IOException {
        ENDPOINT.upload(kind + ".tar.gz", archiveWithLink(flag));

        assertRefused(ask(kind + ".tar.gz", ROW), 422, "MODEL_INVALID", "is a link");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x | [1,5] | FP32  | [1,2,3,4,5] | shape",
                "x | [1,4] | INT64 | [1,2,3,4]   | FP32",
                "z | [1,4] | FP32  | [1,2,3,4]   | no input",
                "x | [1,4] | FP32  | [1,2,3]     | 4",
                "x | [1,4] | FP32  | [1,2,\"a\",4] | a"
            })
    void tensorThatTheModelDoesNotTake(String name, String shape, String type, String data, String said) {
        String body = "{\"inputs\": [{\"name\": \"%s\", \"shape\": %s, \"datatype\": \"%s\", \"data\": %s}]}"
                .formatted(name, shape, type, data);

        assertRefused(ask("good.onnx", body), 400, "BAD_REQUEST", said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"inputs\": [", "{}", "[]", "not JSON", "{\"instances\": \"\\u0000\"}", ""})
    void brokenJson(String body) {
        assertRefused(ask("good.onnx", body), 400, "BAD_REQUEST");
    }

    @Test
    void contentTypeThatNobodyReads() {
        Reply reply = await("good.onnx", ROW, Map.of("content-type", "application/pdf"));

        assertRefused(reply, 415, "UNSUPPORTED_CONTENT_TYPE", "application/pdf", "text/csv");
    }

    @Test
    void payloadThatIsTooLarge() {
        Reply reply = ask("good.onnx", " ".repeat(70_000) + ROW);

        assertRefused(reply, 413, "PAYLOAD_TOO_LARGE", "remora.request.max-bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"somebody-elses", "badinputit.invocations", "__consumer_offsets"})
    void replyTopicThatIsForbidden(String topic) {
        Reply reply = ask("good.onnx", ROW, Map.of("remora-reply-topic", topic));

        assertRefused(reply, 403, "FORBIDDEN", topic, "remora.reply.allowed");
    }

    @Test
    void recordWithoutAValue() {
        assertRefused(ask(record("good.onnx", null), Map.of()), 400, "BAD_REQUEST", "no value");
    }

    @ParameterizedTest
    @CsvSource({
        "remora-deadline, tomorrow",
        "remora-ttl-ms, -5",
        "remora-priority, 0",
        "remora-reply-partition, first",
        "remora-reply-topic, not a topic",
        "Inference-Header-Content-Length, 1000000"
    })
    void malformedHeader(String header, String value) {
        assertRefused(ask("good.onnx", ROW, Map.of(header, value)), 400, "BAD_REQUEST", header);
    }

    @Test
    void deadlineThatHasPassedCostsTheStoreNothing() {
        ENDPOINT.upload("too-late.onnx", GOOD.onnx());
        String past = Long.toString(System.currentTimeMillis() - 1_000);

        Reply reply = ask("too-late.onnx", ROW, Map.of("remora-deadline", past));

        assertRefused(reply, 408, "DEADLINE_EXCEEDED", "remora-deadline");
        assertThat(ENDPOINT.stack().s3().traffic().gets(ENDPOINT.key("too-late.onnx")))
                .isZero();
        assertThat(ENDPOINT.stack().s3().traffic().heads(ENDPOINT.key("too-late.onnx")))
                .isZero();
    }

    @Test
    void modelLargerThanMemory() {
        ENDPOINT.upload("large.onnx", TinyNet.ofBytes(40 << 20, 5).onnx());

        assertRefused(ask("large.onnx", ROW), 507, "MODEL_TOO_LARGE", "remora.memory.max");
    }

    @Test
    void modelLargerThanTheDisk() {
        ENDPOINT.upload("huge.onnx", new byte[70 << 20]);

        assertRefused(ask("huge.onnx", ROW), 507, "MODEL_TOO_LARGE", "remora.disk.max");
    }

    @Test
    void storeThatIsAwayIsWaitedForUntilTheDeadline() {
        ENDPOINT.upload("patient.onnx", GOOD.onnx());
        ENDPOINT.upload("impatient.onnx", GOOD.onnx());
        onTheWay(new Fault.Reset(), Integer.MAX_VALUE);

        CompletableFuture<Reply> patient = send("patient.onnx", ROW, Map.of("remora-ttl-ms", "60000"));
        Reply impatient = ask("impatient.onnx", ROW, Map.of("remora-ttl-ms", "2000"));
        Reply warm = ask("good.onnx", ROW);

        assertRefused(impatient, 530, "STORE_UNAVAILABLE", "store");
        assertThat(warm.status()).as(warm.toString()).isEqualTo(200);
        assertThat(patient).isNotDone();
        onTheWay(new Fault.Pass(), 0);
        assertThat(Requester.await(patient).status()).isEqualTo(200);
    }

    private static void assertRefused(Reply reply, int status, String code, String... said) {
        assertThat(reply.status()).as(reply.toString()).isEqualTo(status);
        assertThat(reply.header("remora-status")).isEqualTo("error");
        assertThat(reply.header("remora-error-code")).isEqualTo(code);
        assertThat(reply.header("content-type")).isEqualTo("application/json");
        assertThat(reply.text()).contains("\"code\":\"" + code + "\"").containsPattern("\"remedy\":\"[^\"]{10,}");
        assertThat(List.of(said)).allSatisfy(words -> assertThat(reply.text()).contains(words));
    }

    /** Connections to the store that were open before are cut, so that it holds at once. */
    private static void onTheWay(Fault fault, int times) {
        wayToS3.set(fault, times);
        wayToS3.cut();
    }

    private static byte[] archiveWithLink(byte flag) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            TarArchiveEntry link = new TarArchiveEntry("model.onnx", flag);
            link.setLinkName("/etc/passwd");
            tar.putArchiveEntry(link);
            tar.closeArchiveEntry();
        }
        return bytes.toByteArray();
    }

    private static Reply ask(String model, String body) {
        return await(model, body, JSON);
    }

    /** As JSON, with a header more. */
    private static Reply ask(String model, String body, Map<String, String> header) {
        return Requester.await(send(model, body, header));
    }

    private static Reply await(String model, String body, Map<String, String> headers) {
        return Requester.await(ENDPOINT.requester().send(model, body.getBytes(StandardCharsets.UTF_8), headers));
    }

    private static CompletableFuture<Reply> send(String model, String body, Map<String, String> header) {
        Map<String, String> headers = new HashMap<>(JSON);
        headers.putAll(header);
        return ENDPOINT.requester().send(model, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    private static Reply ask(ProducerRecord<byte[], byte[]> sent, Map<String, byte[]> headers) {
        return Requester.await(ENDPOINT.requester().send(sent, headers));
    }

    private static ProducerRecord<byte[], byte[]> record(@Nullable String key, byte @Nullable [] value) {
        return new ProducerRecord<>(
                ENDPOINT.invocations(), key == null ? null : key.getBytes(StandardCharsets.UTF_8), value);
    }
}
