package dev.remora.bench;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Makes many models of one. */
public final class Variant {
    private Variant() {}

    /**
     * The same model with a field of metadata more: other bytes, another name and version, the same answers.
     *
     * @param id at most 100 ASCII characters, different for each variant
     */
    public static byte[] of(byte[] model, String id) {
        // metadata_props is field 14 of a ModelProto, and fields of a protobuf message may be appended.
        byte[] key = "variant".getBytes(StandardCharsets.US_ASCII);
        byte[] value = id.getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream out = new ByteArrayOutputStream(model.length + value.length + 16);
        out.writeBytes(model);
        out.write(14 << 3 | 2);
        out.write(key.length + value.length + 4);
        out.write(1 << 3 | 2);
        out.write(key.length);
        out.writeBytes(key);
        out.write(2 << 3 | 2);
        out.write(value.length);
        out.writeBytes(value);
        return out.toByteArray();
    }
}
