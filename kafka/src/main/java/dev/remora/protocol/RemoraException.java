package dev.remora.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The one exception that crosses packages: what failed, as the sender will read it. Carries no stack trace unless the
 * fault is ours ({@link ErrorCode#INTERNAL}). Immutable.
 */
public final class RemoraException extends RuntimeException {
    private final ErrorCode code;
    private final String remedy;

    /** A failure whose remedy is the code's own. */
    public RemoraException(ErrorCode code, String message) {
        this(code, message, code.remedy(), null);
    }

    /** A failure with a remedy that fits the case better than the code's own. */
    public RemoraException(ErrorCode code, String message, String remedy) {
        this(code, message, remedy, null);
    }

    /** A failure with what caused it. */
    public RemoraException(ErrorCode code, String message, String remedy, @Nullable Throwable cause) {
        super(message, cause, false, code == ErrorCode.INTERNAL);
        this.code = code;
        this.remedy = remedy;
    }

    /** What kind of failure it is. */
    public ErrorCode code() {
        return code;
    }

    /** What the reader can do about it. */
    public String remedy() {
        return remedy;
    }

    /** The message, which is never absent here. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
