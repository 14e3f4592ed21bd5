/** The WAR: CDI, MicroProfile Config, Metrics and Health around the serving core. Jakarta APIs appear only here. */
@NullMarked
package dev.remora.plugin;

import org.jspecify.annotations.NullMarked;
