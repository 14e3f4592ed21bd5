package dev.remora.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What a reply's headers say beside its body. Immutable.
 *
 * @param model the model, or null when the request named none that can be
 * @param version which version of it answered, or null when none did
 * @param tier where the model was when its record was polled, or null when that was not looked up
 * @param timing what the time went into
 * @param instance which instance answered
 * @param batch how many requests ran in the same call, or 0 when none ran
 */
public record ReplyHead(
        @Nullable ModelName model,
        @Nullable String version,
        @Nullable Tier tier,
        Timing timing,
        String instance,
        int batch) {

    /** Of a request that was refused before anything else was known of it. */
    public static ReplyHead of(String instance) {
        return of(null, instance);
    }

    /** Of a request that was refused when no more was known of it than its model, or not even that. */
    public static ReplyHead of(@Nullable ModelName model, String instance) {
        return new ReplyHead(model, null, null, Timing.NONE, instance, 0);
    }
}
