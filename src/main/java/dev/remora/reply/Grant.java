package dev.remora.reply;

import java.util.List;

/** Rights that a principal lacks, as people and as Kafka's own tool say it. Immutable. */
public final class Grant {
    private final String text;

    private Grant(String resource, String option, String name, String more, List<String> operations) {
        StringBuilder command = new StringBuilder("kafka-acls.sh --bootstrap-server BROKERS --add");
        command.append(" --allow-principal User:PRINCIPAL");
        operations.forEach(each -> command.append(" --operation ").append(each));
        command.append(' ').append(option).append(' ').append(name).append(more);
        this.text = "Grant the principal " + String.join(" and ", operations) + " on the " + resource + " '" + name
                + "': " + command;
    }

    /** On a topic. */
    public static Grant topic(String name, String... operations) {
        return new Grant("topic", "--topic", name, "", List.of(operations));
    }

    /** On a consumer group. */
    public static Grant group(String name, String... operations) {
        return new Grant("consumer group", "--group", name, "", List.of(operations));
    }

    /** On all transactional ids that begin so. */
    public static Grant transactionalIds(String prefix, String... operations) {
        return new Grant(
                "transactional ids that begin with",
                "--transactional-id",
                prefix,
                " --resource-pattern-type prefixed",
                List.of(operations));
    }

    /** A sentence that ends with the command, without a full stop that would be copied with it. */
    @Override
    public String toString() {
        return text;
    }
}
