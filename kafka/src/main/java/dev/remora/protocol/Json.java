package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;

/** How all JSON is parsed and written here. Thread-safe. */
final class Json {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_NAME_CHARS = 4_096;
    private static final int MAX_NUMBER_CHARS = 400;
    private static final int MAX_SHOWN_CHARS = 200;

    /**
     * Hostile input is bounded by depth and by the body's own length: strings may be as long as that. Names are not
     * interned, since senders choose them. NaN and Infinity are read because Python writes them so.
     */
    static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(MAX_NAME_CHARS)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .build())
            .build();

    private Json() {}

    static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    /** What a sender is told of JSON that cannot be parsed. */
    static RemoraException broken(IOException cause) {
        String message = String.valueOf(cause.getMessage());
        String where = "";
        if (cause instanceof JsonProcessingException parsing) {
            message = String.valueOf(parsing.getOriginalMessage());
            where = parsing.getLocation() == null
                    ? ""
                    : " at line " + parsing.getLocation().getLineNr() + ", column "
                            + parsing.getLocation().getColumnNr();
        }
        if (message.length() > MAX_SHOWN_CHARS) {
            message = message.substring(0, MAX_SHOWN_CHARS) + "...";
        }
        return new RemoraException(ErrorCode.BAD_REQUEST, "The JSON is broken" + where + ": " + message);
    }
}
