/** A whole stack on one machine: a Kafka broker, an S3 server and Payara Micro instances with the WAR. */
@NullMarked
package dev.remora.launcher;

import org.jspecify.annotations.NullMarked;
