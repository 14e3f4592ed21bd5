/** The endpoint's configuration: every key with its meaning, read from plain strings, all mistakes at once. */
@NullMarked
package dev.remora.plugin.config;

import org.jspecify.annotations.NullMarked;
