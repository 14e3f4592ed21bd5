package dev.remora.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Collectors;

/** Writes {@code stack.json}: where everything is, for programs. */
final class StackFile {
    private StackFile() {}

    /** Writes it whole or not at all. */
    static void write(Path file, LocalStack stack) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, json(stack));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String json(LocalStack stack) {
        S3Server s3 = stack.s3();
        String instances = stack.instances().stream()
                .map(i -> "    {\"id\": %s, \"pid\": %d, \"url\": %s, \"log\": %s}"
                        .formatted(
                                quoted(i.name()),
                                i.pid(),
                                quoted(i.url().toString()),
                                quoted(i.log().toString())))
                .collect(Collectors.joining(",\n"));
        return """
                {
                  "endpoint": %s,
                  "kafka": {"bootstrap": %s},
                  "topics": {"invocations": %s, "replies": %s},
                  "s3": {"endpoint": %s, "region": %s, "bucket": %s, "prefix": %s, "accessKey": %s, "secretKey": %s},
                  "instances": [
                %s
                  ]
                }
                """.formatted(
                        quoted(LocalStack.ENDPOINT),
                        quoted(stack.broker().bootstrap()),
                        quoted(LocalStack.ENDPOINT + ".invocations"),
                        quoted(LocalStack.ENDPOINT + ".replies"),
                        quoted(s3.endpoint().toString()),
                        quoted(S3Server.REGION),
                        quoted(LocalStack.BUCKET),
                        quoted(LocalStack.PREFIX),
                        quoted(s3.keys().access()),
                        quoted(s3.keys().secret()),
                        instances);
    }

    static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
