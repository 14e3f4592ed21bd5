package dev.remora.it.guarantee;

import java.nio.charset.StandardCharsets;

/**
 * What is asked of a model, and what it must answer. Immutable as long as nobody writes to the body.
 *
 * @param body of the request
 * @param contentType of the body
 * @param expected in the reply
 */
@SuppressWarnings("ArrayRecordComponent") // the record's own value
record Question(byte[] body, String contentType, Expectation expected) {
    static Question json(String body, Expectation expected) {
        return new Question(body.getBytes(StandardCharsets.UTF_8), "application/json", expected);
    }

    static Question csv(String body, Expectation expected) {
        return new Question(body.getBytes(StandardCharsets.UTF_8), "text/csv", expected);
    }

    /** One row of numbers, in the form that the number chooses. */
    static Question row(float[] row, int form, Expectation expected) {
        StringBuilder numbers = new StringBuilder();
        for (float value : row) {
            numbers.append(numbers.isEmpty() ? "" : ",").append(value);
        }
        return form % 2 == 0
                ? json("{\"instances\":[[" + numbers + "]]}", expected)
                : csv(numbers.toString(), expected);
    }
}
