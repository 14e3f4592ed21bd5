/** The control thread: what instances tell one another about hot models and warm ones, and what follows from it. */
@NullMarked
package dev.remora.spread;

import org.jspecify.annotations.NullMarked;
