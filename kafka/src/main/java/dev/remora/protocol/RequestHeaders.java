package dev.remora.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** The headers of one request, sorted by meaning in one pass. Confined to the thread that decodes. */
final class RequestHeaders {
    /** What one request may have us carry to its reply, names and values together. */
    static final int MAX_PASSED_BYTES = 16 * 1024;

    private static final String X_REQUEST_ID = "x-request-id";
    private static final MessageHeader[] MEANINGS = MessageHeader.values();
    private static final Map<String, Place> PLACES = places();

    private final @Nullable Header[] chosen = new Header[MEANINGS.length];
    private final int[] ranks = new int[MEANINGS.length];
    private final List<Header> passed = new ArrayList<>(4);
    private int passedBytes;

    /** Which meaning a name has, and how early it is looked for. */
    private record Place(MessageHeader meaning, int rank) {}

    private static Map<String, Place> places() {
        Map<String, Place> places = new HashMap<>();
        for (MessageHeader meaning : MEANINGS) {
            if (meaning.direction() != MessageHeader.Direction.REPLY) {
                for (String name : meaning.names()) {
                    Place place = new Place(meaning, meaning.names().indexOf(name));
                    places.put(name, place);
                    places.put(name.toLowerCase(Locale.ROOT), place);
                }
            }
        }
        return Map.copyOf(places);
    }

    static RequestHeaders read(Headers headers) {
        RequestHeaders read = new RequestHeaders();
        for (Header header : headers) {
            byte[] value = header.value();
            if (value != null) {
                read.take(header, value.length);
            }
        }
        return read;
    }

    private void take(Header header, int length) {
        String name = header.key();
        Place place = PLACES.get(name);
        if (place == null && hasUpperCase(name)) {
            place = PLACES.get(name.toLowerCase(Locale.ROOT));
        }
        if (place == null ? startsWithX(name) : place.meaning == MessageHeader.PASSED) {
            pass(header, length);
        } else if (place != null) {
            choose(header, place);
            if (name.equalsIgnoreCase(X_REQUEST_ID)) {
                pass(header, length);
            }
        }
    }

    private void choose(Header header, Place place) {
        int at = place.meaning.ordinal();
        if (chosen[at] == null || place.rank <= ranks[at]) {
            chosen[at] = header;
            ranks[at] = place.rank;
        }
    }

    private void pass(Header header, int length) {
        int bytes = header.key().length() + length;
        if (passedBytes + bytes <= MAX_PASSED_BYTES) {
            passed.add(header);
            passedBytes += bytes;
        }
    }

    private static boolean startsWithX(String name) {
        return name.length() > 2 && (name.charAt(0) == 'x' || name.charAt(0) == 'X') && name.charAt(1) == '-';
    }

    private static boolean hasUpperCase(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                return true;
            }
        }
        return false;
    }

    /** The header with this meaning, whose value is there, or null. */
    @Nullable
    Header get(MessageHeader meaning) {
        return chosen[meaning.ordinal()];
    }

    /** What goes into the reply: the given correlation and request id in the sender's dialect, and what passes. */
    List<Header> echoed(@Nullable Header correlation, @Nullable Header requestId) {
        if (correlation != null) {
            passed.add(correlation);
        }
        if (requestId != null
                && !requestId.key().equalsIgnoreCase(X_REQUEST_ID)
                && !requestId.key().equals(MessageHeader.REQUEST_ID.headerName())) {
            passed.add(requestId);
        }
        return passed;
    }
}
