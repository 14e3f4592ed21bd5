package dev.remora.protocol;

/**
 * A request whose key or headers are malformed. Immutable.
 *
 * @param reply how to answer it, as far as that could be read
 * @param error what is wrong with it
 */
public record RejectedRequest(ReplyContext reply, RemoraException error) implements DecodedRequest {}
