package dev.remora.store;

/** The bytes of one object came wrong: they are too few, too many or not what was stored. Of other objects it says nothing. */
public final class WrongBytesException extends RuntimeException {
    /** What is wrong with them. */
    public WrongBytesException(String message) {
        super(message);
    }
}
