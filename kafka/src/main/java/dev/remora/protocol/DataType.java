package dev.remora.protocol;

/**
 * Element types of the <a href="https://github.com/kserve/open-inference-protocol">Open Inference Protocol V2</a>.
 * Immutable.
 */
public enum DataType {
    BOOL(1),
    UINT8(1),
    UINT16(2),
    UINT32(4),
    UINT64(8),
    INT8(1),
    INT16(2),
    INT32(4),
    INT64(8),
    FP16(2),
    BF16(2),
    FP32(4),
    FP64(8),
    /** Strings or blobs: each element is a 4-byte little-endian length and that many bytes. */
    BYTES(0);

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element; 0 where it varies ({@link #BYTES}). */
    public int bytes() {
        return bytes;
    }
}
