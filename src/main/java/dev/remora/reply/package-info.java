/** The way out: replies, progress, commits. */
@NullMarked
package dev.remora.reply;

import org.jspecify.annotations.NullMarked;
