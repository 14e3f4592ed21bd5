/**
 * What Remora promises about delivery, put to the test: a random load over many models while instances, broker and store
 * are disturbed, and afterwards each promise checked against what lies in the topics. One engine for the short form
 * ({@code GuaranteeIT}) and for the long one ({@code integration-tests/soak}).
 */
@NullMarked
package dev.remora.it.guarantee;

import org.jspecify.annotations.NullMarked;
