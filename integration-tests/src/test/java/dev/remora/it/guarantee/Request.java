package dev.remora.it.guarantee;

import java.util.Map;

/**
 * One request of the load. Immutable.
 *
 * @param number of it within the load, from 0
 * @param model that it asks
 * @param question that it asks
 * @param headers beside the request id and the content type
 */
record Request(int number, String model, Question question, Map<String, String> headers) {
    private static final String PREFIX = "g-";

    Request {
        headers = Map.copyOf(headers);
    }

    /** Its id on the wire. */
    String id() {
        return id(number);
    }

    static String id(int number) {
        return PREFIX + number;
    }

    /** The number behind an id, -1 when the id is none of ours. */
    static int number(String id) {
        try {
            return id.startsWith(PREFIX) ? Integer.parseInt(id.substring(PREFIX.length())) : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
