package dev.remora.protocol;

import java.util.List;
import org.apache.kafka.common.header.Header;

/**
 * What a reply needs of its request, whatever became of the request otherwise. Immutable.
 *
 * @param requestId names the request, and keys its reply
 * @param address where the reply goes
 * @param echoed headers given back as they came: correlation, request id in the sender's dialect, tracing, {@code x-*}
 */
public record ReplyContext(String requestId, ReplyAddress address, List<Header> echoed) {
    public ReplyContext {
        echoed = List.copyOf(echoed);
    }
}
