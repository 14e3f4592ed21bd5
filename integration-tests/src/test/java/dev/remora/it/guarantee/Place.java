package dev.remora.it.guarantee;

/** Where a record lies in its topic. Immutable. */
record Place(int partition, long offset) {
    @Override
    public String toString() {
        return partition + "@" + offset;
    }
}
