package dev.remora.pool;

/** Why a model left a tier. Immutable. */
public enum EvictionReason {
    /** Another one needed the room. */
    CAPACITY,
    /** Nobody used it for {@code remora.pool.idle-timeout}. */
    IDLE,
    /** The store has a newer version, which took its place. */
    REPLACED,
    /** The store has it no more. */
    DELETED,
    /** Its bytes were not what was fetched. */
    CORRUPT,
    /** It cannot be loaded, or is larger than a whole tier. */
    INVALID
}
