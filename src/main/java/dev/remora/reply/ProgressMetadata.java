package dev.remora.reply;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/**
 * What a commit says beside its position: a version, the topic's id, who wrote it, and the runs of offsets settled beyond
 * the position, each as the distance from the end of the one before and its length. Base64, so that a character is worth
 * six bits: brokers count characters, and refuse more than 4,096 unless they are told otherwise. Immutable.
 *
 * @param topicId of the log that the offsets belong to
 * @param writer the instance that committed it
 * @param settled beyond the position
 */
record ProgressMetadata(Uuid topicId, String writer, Runs settled) {
    /** The most characters that a broker takes by default ({@code offset.metadata.max.bytes}). */
    static final int MAX_CHARS = 4096;

    private static final byte VERSION = 1;
    private static final int MAX_WRITER_BYTES = 255;

    /** Bytes before the first run. */
    static int headBytes(String writer) {
        return 1 + 2 * Long.BYTES + 1 + writerBytes(writer).length;
    }

    /** Bytes of one run. */
    static int runBytes(long gap, long length) {
        return varintBytes(gap - 1) + varintBytes(length - 1);
    }

    /** Writes as many runs as fit, the lowest first; nothing at all where not even the head fits. */
    String encode(long position, int maxBytes) {
        if (headBytes(writer) > maxBytes) {
            return "";
        }
        ByteBuffer bytes = ByteBuffer.allocate(maxBytes);
        byte[] name = writerBytes(writer);
        bytes.put(VERSION)
                .putLong(topicId.getMostSignificantBits())
                .putLong(topicId.getLeastSignificantBits())
                .put((byte) name.length)
                .put(name);
        long previous = position;
        for (int i = 0; i < settled.count(); i++) {
            long gap = settled.start(i) - previous;
            long length = settled.end(i) - settled.start(i);
            if (runBytes(gap, length) > bytes.remaining()) {
                break;
            }
            putVarint(bytes, gap - 1);
            putVarint(bytes, length - 1);
            previous = settled.end(i);
        }
        return Base64.getEncoder().withoutPadding().encodeToString(Arrays.copyOf(bytes.array(), bytes.position()));
    }

    /** Reads what {@link #encode} wrote; empty for anything else, also for a version that is not known here. */
    static Optional<ProgressMetadata> decode(long position, String text) {
        if (text.isEmpty() || text.length() > MAX_CHARS) {
            return Optional.empty();
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text));
            if (bytes.get() != VERSION) {
                return Optional.empty();
            }
            Uuid topic = new Uuid(bytes.getLong(), bytes.getLong());
            byte[] name = new byte[bytes.get() & 0xff];
            bytes.get(name);
            return Optional.of(
                    new ProgressMetadata(topic, new String(name, StandardCharsets.UTF_8), runs(bytes, position)));
        } catch (IllegalArgumentException | BufferUnderflowException notOurs) {
            return Optional.empty();
        }
    }

    private static Runs runs(ByteBuffer bytes, long position) {
        long[] starts = new long[bytes.remaining() / 2];
        long[] ends = new long[starts.length];
        int count = 0;
        long previous = position;
        while (bytes.hasRemaining()) {
            long start = Math.addExact(previous, varint(bytes) + 1);
            previous = Math.addExact(start, varint(bytes) + 1);
            starts[count] = start;
            ends[count++] = previous;
        }
        return new Runs(Arrays.copyOf(starts, count), Arrays.copyOf(ends, count));
    }

    private static byte[] writerBytes(String writer) {
        byte[] all = writer.getBytes(StandardCharsets.UTF_8);
        return all.length <= MAX_WRITER_BYTES ? all : Arrays.copyOf(all, MAX_WRITER_BYTES);
    }

    private static int varintBytes(long value) {
        return value < 0 ? 10 : Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(value) + 6) / 7);
    }

    private static void putVarint(ByteBuffer bytes, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        bytes.put((byte) rest);
    }

    private static long varint(ByteBuffer bytes) {
        long value = 0;
        for (int shift = 0; shift < 56; shift += 7) {
            byte next = bytes.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("too long for an offset");
    }
}
