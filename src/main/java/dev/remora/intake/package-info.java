/** The way in: polling, decoding, the window of waiting records, running them. */
@NullMarked
package dev.remora.intake;

import org.jspecify.annotations.NullMarked;
