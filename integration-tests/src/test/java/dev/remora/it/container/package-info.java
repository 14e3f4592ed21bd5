/** The WAR as Arquillian deploys it: what is in the container, and what a user's own beans change there. */
@NullMarked
package dev.remora.it.container;

import org.jspecify.annotations.NullMarked;
