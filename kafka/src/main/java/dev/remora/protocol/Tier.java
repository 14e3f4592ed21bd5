package dev.remora.protocol;

/** Where a model was when its record was polled. Immutable. */
public enum Tier {
    MEMORY("memory"),
    DISK("disk"),
    S3("s3");

    private final String said;

    Tier(String said) {
        this.said = said;
    }

    /** As {@code remora-tier} says it. */
    @Override
    public String toString() {
        return said;
    }
}
