/** What runs models. ONNX Runtime appears only here. */
@NullMarked
package dev.remora.runtime;

import org.jspecify.annotations.NullMarked;
