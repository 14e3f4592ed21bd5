/** Which models are in memory and on disk: tiers, leases, budgets, eviction. */
@NullMarked
package dev.remora.pool;

import org.jspecify.annotations.NullMarked;
