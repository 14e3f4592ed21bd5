/** The Java client: send an inference over Kafka, get a future of its reply. */
@NullMarked
package dev.remora.client;

import org.jspecify.annotations.NullMarked;
