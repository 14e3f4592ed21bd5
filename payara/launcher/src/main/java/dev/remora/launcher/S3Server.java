package dev.remora.launcher;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * An S3 server in this process, on the loopback address: checks signatures (V4), keeps buckets as folders and objects as
 * files. Thread-safe. Objects come in through S3 alone: a file laid into the folder by hand has no ETag.
 */
public final class S3Server implements AutoCloseable {
    private static final int ATTEMPTS = 4;

    /** The region that it is asked as. */
    public static final String REGION = "us-east-1";

    private final S3Proxy proxy;
    private final CountingBlobStore store;
    private final S3Client client;
    private final Keys keys;

    private S3Server(S3Proxy proxy, CountingBlobStore store, Keys keys) {
        this.proxy = proxy;
        this.store = store;
        this.keys = keys;
        this.client = S3Client.builder()
                .endpointOverride(endpoint())
                .region(Region.of(REGION))
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(keys.access(), keys.secret())))
                .build();
    }

    /** Starts a server on any port with keys of its own; blocks until it serves. */
    public static S3Server start(Path folder) throws IOException {
        return start(folder, 0, new Keys("remora", "remora-secret"));
    }

    /**
     * Starts a server; blocks until it serves.
     *
     * @param folder holds one folder a bucket
     * @param wantedPort 0 for any; another one is taken when it is in use
     */
    public static S3Server start(Path folder, int wantedPort, Keys keys) throws IOException {
        Files.createDirectories(folder);
        Properties properties = new Properties();
        properties.setProperty("jclouds.filesystem.basedir", folder.toString());
        properties.setProperty("jclouds.identity", keys.access());
        properties.setProperty("jclouds.credential", keys.secret());
        CountingBlobStore store = new CountingBlobStore(BlobStores.create("filesystem-nio2", properties));
        Exception last = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            S3Proxy proxy = S3Proxy.builder()
                    .blobStore(store)
                    .endpoint(URI.create("http://127.0.0.1:" + Ports.freeOr(wantedPort)))
                    .awsAuthentication(AuthenticationType.AWS_V4, keys.access(), keys.secret())
                    .build();
            try {
                proxy.start();
                return new S3Server(proxy, store, keys);
            } catch (Exception e) {
                last = e;
            }
        }
        throw new IOException("The S3 server does not start in " + folder + ": " + last, last);
    }

    /** Its address, to be used with path style. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port());
    }

    /** Its port. */
    public int port() {
        return proxy.getPort();
    }

    /** The only keys that it accepts. */
    public Keys keys() {
        return keys;
    }

    /** A client of it with its keys; closed with the server. */
    public S3Client client() {
        return client;
    }

    /** What was asked of it, and what it is to refuse. */
    public S3Traffic traffic() {
        return store.traffic();
    }

    /** Makes a bucket where there is none yet. */
    public void createBucket(String bucket) {
        if (client.listBuckets().buckets().stream().noneMatch(b -> b.name().equals(bucket))) {
            client.createBucket(b -> b.bucket(bucket));
        }
    }

    /** Uploads an object, over an older one too; returns its ETag without quotes. */
    public String put(String bucket, String key, byte[] bytes) {
        return put(bucket, key, RequestBody.fromBytes(bytes));
    }

    /** Uploads a file; returns its ETag without quotes. */
    public String put(String bucket, String key, Path file) {
        return put(bucket, key, RequestBody.fromFile(file));
    }

    /** Deletes an object, if it is there. */
    public void delete(String bucket, String key) {
        client.deleteObject(d -> d.bucket(bucket).key(key));
    }

    /** Stops it. */
    @Override
    public void close() throws IOException {
        client.close();
        try {
            proxy.stop();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("The S3 server does not stop", e);
        }
    }

    private String put(String bucket, String key, RequestBody body) {
        return client.putObject(p -> p.bucket(bucket).key(key), body).eTag().replace("\"", "");
    }

    /** An access key and its secret. */
    public record Keys(String access, String secret) {
        /** Without the secret. */
        @Override
        public String toString() {
            return access;
        }
    }
}
