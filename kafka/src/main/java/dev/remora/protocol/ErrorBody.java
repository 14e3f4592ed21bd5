package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** The value of an error reply: JSON with {@code code}, {@code message} and {@code remedy}. Thread-safe. */
public final class ErrorBody {
    /** Always JSON, whatever the request accepts. */
    public static final String CONTENT_TYPE = "application/json";

    private static final int MAX_CHARS = 4_000;

    private ErrorBody() {}

    static byte[] write(RemoraException error) {
        ByteArrayBuilder out = new ByteArrayBuilder(256);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("code", error.code().name());
            json.writeStringField("message", bounded(error.getMessage()));
            json.writeStringField("remedy", bounded(error.remedy()));
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return out.toByteArray();
    }

    private static String bounded(String text) {
        return text.length() <= MAX_CHARS ? text : text.substring(0, MAX_CHARS) + "...";
    }

    /**
     * Reads an error reply. What cannot be read is {@link ErrorCode#INTERNAL}, with the status header's code if there is
     * one.
     *
     * @param code from the header {@code remora-error-code}, or null
     */
    public static RemoraException read(byte @Nullable [] value, @Nullable String code) {
        String bodyCode = null;
        String message = null;
        String remedy = null;
        if (value != null) {
            try (JsonParser json = Json.FACTORY.createParser(value)) {
                json.nextToken();
                for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                    JsonToken token = json.nextToken();
                    String text = token == JsonToken.VALUE_STRING ? json.getText() : null;
                    switch (field) {
                        case "code" -> bodyCode = text;
                        case "message" -> message = text;
                        case "remedy" -> remedy = text;
                        default -> json.skipChildren();
                    }
                }
            } catch (IOException e) {
                message = message == null ? "The error reply cannot be read." : message;
            }
        }
        ErrorCode known = code(code != null ? code : bodyCode);
        return new RemoraException(
                known, message == null ? known.meaning() : message, remedy == null ? known.remedy() : remedy);
    }

    private static ErrorCode code(@Nullable String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return ErrorCode.INTERNAL;
    }
}
