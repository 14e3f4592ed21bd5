package dev.remora.pool;

/** Room on disk that grows with what is written. Confined to the fetch thread that writes. */
@FunctionalInterface
interface DiskRoom {
    /**
     * Makes sure of room for this many bytes more before they are written.
     *
     * @throws NoRoomException when there is none now
     */
    void grow(long bytes);

    /** There is not enough room on the disk now. */
    final class NoRoomException extends RuntimeException {
        NoRoomException(String message) {
            super(message, null, false, false);
        }
    }
}
