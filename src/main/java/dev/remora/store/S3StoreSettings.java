package dev.remora.store;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where the models lie and how to reach them. Immutable.
 *
 * @param bucket the bucket's name
 * @param prefix what comes before each model's name in its key: empty, or ending in {@code /}
 * @param endpoint of a store that is not AWS, or null
 * @param region to sign for; null means {@code us-east-1} where an endpoint is set, else what the SDK finds
 * @param pathStyle whether the bucket stands in the path instead of the host name
 * @param credentials {@code auto}, or the name of a profile
 */
public record S3StoreSettings(
        String bucket,
        String prefix,
        @Nullable URI endpoint,
        @Nullable String region,
        boolean pathStyle,
        String credentials) {
    /** The value of {@link #credentials} that means the SDK's own search. */
    public static final String AUTO = "auto";

    /** Checks what can be checked without the network. */
    public S3StoreSettings {
        if (bucket.isEmpty()) {
            throw new IllegalArgumentException("The bucket's name is empty.");
        }
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            throw new IllegalArgumentException("The prefix must be empty or end in '/', but is " + prefix);
        }
        if (prefix.startsWith("/")) {
            throw new IllegalArgumentException("The prefix must not begin with '/', but is " + prefix);
        }
    }

    /** The bucket and prefix as people write them. */
    String location() {
        return "s3://" + bucket + "/" + prefix;
    }

    /** The server as people name it. */
    String server() {
        return endpoint == null ? "AWS" : endpoint.toString();
    }
}
