package dev.remora.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.protocol.MessageHeader.Direction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The pages in docs/ say what the code says. {@code -Ddocs.write=true} writes their tables and examples anew. */
class DocumentationTest {
    private static final String EXAMPLE = "<!-- example: ";

    @Test
    void headersAreThoseOfTheCatalogue() throws IOException {
        String requests = table(
                EnumSet.of(Direction.REQUEST, Direction.BOTH, Direction.ECHOED),
                MessageHeader::names,
                MessageHeader::sentence);
        String replies = table(
                EnumSet.of(Direction.REPLY, Direction.BOTH, Direction.ECHOED),
                header -> header.direction() == Direction.BOTH ? List.of(header.headerName()) : header.names(),
                MessageHeader::replySentence);

        String forwarded = table(EnumSet.of(Direction.FORWARDED), MessageHeader::names, MessageHeader::sentence);

        String page = page("headers.md");
        page = withTable(page, "forwarded headers", forwarded);
        page = withTable(page, "request headers", requests);
        check("headers.md", withTable(page, "reply headers", replies));
    }

    @Test
    void errorsAreThoseOfTheCatalogue() throws IOException {
        String rows = Arrays.stream(ErrorCode.values())
                .map(code ->
                        "| " + code.status() + " | `" + code + "` | " + code.meaning() + " | " + code.remedy() + " |\n")
                .collect(Collectors.joining());

        check(
                "errors.md",
                withTable(
                        page("errors.md"),
                        "errors",
                        "| Status | Code | What happened | What to do |\n|---|---|---|---|\n" + rows));
    }

    @Test
    void examplesAreTheGoldenFiles() throws IOException {
        StringBuilder fresh = new StringBuilder();
        String[] parts = page("payloads.md").split("(?=" + EXAMPLE + ")");
        for (String part : parts) {
            fresh.append(part.startsWith(EXAMPLE) ? withExample(part) : part);
        }

        check("payloads.md", fresh.toString());
        assertThat(parts).hasSizeGreaterThan(Golden.values().length * 2);
    }

    private static String withExample(String part) {
        int end = part.indexOf(" -->");
        String path = part.substring(EXAMPLE.length(), end);
        String rest = part.substring(end + " -->\n".length());
        if (rest.startsWith("```")) {
            rest = rest.substring(rest.indexOf("\n```\n") + "\n```\n".length());
        }
        String language = path.endsWith(".json") ? "json" : "";
        return EXAMPLE + path + " -->\n```" + language + "\n"
                + Golden.text(path).stripTrailing() + "\n```\n" + rest;
    }

    private static String table(
            Set<Direction> directions,
            Function<MessageHeader, List<String>> names,
            Function<MessageHeader, String> sentence) {
        String rows = Arrays.stream(MessageHeader.values())
                .filter(header -> directions.contains(header.direction()))
                .map(header -> "| "
                        + names.apply(header).stream()
                                .map(name -> "`" + name + "`")
                                .collect(Collectors.joining(", ")) + " | "
                        + header.form().words() + " | " + sentence.apply(header) + " |\n")
                .collect(Collectors.joining());
        return "| Header | Value | Meaning |\n|---|---|---|\n" + rows;
    }

    private static String withTable(String page, String name, String table) {
        String start = "<!-- " + name + ": written by the build -->\n";
        int from = page.indexOf(start) + start.length();
        int to = page.indexOf("<!-- end of " + name + " -->");
        assertThat(from).as("the mark of the table of %s", name).isBetween(start.length(), to);
        return page.substring(0, from) + table + page.substring(to);
    }

    private static void check(String page, String expected) throws IOException {
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(path(page), expected);
        }
        assertThat(page(page))
                .as("%s is out of date; mvn -pl kafka -am test -Ddocs.write=true renews it", page)
                .isEqualTo(expected);
    }

    private static String page(String page) throws IOException {
        return Files.readString(path(page));
    }

    private static Path path(String page) {
        return Path.of("..", "docs", page);
    }
}
