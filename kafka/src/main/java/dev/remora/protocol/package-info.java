/** The contract on Kafka: names, headers, payloads, status and error codes. Shared by the server and the client. */
@NullMarked
package dev.remora.protocol;

import org.jspecify.annotations.NullMarked;
