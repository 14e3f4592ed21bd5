package dev.remora.protocol;

import java.nio.charset.StandardCharsets;

/**
 * A model's name: the key of its object relative to {@code remora.models.location}, such as {@code acme/churn.onnx}. It
 * can name nothing outside that prefix. Immutable.
 *
 * @param value 1 to 1,024 bytes of UTF-8; no empty, {@code .} or {@code ..} segment, no leading slash, no backslash, no
 *     control character
 */
public record ModelName(String value) {
    /** The longest key that S3 stores, in bytes. */
    public static final int MAX_BYTES = 1024;

    /**
     * Checks the name.
     *
     * @throws RemoraException {@link ErrorCode#BAD_REQUEST}, saying which rule it breaks
     */
    public ModelName {
        if (value.isEmpty()) {
            throw invalid("is empty");
        }
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_BYTES) {
            throw invalid("has " + bytes + " bytes, more than " + MAX_BYTES);
        }
        if (value.chars().anyMatch(c -> Character.isISOControl(c) || c == '\\' || c == '\uFFFD')) {
            throw invalid("has a control character, a backslash or bytes that are not UTF-8");
        }
        for (String segment : value.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                throw invalid("has an empty, '.' or '..' segment");
            }
        }
    }

    private static RemoraException invalid(String what) {
        return new RemoraException(
                ErrorCode.BAD_REQUEST,
                "The model name " + what + ".",
                "Name the model by its object's key below remora.models.location, such as acme/churn.onnx.");
    }

    /** The name itself. */
    @Override
    public String toString() {
        return value;
    }
}
