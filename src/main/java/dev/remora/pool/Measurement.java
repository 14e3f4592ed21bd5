package dev.remora.pool;

/** What loads of one form of a model were seen to take in memory. Guarded by the pool's lock. */
final class Measurement {
    /** The bytes of what was never measured. */
    static final long NONE = -1;

    /** Other threads allocate too while a load is measured. */
    private static final long CHANCE_BYTES = 64 * 1024;

    private static final int CHANCE_SHARE = 8;

    private long bytes = NONE;

    /** What the next load is expected to take, or {@link #NONE}. */
    long bytes() {
        return bytes;
    }

    /** What an earlier process knew. */
    void remembered(long known) {
        bytes = known;
    }

    /**
     * Notes what a load was seen to take. What differs from the figure known before by no more than chance does is the same:
     * else each reload would correct the budget, and now and then exceed it. The most of those is remembered for the next
     * load: the first one may by chance have been the lowest.
     *
     * @return what this load counts as
     */
    long measured(long taken) {
        long known = bytes;
        boolean same = known != NONE && Math.abs(taken - known) <= Math.max(CHANCE_BYTES, known / CHANCE_SHARE);
        bytes = same ? Math.max(known, taken) : taken;
        return same ? known : taken;
    }
}
