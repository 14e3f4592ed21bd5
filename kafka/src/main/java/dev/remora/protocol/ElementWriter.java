package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Writes the elements of a tensor one after the other as text. Confined to the thread that encodes. */
final class ElementWriter {
    private final String name;
    private final DataType type;
    private final ByteBuffer data;

    private ElementWriter(Tensor tensor) {
        this.name = tensor.name();
        this.type = tensor.type();
        this.data = tensor.data();
    }

    static ElementWriter of(Tensor tensor) {
        return new ElementWriter(tensor);
    }

    /** Writes all that is left, as the elements of the array that the generator is in. */
    void writeRest(JsonGenerator json) throws IOException {
        while (data.hasRemaining()) {
            write(json);
        }
    }

    /** Writes the next one. */
    void write(JsonGenerator json) throws IOException {
        switch (type) {
            case BOOL -> json.writeBoolean(data.get() != 0);
            case BYTES -> json.writeString(string());
            case FP16 -> json.writeNumber(SmallFloats.fromHalf(data.getShort()));
            case BF16 -> json.writeNumber(SmallFloats.fromBrain(data.getShort()));
            case FP32 -> json.writeNumber(data.getFloat());
            case FP64 -> json.writeNumber(data.getDouble());
            case UINT64 -> unsigned(json, data.getLong());
            default -> json.writeNumber(integer());
        }
    }

    private static void unsigned(JsonGenerator json, long value) throws IOException {
        if (value >= 0) {
            json.writeNumber(value);
        } else {
            json.writeNumber(Long.toUnsignedString(value));
        }
    }

    /** Appends the next one, as a field of CSV. */
    void write(StringBuilder text) {
        switch (type) {
            case BOOL -> text.append(data.get() != 0 ? '1' : '0');
            case BYTES -> quoted(text, string());
            case FP16 -> text.append(SmallFloats.fromHalf(data.getShort()));
            case BF16 -> text.append(SmallFloats.fromBrain(data.getShort()));
            case FP32 -> text.append(data.getFloat());
            case FP64 -> text.append(data.getDouble());
            case UINT64 -> text.append(Long.toUnsignedString(data.getLong()));
            default -> text.append(integer());
        }
    }

    private static void quoted(StringBuilder text, String value) {
        boolean plain =
                value.indexOf(',') < 0 && value.indexOf('"') < 0 && value.indexOf('\n') < 0 && value.indexOf('\r') < 0;
        if (plain) {
            text.append(value);
        } else {
            text.append('"').append(value.replace("\"", "\"\"")).append('"');
        }
    }

    private long integer() {
        return switch (type) {
            case UINT8 -> data.get() & 0xFF;
            case UINT16 -> data.getShort() & 0xFFFF;
            case UINT32 -> data.getInt() & 0xFFFF_FFFFL;
            case INT8 -> data.get();
            case INT16 -> data.getShort();
            case INT32 -> data.getInt();
            default -> data.getLong();
        };
    }

    private String string() {
        int length = data.getInt();
        ByteBuffer element = data.slice().limit(length);
        data.position(data.position() + length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(element).toString();
        } catch (CharacterCodingException e) {
            throw new RemoraException(
                    ErrorCode.UNSUPPORTED_CONTENT_TYPE,
                    "The output '" + name + "' holds bytes that are no UTF-8 text.",
                    "Accept application/octet-stream, which carries them raw.");
        }
    }
}
