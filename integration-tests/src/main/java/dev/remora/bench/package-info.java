/**
 * End-to-end benchmarks against baselines on the same machine in the same run, and microbenchmarks of the hot pieces.
 * Started by {@code integration-tests/bench}.
 */
@NullMarked
package dev.remora.bench;

import org.jspecify.annotations.NullMarked;
