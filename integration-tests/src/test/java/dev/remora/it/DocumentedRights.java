package dev.remora.it;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** The access lists that docs/security.md gives, as a broker takes them. */
final class DocumentedRights {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private DocumentedRights() {}

    /**
     * One right for each operation of the table.
     *
     * @param table what its marks are called
     * @param user who gets them
     */
    static List<AclBinding> of(String table, String endpoint, String user) throws IOException {
        String page = Files.readString(Stack.ROOT.resolve("docs/security.md"));
        String begin = "<!-- " + table + ":begin -->";
        int from = page.indexOf(begin);
        int to = page.indexOf("<!-- " + table + ":end -->");
        if (from < 0 || to < from) {
            throw new AssertionError("docs/security.md has no table " + table);
        }
        return page.substring(from + begin.length(), to)
                .lines()
                .skip(3)
                .map(row -> row.split("\\|"))
                .map(cells -> rights(cells, endpoint, user))
                .flatMap(Collection::stream)
                .toList();
    }

    private static List<AclBinding> rights(String[] cells, String endpoint, String user) {
        // Topics that the operator may add come after our own.
        String name = codes(cells[2]).get(0).replace("<endpoint>", endpoint);
        boolean prefix = cells[2].contains("prefix");
        ResourceType type = type(cells[1].strip());
        ResourcePattern resource = new ResourcePattern(type, name, prefix ? PatternType.PREFIXED : PatternType.LITERAL);
        List<AclBinding> rights = new ArrayList<>();
        for (String operation : codes(cells[3])) {
            rights.add(new AclBinding(
                    resource,
                    new AccessControlEntry(
                            "User:" + user, "*", AclOperation.valueOf(operation), AclPermissionType.ALLOW)));
        }
        return rights;
    }

    private static ResourceType type(String word) {
        return switch (word) {
            case "TransactionalId" -> ResourceType.TRANSACTIONAL_ID;
            default -> ResourceType.valueOf(word.toUpperCase(Locale.ROOT));
        };
    }

    private static List<String> codes(String cell) {
        return CODE.matcher(cell)
                .results()
                .map((MatchResult code) -> code.group(1))
                .toList();
    }
}
