package dev.remora.plugin;

import dev.remora.intake.IntakeSnapshot;
import dev.remora.pool.PoolSnapshot;
import dev.remora.reply.ReplySnapshot;

/** All figures at one moment. Immutable. */
record Figures(IntakeSnapshot intake, PoolSnapshot pool, ReplySnapshot reply) {}
