package dev.remora.store;

/** The store answered and said no: wrong credentials, no such bucket, no permission. Trying again does not help. */
public final class StoreRefusedException extends RuntimeException {
    private final boolean ofOneObject;

    /** What the store said of all its objects. */
    public StoreRefusedException(String message, Throwable cause) {
        this(message, cause, false);
    }

    /**
     * What the store said.
     *
     * @param ofOneObject it says nothing of other objects
     */
    public StoreRefusedException(String message, Throwable cause, boolean ofOneObject) {
        super(message, cause);
        this.ofOneObject = ofOneObject;
    }

    /** Whether another object may be given. */
    public boolean ofOneObject() {
        return ofOneObject;
    }
}
