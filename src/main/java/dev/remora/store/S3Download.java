package dev.remora.store;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.io.OutputStream;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** One object as one stream. Confined to the fetch thread that opened it. */
final class S3Download implements Download {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final ModelName model;
    private final String version;
    private final long bytes;
    private final ResponseInputStream<GetObjectResponse> stream;
    private boolean readToEnd;

    S3Download(ModelName model, String version, ResponseInputStream<GetObjectResponse> stream) {
        this.model = model;
        this.version = version;
        this.bytes = stream.response().contentLength();
        this.stream = stream;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        Integrity integrity = Integrity.of(stream.response());
        long written = integrity.isQuick() || bytes <= BUFFER_BYTES ? copy(out, integrity) : copyBeside(out, integrity);
        if (written != bytes) {
            throw wrong(written + " of " + bytes + " bytes came");
        }
        String mismatch = integrity.mismatch();
        if (mismatch != null) {
            throw wrong(mismatch);
        }
        readToEnd = true;
    }

    private long copy(OutputStream out, Integrity integrity) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long written = 0;
        for (int read = read(buffer); read > 0; read = read(buffer)) {
            written = announced(written + read);
            integrity.update(buffer, read);
            out.write(buffer, 0, read);
        }
        return written;
    }

    private long copyBeside(OutputStream out, Integrity integrity) throws IOException {
        long written = 0;
        try (DigestRing ring = DigestRing.start(integrity)) {
            byte[] buffer = ring.next();
            for (int read = read(buffer); read > 0; read = read(buffer)) {
                written = announced(written + read);
                ring.filled(read);
                out.write(buffer, 0, read);
                buffer = ring.next();
            }
        }
        return written;
    }

    private long announced(long came) {
        if (came > bytes) {
            throw wrong("more than the " + bytes + " bytes announced came");
        }
        return came;
    }

    /** Fills the buffer as far as the object goes. A failed read is the store's fault, unlike a failed write, and must not look like one. */
    private int read(byte[] buffer) {
        try {
            return stream.readNBytes(buffer, 0, buffer.length);
        } catch (IOException | SdkException e) {
            throw new RemoraException(
                    ErrorCode.STORE_UNAVAILABLE,
                    "The store broke off while " + model + " was fetched: " + e.getMessage(),
                    ErrorCode.STORE_UNAVAILABLE.remedy(),
                    e);
        }
    }

    private RemoraException wrong(String what) {
        return new RemoraException(
                ErrorCode.STORE_UNAVAILABLE,
                "The bytes of " + model + " came wrong from the store: " + what + ".",
                "It is fetched again by itself; if it recurs, upload the model again and check the network.",
                new WrongBytesException(what));
    }

    @Override
    public void close() {
        if (readToEnd) {
            try {
                stream.close();
            } catch (IOException e) {
                stream.abort();
            }
        } else {
            stream.abort();
        }
    }
}
