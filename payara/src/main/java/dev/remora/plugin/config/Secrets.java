package dev.remora.plugin.config;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What never shows in a log, and how values show. Immutable. */
final class Secrets {
    static final String MASK = "******";

    private static final List<String> TELLING = List.of(
            "password", "secret", "token", "jaas", "credential", "keystore.key", "private", "access-key", "access.key");
    private static final Pattern USER_INFO = Pattern.compile("//[^/@\\s]+@");
    private static final int LONGEST = 120;

    private Secrets() {}

    /** Whether the name alone says that its value is nobody's business. */
    static boolean isSecret(String name) {
        var lower = name.toLowerCase(Locale.ROOT).replace('_', '.');
        // The name of a profile is no secret, and operators need to see it.
        return !name.equals("remora.s3.credentials") && TELLING.stream().anyMatch(lower::contains);
    }

    /** The value in quotes, masked where it must be, cut where it is long. */
    static String shown(String name, String value) {
        if (isSecret(name)) {
            return MASK;
        }
        var bare = USER_INFO.matcher(value).replaceAll("//" + MASK + "@").replaceAll("\\p{Cntrl}", "?");
        return '"' + (bare.length() > LONGEST ? bare.substring(0, LONGEST) + "…" : bare) + '"';
    }
}
