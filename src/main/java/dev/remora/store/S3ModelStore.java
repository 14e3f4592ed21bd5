package dev.remora.store;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Models in an S3 bucket, below one prefix. Thread-safe; every call blocks on the network.
 *
 * <p>One GET tells a model's version and size and brings its bytes; each object comes as one stream. What failed is told
 * apart as {@link ModelStore#open} says.
 */
public final class S3ModelStore implements ModelStore {
    private static final Logger log = LoggerFactory.getLogger(S3ModelStore.class);
    private static final int NOT_MODIFIED = 304;
    /** All attempts together: models that are in memory may wait for the answer. */
    private static final Duration COMPARISON = Duration.ofMillis(2500);

    private static final String PROBE = ".remora-probe";

    private final S3StoreSettings settings;
    private final AwsCredentialsProvider credentials;
    private final S3Client client;
    private final S3Failures failures;

    private S3ModelStore(S3StoreSettings settings, AwsCredentialsProvider credentials, S3Client client) {
        this.settings = settings;
        this.credentials = credentials;
        this.client = client;
        this.failures = new S3Failures(settings);
    }

    /**
     * Makes the client; calls nobody yet.
     *
     * @throws RemoraException {@link ErrorCode#STORE_UNAVAILABLE} when there is no region to sign for
     */
    public static S3ModelStore connect(S3StoreSettings settings) {
        return connect(settings, S3Connection.credentials(settings));
    }

    static S3ModelStore connect(S3StoreSettings settings, AwsCredentialsProvider credentials) {
        return new S3ModelStore(settings, credentials, S3Connection.open(settings, credentials));
    }

    @Override
    public Optional<Download> open(ModelName model, @Nullable String knownVersion) {
        GetObjectRequest.Builder request = get(model);
        if (knownVersion != null) {
            request.ifNoneMatch(quoted(knownVersion));
        }
        return open(model, knownVersion, request);
    }

    private GetObjectRequest.Builder get(ModelName model) {
        return GetObjectRequest.builder()
                .bucket(settings.bucket())
                .key(key(model))
                .checksumMode(ChecksumMode.ENABLED);
    }

    private Optional<Download> open(ModelName model, @Nullable String knownVersion, GetObjectRequest.Builder request) {
        try {
            return changed(model, knownVersion, client.getObject(request.build()));
        } catch (S3Exception e) {
            if (e.statusCode() == NOT_MODIFIED) {
                return Optional.empty();
            }
            throw failures.of(model, e);
        } catch (SdkException e) {
            throw failures.of(model, e);
        }
    }

    /** A store that gives no ETag, or ignores the condition, sends the object anew: then we compare. */
    private static Optional<Download> changed(
            ModelName model, @Nullable String knownVersion, ResponseInputStream<GetObjectResponse> stream) {
        GetObjectResponse object = stream.response();
        if (object.contentLength() == null) {
            stream.abort();
            throw new RemoraException(
                    ErrorCode.STORE_UNAVAILABLE,
                    "The store did not say how long " + model + " is.",
                    "Use a store, or a proxy before it, that sends Content-Length.");
        }
        S3Download download =
                new S3Download(model, version(object.eTag(), object.lastModified(), object.contentLength()), stream);
        if (download.version().equals(knownVersion)) {
            download.close();
            return Optional.empty();
        }
        if (!Integrity.of(object).known()) {
            log.debug("The store gives no checksum of {}: only its length is checked", model);
        }
        return Optional.of(download);
    }

    @Override
    public String currentVersion(ModelName model) {
        try {
            HeadObjectResponse head = client.headObject(request ->
                    request.bucket(settings.bucket()).key(key(model)).overrideConfiguration(S3ModelStore::bounded));
            return version(head.eTag(), head.lastModified(), head.contentLength());
        } catch (S3Exception e) {
            if (e.statusCode() >= 500) {
                throw failures.of(e);
            }
            return versionByGet(model);
        } catch (SdkException e) {
            throw failures.of(e);
        }
    }

    /** The answer to a HEAD has no body that would say which 403 or 404 it is; the answer to a GET has. */
    private String versionByGet(ModelName model) {
        GetObjectRequest.Builder request = get(model).overrideConfiguration(S3ModelStore::bounded);
        try (Download download = open(model, null, request).orElseThrow()) {
            return download.version();
        }
    }

    private static void bounded(AwsRequestOverrideConfiguration.Builder override) {
        override.apiCallTimeout(COMPARISON);
    }

    @Override
    public void check() {
        try {
            client.listObjectsV2(request ->
                    request.bucket(settings.bucket()).prefix(settings.prefix()).maxKeys(1));
        } catch (SdkException e) {
            if ("AccessDenied".equals(S3Failures.code(e))) {
                checkByGet();
            } else {
                throw named(failures.of(e));
            }
        }
    }

    /** Without s3:ListBucket a GET must do: of a missing object it says AccessDenied, and so it is no refusal. */
    private void checkByGet() {
        try {
            open(new ModelName(PROBE), null).ifPresent(Download::close);
        } catch (RemoraException e) {
            if (e.code() != ErrorCode.MODEL_NOT_FOUND) {
                throw named(e);
            }
        }
    }

    private RemoraException named(RemoraException failure) {
        return new RemoraException(
                failure.code(), failure.getMessage() + " " + identity(), failure.remedy(), failure.getCause());
    }

    private String identity() {
        try {
            String id = credentials.resolveCredentials().accessKeyId();
            return "Asked with the key id " + id.substring(0, Math.min(4, id.length() / 2)) + "***.";
        } catch (SdkException e) {
            return "Asked without credentials.";
        }
    }

    private String key(ModelName model) {
        return settings.prefix() + model.value();
    }

    private static String version(@Nullable String eTag, @Nullable Instant modified, @Nullable Long bytes) {
        if (eTag == null || eTag.isEmpty()) {
            return (modified == null ? 0 : modified.toEpochMilli()) + "-" + bytes;
        }
        boolean strong = eTag.length() > 2 && eTag.startsWith("\"") && eTag.endsWith("\"");
        return strong ? eTag.substring(1, eTag.length() - 1) : eTag;
    }

    private static String quoted(String version) {
        return version.startsWith("W/") ? version : "\"" + version + "\"";
    }

    @Override
    public void close() {
        client.close();
        if (credentials instanceof AutoCloseable closeable) {
            close(closeable);
        }
    }

    private static void close(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            log.debug("Closing the credentials failed", e);
        }
    }
}
