package dev.remora.bench;

/** This cannot be measured here; the message says what is wanting. */
final class SkippedException extends Exception {
    private static final long serialVersionUID = 1;

    SkippedException(String message) {
        super(message);
    }
}
