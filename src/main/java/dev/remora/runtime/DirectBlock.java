package dev.remora.runtime;

import com.sun.jna.Memory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Native memory for the inputs of one run, used again by the next and freed by hand: buffers left to the garbage collector
 * pile up. Confined to the thread that runs.
 */
final class DirectBlock implements AutoCloseable {
    private static final int SMALLEST = 4 << 10;
    private static final int KEPT = 16 << 20;

    private @Nullable Memory memory;
    private ByteBuffer view = ByteBuffer.allocate(0);

    /** A buffer of at least so many bytes, whose content is undefined; what was taken before is void. */
    ByteBuffer take(long bytes) {
        if (view.capacity() < bytes || memory == null) {
            close();
            memory = new Memory(Math.max(SMALLEST, roundUp(bytes)));
            view = memory.getByteBuffer(0, memory.size());
        }
        return view;
    }

    /** Frees an unusually large block; keeps one of usual size for the next run. */
    void shrink() {
        if (view.capacity() > KEPT) {
            close();
        }
    }

    @Override
    public void close() {
        if (memory != null) {
            memory.close();
            memory = null;
            view = ByteBuffer.allocate(0);
        }
    }

    private static long roundUp(long bytes) {
        return bytes > KEPT || bytes < 2 ? bytes : Long.highestOneBit(bytes - 1) << 1;
    }
}
