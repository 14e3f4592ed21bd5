/** Where models come from: an S3 bucket. The AWS SDK appears only here. */
@NullMarked
package dev.remora.store;

import org.jspecify.annotations.NullMarked;
