package dev.remora.protocol;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The outputs that a V2 request asks for, and which of them as raw bytes. Immutable.
 *
 * @param names in order; empty means all
 * @param raw of each, what its own entry says, or null
 * @param rawByDefault what holds where an entry says nothing
 */
record WantedOutputs(List<String> names, List<@Nullable Boolean> raw, boolean rawByDefault) {
    /** The names of those that the reply is to carry as raw bytes. */
    Set<String> raw(Signature signature) {
        Set<String> wanted = new HashSet<>();
        if (names.isEmpty() && rawByDefault) {
            signature.outputs().forEach(spec -> wanted.add(spec.name()));
        }
        for (int i = 0; i < names.size(); i++) {
            Boolean own = raw.get(i);
            if (own == null ? rawByDefault : own) {
                wanted.add(names.get(i));
            }
        }
        return wanted;
    }
}
