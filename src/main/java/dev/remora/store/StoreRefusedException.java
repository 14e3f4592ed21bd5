package dev.remora.store;

/** The store answered and said no: wrong credentials, no such bucket, no permission. Trying again does not help. */
public final class StoreRefusedException extends RuntimeException {
    /** What the store said. */
    public StoreRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
