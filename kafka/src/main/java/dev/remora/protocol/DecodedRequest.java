package dev.remora.protocol;

/** A request record after its headers were read: to be served, or to be answered with an error at once. Immutable. */
public sealed interface DecodedRequest permits Invocation, RejectedRequest {
    /** How to answer it. */
    ReplyContext reply();
}
