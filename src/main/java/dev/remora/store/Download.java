package dev.remora.store;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.nio.file.Path;

/** A model on its way from the store. Confined to the fetch thread that opened it. */
public interface Download extends AutoCloseable {
    /** Names these bytes and no others: the ETag; {@code mtime-size} where the store gives none. */
    String version();

    /** Bytes of the object. */
    long bytes();

    /**
     * Writes the object to a new file, checked as far as the store says what it should be: length, checksum.
     *
     * @throws RemoraException {@link ErrorCode#STORE_UNAVAILABLE} when the bytes did not come, or came wrong; the file is
     *     then to be deleted by the caller
     * @throws IOException when the disk failed
     */
    void writeTo(Path file) throws IOException;

    /** Ends the download, also when it was not read to its end. */
    @Override
    void close();
}
