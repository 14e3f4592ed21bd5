package dev.remora.it.guarantee;

import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What the reply to a request must be. Immutable. */
sealed interface Expectation {
    /**
     * What is wrong with a reply.
     *
     * @param status of it
     * @param errorCode of it, empty when it is none
     * @param body of it
     * @return empty when nothing is wrong
     */
    Optional<String> fault(int status, String errorCode, String body);

    /** These numbers, but for the rounding of sums in another order. */
    record Values(List<Float> values) implements Expectation {
        private static final float TOLERANCE = 1e-3f;
        private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?");

        public Values {
            values = List.copyOf(values);
        }

        @Override
        public Optional<String> fault(int status, String errorCode, String body) {
            if (status != 200) {
                return Optional.of("expected " + values + ", got " + status + " " + errorCode + " " + body);
            }
            List<Float> actual = NUMBER.matcher(body)
                    .results()
                    .map(MatchResult::group)
                    .map(Float::valueOf)
                    .toList();
            return close(actual) ? Optional.empty() : Optional.of("expected " + values + ", got " + body);
        }

        private boolean close(List<Float> actual) {
            if (actual.size() != values.size()) {
                return false;
            }
            for (int i = 0; i < values.size(); i++) {
                float expected = values.get(i);
                if (Math.abs(actual.get(i) - expected) > TOLERANCE * (1 + Math.abs(expected))) {
                    return false;
                }
            }
            return true;
        }
    }

    /** This error. */
    record Failure(int status, String code) implements Expectation {
        @Override
        public Optional<String> fault(int actualStatus, String errorCode, String body) {
            return actualStatus == status && errorCode.equals(code)
                    ? Optional.empty()
                    : Optional.of(
                            "expected " + status + " " + code + ", got " + actualStatus + " " + errorCode + " " + body);
        }
    }
}
