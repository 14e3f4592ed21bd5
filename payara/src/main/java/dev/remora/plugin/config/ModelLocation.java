package dev.remora.plugin.config;

import java.util.regex.Pattern;

/**
 * Where the models lie. Immutable.
 *
 * @param bucket the bucket's name
 * @param prefix empty, or ends in a slash: what comes before a model's name in its key
 */
public record ModelLocation(String bucket, String prefix) {
    private static final String SCHEME = "s3://";
    private static final Pattern BUCKET = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]");
    private static final Pattern UNSAFE = Pattern.compile("(^|/)\\.{0,2}/|\\p{Cntrl}");

    static ModelLocation parse(String text) {
        var bare = text.strip();
        Kinds.require(bare.startsWith(SCHEME), "It must begin with " + SCHEME + ".");
        var rest = bare.substring(SCHEME.length());
        int slash = rest.indexOf('/');
        var bucket = slash < 0 ? rest : rest.substring(0, slash);
        Kinds.require(!bucket.isEmpty(), "The bucket is missing.");
        Kinds.require(BUCKET.matcher(bucket).matches(), "\"" + bucket + "\" is not the name of a bucket.");
        var prefix = slash < 0 ? "" : rest.substring(slash + 1);
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            prefix += "/";
        }
        Kinds.require(
                !UNSAFE.matcher(prefix).find(), "The prefix has an empty, a . or a .. part, or a control character.");
        return new ModelLocation(bucket, prefix);
    }

    @Override
    public String toString() {
        return SCHEME + bucket + "/" + prefix;
    }
}
