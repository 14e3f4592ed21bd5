package dev.remora.store;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.io.OutputStream;

/** A model on its way from the store. Confined to the fetch thread that opened it. */
public interface Download extends AutoCloseable {
    /** Names these bytes and no others: the ETag; {@code mtime-size} where the store gives none. */
    String version();

    /** Bytes of the object. */
    long bytes();

    /**
     * Writes the object, checked as far as the store says what it should be: length, checksum.
     *
     * @throws RemoraException {@link ErrorCode#STORE_UNAVAILABLE} when the bytes did not come, or came wrong: what was
     *     written is then worth nothing
     * @throws IOException when writing failed, and only then
     */
    void writeTo(OutputStream out) throws IOException;

    /** Ends the download, also when it was not read to its end. */
    @Override
    void close();
}
