package dev.remora.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A request whose key or headers are malformed. Immutable.
 *
 * @param reply how to answer it, as far as that could be read
 * @param model the model that it names, or null when it names none that can be
 * @param error what is wrong with it
 */
public record RejectedRequest(ReplyContext reply, @Nullable ModelName model, RemoraException error)
        implements DecodedRequest {}
