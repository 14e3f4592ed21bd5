package dev.remora.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A well-formed request: its headers read, its body still as it came. Immutable as long as nobody writes to the body.
 *
 * @param model the model it is for
 * @param reply how to answer it
 * @param deadlineMillis epoch milliseconds after which it is not worth answering with a result
 * @param priority 1 (highest) to 9
 * @param forwarded whether another instance left it to whoever reads it: it is not forwarded again
 * @param body content type, accepted types and bytes
 */
public record Invocation(
        ModelName model, ReplyContext reply, long deadlineMillis, int priority, boolean forwarded, Body body)
        implements DecodedRequest {

    /**
     * The body as it came.
     *
     * @param contentType the header as sent, or null
     * @param accept the header as sent, or null
     * @param headerLength bytes of the JSON before the raw tensors (V2 binary extension), or -1
     * @param bytes the record's value, not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // the record's own value: never copied, never written
    public record Body(
            @Nullable String contentType, @Nullable String accept, int headerLength, byte[] bytes) {}
}
