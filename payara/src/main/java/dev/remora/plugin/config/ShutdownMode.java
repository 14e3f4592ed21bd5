package dev.remora.plugin.config;

/** What becomes of an instance's partitions when it stops. */
public enum ShutdownMode {
    /** Others take them at once. */
    LEAVE,
    /** They wait for it until the session times out. */
    REMAIN
}
