package dev.remora.launcher;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the quick start was asked for. Immutable.
 *
 * @param instances of Payara Micro
 * @param serve whether to leave the demonstration out
 * @param data the folder that is kept, or null for one that is removed at the end
 * @param memory for models of each instance
 * @param disk for models of each instance
 * @param help whether to say how it is used, and do nothing else
 */
record Options(int instances, boolean serve, @Nullable Path data, String memory, String disk, boolean help) {
    static final String USAGE = """
            Usage: ./payara/quickstart [options]

              --instances N   Payara Micro instances that share the work (default 1)
              --serve         no demonstration: start, say where everything is, stay up;
                              starts slower and then runs faster, for tests of load
              --data DIR      keep models, topics and logs in DIR, and find them again next time
                              (default: a temporary folder, removed at the end)
              --memory SIZE   memory for models of each instance
                              (default 56MiB, so that the demonstration fills it; 1GiB with --serve)
              --disk SIZE     disk for models of each instance (default 2GiB)
              --help          this text

            SIZE is a number with a unit: 512MiB, 2G, 500MB.
            """;

    private static final Pattern SIZE = Pattern.compile("\\d+(\\.\\d+)?\\s*([KMGT](i?B)?|kB|B)?");
    private static final int MOST_INSTANCES = 16;

    /**
     * Reads the command line.
     *
     * @throws UsageException saying what is wrong with it
     */
    static Options parse(String... arguments) {
        Draft draft = new Draft();
        Iterator<String> rest = List.of(arguments).iterator();
        while (rest.hasNext()) {
            String option = rest.next();
            int equals = option.indexOf('=');
            if (option.startsWith("--") && equals > 0) {
                draft.set(
                        option.substring(0, equals),
                        List.of(option.substring(equals + 1)).iterator());
            } else {
                draft.set(option, rest);
            }
        }
        return draft.options();
    }

    /** A command line that cannot be followed. */
    static final class UsageException extends RuntimeException {
        UsageException(String message) {
            super(message);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }

    private static final class Draft {
        private int instances = 1;
        private boolean serve;
        private boolean help;
        private @Nullable Path data;
        private @Nullable String memory;
        private String disk = "2GiB";

        void set(String option, Iterator<String> rest) {
            switch (option) {
                case "--instances" -> instances = count(option, value(option, rest));
                case "--serve" -> serve = true;
                case "--data" ->
                    data = Path.of(value(option, rest)).toAbsolutePath().normalize();
                case "--memory" -> memory = size(option, value(option, rest));
                case "--disk" -> disk = size(option, value(option, rest));
                case "--help", "-h" -> help = true;
                default -> throw new UsageException("Unknown option: " + option);
            }
        }

        Options options() {
            String most = memory != null ? memory : serve ? "1GiB" : "56MiB";
            return new Options(instances, serve, data, most, disk, help);
        }

        private static String value(String option, Iterator<String> rest) {
            if (!rest.hasNext()) {
                throw new UsageException(option + " needs a value");
            }
            return rest.next();
        }

        private static int count(String option, String value) {
            if (!value.matches("\\d{1,2}") || Integer.parseInt(value) < 1 || Integer.parseInt(value) > MOST_INSTANCES) {
                throw new UsageException(option + " takes a number from 1 to " + MOST_INSTANCES + ", not " + value);
            }
            return Integer.parseInt(value);
        }

        private static String size(String option, String value) {
            if (!SIZE.matcher(value).matches()) {
                throw new UsageException(option + " takes a size such as 512MiB or 2G, not " + value);
            }
            return value;
        }
    }
}
