package dev.remora.plugin.config;

/** How replies and progress go together. */
public enum Delivery {
    EXACTLY_ONCE,
    AT_LEAST_ONCE
}
