package dev.remora.plugin.config;

/**
 * The default of {@code remora.memory.max}: the machine's or container's memory, less the largest heap, less a reserve
 * for the JVM's own native memory, direct buffers and what running models take for a moment. Immutable.
 */
final class MemoryShare {
    static final long RESERVE_BASE = 384L << 20;
    static final int RESERVE_PERCENT = 5;
    static final long LEAST = 32L << 20;

    private MemoryShare() {}

    static long of(ConfigKey.Basis basis) {
        var machine = basis.machine();
        long reserve = RESERVE_BASE + machine.memoryBytes() / 100 * RESERVE_PERCENT;
        long share = machine.memoryBytes() - machine.maxHeapBytes() - reserve;
        if (share < LEAST) {
            throw new IllegalArgumentException("Of " + ByteSize.rounded(machine.memoryBytes())
                    + " of memory, a heap of up to " + ByteSize.rounded(machine.maxHeapBytes())
                    + " and a reserve of " + ByteSize.rounded(reserve)
                    + " leave nothing for models. Give the JVM a smaller -Xmx, or the container more memory, or set"
                    + " remora.memory.max yourself.");
        }
        // Whole MiB read better in a log.
        return share >> 20 << 20;
    }
}
