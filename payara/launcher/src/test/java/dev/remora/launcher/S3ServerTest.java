package dev.remora.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

class S3ServerTest {
    private final Path folder;

    private S3Server server;

    S3ServerTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        server = S3Server.start(folder);
        server.createBucket("models");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void givesEachVersionOfAnObjectItsOwnETag() {
        String first = server.put("models", "a/b.onnx", bytes("one"));
        String second = server.put("models", "a/b.onnx", bytes("two"));

        assertThat(first).isNotEmpty().isNotEqualTo(second);
        assertThat(read("a/b.onnx")).isEqualTo("two");
        assertThat(server.client()
                        .headObject(h -> h.bucket("models").key("a/b.onnx"))
                        .eTag())
                .isEqualTo("\"" + second + "\"");
    }

    @Test
    void countsWhatIsReadOfEachObject() {
        server.put("models", "x", bytes("some"));
        server.put("models", "y", bytes("other"));

        read("x");
        read("x");
        server.client().headObject(h -> h.bucket("models").key("y"));

        assertThat(server.traffic().gets("models/x")).isEqualTo(2);
        assertThat(server.traffic().gets("models/y")).isZero();
        assertThat(server.traffic().heads("models/y")).isEqualTo(1);
        assertThat(server.traffic().getsBelow("models/")).isEqualTo(2);
    }

    @Test
    void countsNoReadWhereNoBytesWereGiven() {
        String etag = server.put("models", "x", bytes("some"));

        assertThatThrownBy(() -> server.client()
                        .getObjectAsBytes(g -> g.bucket("models").key("x").ifNoneMatch("\"" + etag + "\"")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(304));
        assertThatThrownBy(() -> read("missing")).isInstanceOf(NoSuchKeyException.class);

        assertThat(server.traffic().getsBelow("models/")).isZero();
    }

    @Test
    void refusesWhatItIsToldToRefuse() {
        server.put("models", "x", bytes("some"));

        server.traffic().refuse("models/x");

        assertThatThrownBy(() -> read("x"))
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("AccessDenied"));
        server.traffic().allow("models/x");
        assertThat(read("x")).isEqualTo("some");
    }

    @Test
    void forgetsADeletedObject() {
        server.put("models", "x", bytes("some"));

        server.delete("models", "x");

        assertThatThrownBy(() -> read("x")).isInstanceOf(NoSuchKeyException.class);
    }

    @Test
    void keepsItsObjectsThroughARestart() throws IOException {
        String etag = server.put("models", "x", bytes("some"));
        server.close();

        server = S3Server.start(folder);

        assertThat(server.client().headObject(h -> h.bucket("models").key("x")).eTag())
                .contains(etag);
    }

    @Test
    void takesAnotherPortWhenTheWantedOneIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0);
                S3Server other = S3Server.start(folder, taken.getLocalPort(), server.keys())) {
            assertThat(other.port()).isNotEqualTo(taken.getLocalPort());
        }
    }

    @Test
    void refusesAWrongSecret() {
        try (S3Client stranger = S3Client.builder()
                .endpointOverride(server.endpoint())
                .region(Region.of(S3Server.REGION))
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(server.keys().access(), "wrong")))
                .build()) {
            assertThatThrownBy(stranger::listBuckets)
                    .isInstanceOfSatisfying(
                            S3Exception.class,
                            e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("SignatureDoesNotMatch"));
        }
    }

    private String read(String key) {
        return server.client()
                .getObjectAsBytes(
                        GetObjectRequest.builder().bucket("models").key(key).build())
                .asUtf8String();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
