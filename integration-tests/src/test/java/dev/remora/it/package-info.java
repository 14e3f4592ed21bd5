/** The product as its users meet it: a real broker, a real S3 server, real instances. */
@NullMarked
package dev.remora.it;

import org.jspecify.annotations.NullMarked;
