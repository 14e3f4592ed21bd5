package dev.remora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

class S3ModelStoreTest {
    private static final ModelName MODEL = new ModelName("acme/a b.onnx");
    private static final byte[] BYTES = "the model's bytes".getBytes(StandardCharsets.UTF_8);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private HttpServer server;
    private S3ModelStore store;
    private final AtomicInteger gets = new AtomicInteger();

    /** What the server says to GET, to HEAD and to a listing. */
    private volatile Answer get = object(BYTES, Map.of("ETag", "\"" + md5(BYTES) + "\""));

    private volatile Answer head = get;
    private volatile Answer list = error(200, null);

    @FunctionalInterface
    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        store = connect(StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIDEXAMPLE", "secret")));
    }

    private S3ModelStore connect(AwsCredentialsProvider credentials) {
        return S3ModelStore.connect(settings(S3StoreSettings.AUTO), credentials);
    }

    @AfterEach
    void stop() {
        store.close();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            if (exchange.getRequestMethod().equals("HEAD")) {
                head.to(exchange);
            } else if (path.equals("/models") || path.equals("/models/")) {
                list.to(exchange);
            } else {
                gets.incrementAndGet();
                assertThat(path).startsWith("/models/live/");
                get.to(exchange);
            }
        }
    }

    private static Answer object(byte[] bytes, Map<String, String> headers) {
        return exchange -> {
            headers.forEach(exchange.getResponseHeaders()::set);
            String asked = exchange.getRequestHeaders().getFirst("If-None-Match");
            if (asked != null && asked.equals(headers.get("ETag"))) {
                exchange.sendResponseHeaders(304, -1);
                return;
            }
            boolean body = exchange.getRequestMethod().equals("GET");
            if (body) {
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            } else {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
                exchange.sendResponseHeaders(200, -1);
            }
        };
    }

    private static Answer error(int status, @Nullable String code) {
        return exchange -> {
            String xml = code == null
                    ? "<ListBucketResult/>"
                    : "<Error><Code>" + code + "</Code><Message>said so</Message></Error>";
            byte[] body = xml.getBytes(StandardCharsets.UTF_8);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.getResponseHeaders().set("Content-Type", "application/xml");
            exchange.sendResponseHeaders(status, head ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        };
    }

    private static byte[] digest(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String md5(byte[] bytes) {
        return HexFormat.of().formatHex(digest("MD5", bytes));
    }

    private byte[] fetch() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Download download = store.open(MODEL, null).orElseThrow()) {
            download.writeTo(out);
            assertThat(download.bytes()).isEqualTo(out.size());
        }
        return out.toByteArray();
    }

    private RemoraException failure() {
        return catchThrowableOfType(RemoraException.class, this::fetch);
    }

    @Test
    void oneGetBringsVersionSizeAndBytes() throws IOException {
        assertThat(fetch()).isEqualTo(BYTES);
        assertThat(gets).hasValue(1);
    }

    @Test
    void aVersionIsTheTagWithoutQuotesOrElseMomentAndSize() throws IOException {
        assertThat(store.currentVersion(MODEL)).isEqualTo(md5(BYTES));

        head = object(BYTES, Map.of("Last-Modified", "Sun, 22 Nov 2026 10:00:00 GMT"));
        get = head;
        String version = store.currentVersion(MODEL);

        assertThat(version).isEqualTo("1795341600000-" + BYTES.length);
        assertThat(fetch()).isEqualTo(BYTES);
        assertThat(store.open(MODEL, version)).isEmpty();
    }

    @Test
    void theVersionThatIsKnownIsNotSentAgain() {
        assertThat(store.open(MODEL, md5(BYTES))).isEmpty();
        store.open(MODEL, "another").orElseThrow().close();
    }

    @ParameterizedTest
    @CsvSource({
        "404, NoSuchKey, MODEL_NOT_FOUND, false",
        "403, AccessDenied, MODEL_NOT_FOUND, false",
        "404, NoSuchBucket, STORE_UNAVAILABLE, true",
        "403, InvalidAccessKeyId, STORE_UNAVAILABLE, true",
        "403, SignatureDoesNotMatch, STORE_UNAVAILABLE, true",
        "400, ExpiredToken, STORE_UNAVAILABLE, true",
        "301, PermanentRedirect, STORE_UNAVAILABLE, true",
        "500, InternalError, STORE_UNAVAILABLE, false",
        "503, SlowDown, STORE_UNAVAILABLE, false",
        "429, TooManyRequests, STORE_UNAVAILABLE, false"
    })
    void eachAnswerHasItsMeaning(int status, String code, ErrorCode meaning, boolean refused) {
        get = error(status, code);

        RemoraException failure = failure();

        assertThat(failure.code()).isEqualTo(meaning);
        assertThat(failure.getCause() instanceof StoreRefusedException).isEqualTo(refused);
        assertThat(failure.remedy()).isNotEmpty();
    }

    @Test
    void aDeniedModelComesWithTheRemedyOfListBucket() {
        get = error(403, "AccessDenied");

        assertThat(failure().remedy()).contains("s3:ListBucket");
    }

    @Test
    void aHeadThatSaysTooLittleIsAskedAgainAsAGet() {
        head = error(403, "ignored");
        get = error(403, "InvalidAccessKeyId");
        assertThatThrownBy(() -> store.currentVersion(MODEL))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.getCause()).isInstanceOf(StoreRefusedException.class));

        head = error(404, "ignored");
        get = error(404, "NoSuchKey");
        assertThatThrownBy(() -> store.currentVersion(MODEL))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND));
    }

    @Test
    void aFlippedByteIsNoticedByTheTag() {
        byte[] flipped = BYTES.clone();
        flipped[3] ^= 1;
        get = object(flipped, Map.of("ETag", "\"" + md5(BYTES) + "\""));

        assertThat(failure()).hasMessageContaining("MD5");
        assertThat(failure().code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    }

    @Test
    void aLargeObjectIsCountedWhileItComes() throws IOException {
        byte[] large = new byte[4 << 18];
        new Random(1).nextBytes(large);
        get = object(large, Map.of("ETag", "\"" + md5(large) + "\""));

        assertThat(fetch()).isEqualTo(large);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sha256", "sha1", "crc32", "crc32c"})
    void aFlippedByteIsNoticedByTheObjectsOwnChecksum(String kind) {
        String sum = Base64.getEncoder()
                .encodeToString(
                        switch (kind) {
                            case "sha256" -> digest("SHA-256", new byte[1]);
                            case "sha1" -> digest("SHA-1", new byte[1]);
                            default -> new byte[] {1, 2, 3, 4};
                        });
        get = object(BYTES, Map.of("ETag", "\"x-2\"", "x-amz-checksum-" + kind, sum));

        assertThat(failure().code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    }

    @Test
    void theObjectsOwnChecksumIsEnough() throws IOException {
        String sum = Base64.getEncoder().encodeToString(digest("SHA-256", BYTES));
        get = object(BYTES, Map.of("ETag", "\"x-2\"", "x-amz-checksum-sha256", sum));

        assertThat(fetch()).isEqualTo(BYTES);
    }

    @Test
    void aChecksumThatNobodyHereCanCountIsNoObstacle() throws IOException {
        get = object(BYTES, Map.of("ETag", "\"" + md5(BYTES) + "\"", "x-amz-checksum-crc64nvme", "AAAAAAAAAAA="));

        assertThat(fetch()).isEqualTo(BYTES);
    }

    @Test
    void anEncryptedObjectsTagIsNoChecksum() throws IOException {
        get = object(BYTES, Map.of("ETag", "\"" + md5(new byte[1]) + "\"", "x-amz-server-side-encryption", "aws:kms"));

        assertThat(fetch()).isEqualTo(BYTES);
    }

    @Test
    void aTruncatedBodyIsAFailedAttempt() {
        get = exchange -> {
            exchange.getResponseHeaders().set("ETag", "\"x\"");
            exchange.sendResponseHeaders(200, BYTES.length);
            exchange.getResponseBody().write(BYTES, 0, 5);
            exchange.getResponseBody().flush();
        };

        RemoraException failure = failure();

        assertThat(failure.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(failure.getCause()).isNotInstanceOf(StoreRefusedException.class);
    }

    @Test
    void nobodyListeningIsAnOutageAndNoRefusal() {
        server.stop(0);

        RemoraException failure = failure();

        assertThat(failure.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(failure.getCause()).isNotInstanceOf(StoreRefusedException.class);
    }

    @ParameterizedTest
    @CsvSource({"HEAD", "GET"})
    void aStoreThatNeverAnswersHoldsUpNoComparisonForLong(String silent) throws InterruptedException {
        CountDownLatch tested = new CountDownLatch(1);
        Answer silence = exchange -> awaitUnchecked(tested);
        head = silent.equals("HEAD") ? silence : error(404, "ignored");
        get = silence;

        long began = System.nanoTime();
        RemoraException failure = catchThrowableOfType(RemoraException.class, () -> store.currentVersion(MODEL));
        long millis = (System.nanoTime() - began) / 1_000_000;
        tested.countDown();

        assertThat(failure.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(failure.getCause()).isNotInstanceOf(StoreRefusedException.class);
        assertThat(millis).isLessThan(8_000);
        assertThat(Thread.interrupted()).isFalse();
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void missingCredentialsAreARefusal() {
        store = connect(() -> {
            throw SdkClientException.create("Unable to load credentials from any of the providers in the chain");
        });

        assertThat(failure().getCause()).isInstanceOf(StoreRefusedException.class);
        assertThatThrownBy(() -> store.check()).hasMessageContaining("without credentials");
    }

    private S3StoreSettings settings(String credentials) {
        URI endpoint = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        return new S3StoreSettings("models", "live/", endpoint, null, true, credentials);
    }

    @Test
    void aProfileThatIsNotThereIsARefusal() {
        store = S3ModelStore.connect(settings("remora-no-such-profile"));

        assertThat(failure().getCause()).isInstanceOf(StoreRefusedException.class);
    }

    @Test
    void findsCredentialsByItself() throws IOException {
        System.setProperty("aws.accessKeyId", "AKIDPROPERTY");
        System.setProperty("aws.secretAccessKey", "secret");
        try {
            store = S3ModelStore.connect(settings(S3StoreSettings.AUTO));

            assertThat(fetch()).isEqualTo(BYTES);
        } finally {
            System.clearProperty("aws.accessKeyId");
            System.clearProperty("aws.secretAccessKey");
        }
    }

    @Test
    void theCheckNamesBucketServerAndKeyButNotTheWholeKey() {
        list = error(404, "NoSuchBucket");

        assertThatThrownBy(() -> store.check())
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.remedy()).contains("models"))
                .hasMessageContaining("s3://models/live/")
                .hasMessageContaining("127.0.0.1")
                .hasMessageContaining("AKID***")
                .hasMessageNotContaining("AKIDEXAMPLE");
    }

    @Test
    void theCheckIsContentWithTheRightToRead() {
        list = error(403, "AccessDenied");
        get = error(403, "AccessDenied");
        store.check();

        get = error(403, "SignatureDoesNotMatch");
        assertThatThrownBy(() -> store.check()).isInstanceOf(RemoraException.class);
    }

    @Test
    void theCheckPassesWhereListingWorks() {
        store.check();

        assertThat(gets).hasValue(0);
    }
}
