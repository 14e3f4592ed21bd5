package dev.remora.protocol;

import java.util.Locale;

/** Where a model was when its record was polled. Immutable. */
public enum Tier {
    MEMORY,
    DISK,
    S3;

    /** As {@code remora-tier} says it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
