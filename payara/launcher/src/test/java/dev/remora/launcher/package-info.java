@NullMarked
package dev.remora.launcher;

import org.jspecify.annotations.NullMarked;
