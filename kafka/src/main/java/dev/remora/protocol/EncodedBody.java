package dev.remora.protocol;

/**
 * A reply body ready to send. Immutable as long as nobody writes to the bytes.
 *
 * @param contentType of the bytes
 * @param headerLength bytes of the JSON before the raw tensors (V2 binary extension), or -1
 * @param bytes the body
 */
@SuppressWarnings("ArrayRecordComponent") // made once, handed to the producer
public record EncodedBody(String contentType, int headerLength, byte[] bytes) {}
