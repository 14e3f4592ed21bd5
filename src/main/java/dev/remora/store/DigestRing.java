package dev.remora.store;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * Counts a digest beside the copying of a download: it takes twice as long as the bytes to come. Buffers go round between the
 * fetch thread, which fills them, and a thread that lives as long as the download. Confined to the fetch thread.
 */
final class DigestRing implements AutoCloseable {
    private static final int BUFFERS = 8;
    private static final int BUFFER_BYTES = 128 * 1024;
    private static final int END = -1;

    private final Integrity integrity;
    private final byte[][] buffers = new byte[BUFFERS][BUFFER_BYTES];
    private final int[] lengths = new int[BUFFERS];
    private final Semaphore empty = new Semaphore(BUFFERS);
    private final Semaphore full = new Semaphore(0);
    private final CompletableFuture<Void> counting;
    private int at;

    private DigestRing(Integrity integrity) {
        this.integrity = integrity;
        this.counting = CompletableFuture.runAsync(this::count, DigestRing::begin);
    }

    /** A thread of its own: it waits for the store, for which no common pool has threads to spare. */
    private static void begin(Runnable task) {
        Thread thread = new Thread(task, "remora-digest");
        thread.setDaemon(true);
        thread.start();
    }

    static DigestRing start(Integrity integrity) {
        return new DigestRing(integrity);
    }

    private void count() {
        try {
            for (int i = 0; ; i = (i + 1) % BUFFERS) {
                full.acquireUninterruptibly();
                if (lengths[i] == END) {
                    return;
                }
                integrity.update(buffers[i], lengths[i]);
                empty.release();
            }
        } finally {
            empty.release(Integer.MAX_VALUE / 2); // Whatever ended it, the fetch thread does not wait for it.
        }
    }

    /** The next buffer to be filled, and then {@link #filled}; waits while all are full. */
    byte[] next() {
        empty.acquireUninterruptibly();
        return buffers[at];
    }

    /** So many bytes of the last buffer are to be counted; it may still be read, until the next is asked for. */
    void filled(int length) {
        lengths[at] = length;
        at = (at + 1) % BUFFERS;
        full.release();
    }

    /** Returns when all that was filled is counted. */
    @Override
    public void close() {
        empty.acquireUninterruptibly();
        filled(END);
        counting.join();
    }
}
