package dev.remora.protocol;

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
        int segmentStart = 0;
        int bytes = 0;
        for (int i = 0; i <= value.length(); i++) {
            char c = i < value.length() ? value.charAt(i) : '/';
            if (c == '/') {
                checkSegment(value, segmentStart, i);
                segmentStart = i + 1;
            }
            bytes += bytes(value, i, c);
        }
        if (bytes - 1 > MAX_BYTES) {
            throw invalid("has " + (bytes - 1) + " bytes, more than " + MAX_BYTES);
        }
    }

    private static void checkSegment(String value, int start, int end) {
        int length = end - start;
        boolean dots = value.startsWith(".", start) && (length == 1 || length == 2 && value.startsWith("..", start));
        if (length == 0 || dots) {
            throw invalid(value.isEmpty() ? "is empty" : "has an empty, '.' or '..' segment");
        }
    }

    /** What one char adds to the name's length in UTF-8: half a surrogate pair two of the pair's four bytes. */
    private static int bytes(String value, int at, char c) {
        if (Character.isISOControl(c) || c == '\\' || c == '\uFFFD') {
            throw invalid("has a control character, a backslash or bytes that are not UTF-8");
        }
        if (Character.isSurrogate(c)) {
            boolean paired = Character.isHighSurrogate(c)
                    ? at + 1 < value.length() && Character.isLowSurrogate(value.charAt(at + 1))
                    : at > 0 && Character.isHighSurrogate(value.charAt(at - 1));
            if (!paired) {
                throw invalid("has half a surrogate pair");
            }
            return 2;
        }
        return c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
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
