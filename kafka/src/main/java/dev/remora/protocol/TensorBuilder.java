package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.core.io.NumberInput;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Collects elements of one type that come as text, checking each. Confined to the thread that decodes. */
final class TensorBuilder {
    private static final int FIRST_BYTES = 256;
    private static final int MAX_BYTES = Integer.MAX_VALUE - 16;
    private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);

    private final String name;
    private final DataType type;
    private ByteBuffer data;
    private int count;

    /**
     * An empty one.
     *
     * @param expected how many elements are announced; room for them is made at once, so it must be bounded by what the
     *     body can hold
     */
    TensorBuilder(String name, DataType type, int expected) {
        this.name = name;
        this.type = type;
        this.data = room((int) Math.min(MAX_BYTES, (long) expected * Math.max(type.bytes(), Integer.BYTES)));
    }

    TensorBuilder(String name, DataType type) {
        this(name, type, FIRST_BYTES / Long.BYTES);
    }

    private static ByteBuffer room(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    int count() {
        return count;
    }

    Tensor build(long[] shape) {
        return Tensor.of(name, type, shape, data.duplicate().flip());
    }

    /** Adds the element that the parser stands on. */
    void add(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        switch (type) {
            case BOOL -> addBoolean(json, token);
            case BYTES -> addString(json, token);
            case FP16, BF16, FP32, FP64 -> addFloating(json, token);
            default -> addInteger(json, token);
        }
        count++;
    }

    private void addBoolean(JsonParser json, JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
            reserve(1).put((byte) (token == JsonToken.VALUE_TRUE ? 1 : 0));
        } else {
            addInteger(json, token);
        }
    }

    private void addString(JsonParser json, JsonToken token) throws IOException {
        if (token != JsonToken.VALUE_STRING) {
            throw wrong(json.getText());
        }
        byte[] bytes = json.getText().getBytes(StandardCharsets.UTF_8);
        reserve(Integer.BYTES + bytes.length).putInt(bytes.length).put(bytes);
    }

    private void addFloating(JsonParser json, JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_STRING) {
            putNonFinite(json.getText());
        } else if (!token.isNumeric()) {
            throw wrong(json.getText());
        } else if (type == DataType.FP64) {
            double value = json.getDoubleValue();
            checkFinite(Double.isInfinite(value), json);
            reserve(Double.BYTES).putDouble(value);
        } else {
            float value = json.getFloatValue();
            checkFinite(Float.isInfinite(value), json);
            if (!putFloat(value)) {
                throw wrong(json.getText());
            }
        }
    }

    /** Infinity is fine where it was written so, not where a number was too large. */
    private void checkFinite(boolean infinite, JsonParser json) throws IOException {
        if (infinite && json.getText().indexOf('I') < 0) {
            throw wrong(json.getText());
        }
    }

    private void putNonFinite(String text) {
        double value = switch (text) {
            case "NaN" -> Double.NaN;
            case "Infinity", "+Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw wrong(text);
        };
        if (type == DataType.FP64) {
            reserve(Double.BYTES).putDouble(value);
        } else {
            putFloat((float) value);
        }
    }

    private boolean putFloat(float value) {
        if (type == DataType.FP32) {
            reserve(Float.BYTES).putFloat(value);
            return true;
        }
        boolean half = type == DataType.FP16;
        short bits = half ? SmallFloats.toHalf(value) : SmallFloats.toBrain(value);
        reserve(Short.BYTES).putShort(bits);
        float stored = half ? SmallFloats.fromHalf(bits) : SmallFloats.fromBrain(bits);
        return !Float.isInfinite(stored) || Float.isInfinite(value);
    }

    private void addInteger(JsonParser json, JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            try {
                if (type == DataType.UINT64) {
                    putUnsigned(json.getBigIntegerValue());
                } else {
                    putLong(json.getLongValue(), json);
                }
            } catch (StreamReadException e) {
                throw wrong(json.getText());
            }
        } else if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            double value = json.getDoubleValue();
            if (value != Math.rint(value) || Math.abs(value) > 1L << 53) {
                throw wrong(json.getText());
            }
            putLong((long) value, json);
        } else {
            throw wrong(json.getText());
        }
    }

    private void putUnsigned(BigInteger value) {
        if (value.signum() < 0 || value.compareTo(TWO_64) >= 0) {
            throw wrong(value.toString());
        }
        reserve(Long.BYTES).putLong(value.longValue());
    }

    private void putLong(long value, JsonParser json) throws IOException {
        if (!putLong(value)) {
            throw wrong(json.getText());
        }
    }

    private boolean putLong(long value) {
        int bits = type.bytes() * Byte.SIZE;
        boolean fits = switch (type) {
            case BOOL -> value == 0 || value == 1;
            case UINT8, UINT16, UINT32 -> value >= 0 && value < 1L << bits;
            case UINT64 -> value >= 0;
            default -> bits == Long.SIZE || value >= -(1L << bits - 1) && value < 1L << bits - 1;
        };
        ByteBuffer out = reserve(type.bytes());
        switch (type.bytes()) {
            case 1 -> out.put((byte) value);
            case 2 -> out.putShort((short) value);
            case 4 -> out.putInt((int) value);
            default -> out.putLong(value);
        }
        return fits;
    }

    /** Adds a number that stands in the characters; {@code nan} and {@code inf} as NumPy writes them are numbers too. */
    void add(char[] text, int from, int length) {
        try {
            switch (type) {
                case FP64 -> reserve(Double.BYTES).putDouble(parseDouble(text, from, length));
                case FP32, FP16, BF16 -> {
                    if (!putFloat(parseFloat(text, from, length))) {
                        throw wrong(new String(text, from, length));
                    }
                }
                default -> addWhole(new String(text, from, length));
            }
        } catch (NumberFormatException e) {
            throw wrong(new String(text, from, length));
        }
        count++;
    }

    private double parseDouble(char[] text, int from, int length) {
        if (isDigitLike(text[from + length - 1])) {
            double value = NumberInput.parseDouble(text, from, length, true);
            if (Double.isInfinite(value)) {
                throw wrong(new String(text, from, length));
            }
            return value;
        }
        return nonFinite(new String(text, from, length));
    }

    private float parseFloat(char[] text, int from, int length) {
        if (isDigitLike(text[from + length - 1])) {
            float value = NumberInput.parseFloat(text, from, length, true);
            if (Float.isInfinite(value)) {
                throw wrong(new String(text, from, length));
            }
            return value;
        }
        return (float) nonFinite(new String(text, from, length));
    }

    private static boolean isDigitLike(char last) {
        return last >= '0' && last <= '9' || last == '.';
    }

    private double nonFinite(String text) {
        String unsigned = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        if (unsigned.equalsIgnoreCase("nan")) {
            return Double.NaN;
        }
        if (unsigned.equalsIgnoreCase("inf") || unsigned.equalsIgnoreCase("infinity")) {
            return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        throw wrong(text);
    }

    private void addWhole(String text) {
        if (type == DataType.UINT64) {
            putUnsigned(new BigInteger(text));
        } else if (!putLong(Long.parseLong(text))) {
            throw wrong(text);
        }
    }

    private ByteBuffer reserve(int bytes) {
        if (data.remaining() < bytes) {
            long wanted = Math.max((long) data.position() + bytes, data.capacity() * 2L);
            if ((long) data.position() + bytes > MAX_BYTES) {
                throw new RemoraException(ErrorCode.PAYLOAD_TOO_LARGE, "The tensor '" + name + "' is too large.");
            }
            data = room((int) Math.min(wanted, MAX_BYTES)).put(data.flip());
        }
        return data;
    }

    private RemoraException wrong(String element) {
        return new RemoraException(
                ErrorCode.BAD_REQUEST,
                "Element " + count + " of '" + SignatureCheck.shown(name) + "' is '" + SignatureCheck.shown(element)
                        + "', which is no " + type + '.');
    }
}
