package dev.remora.plugin.config;

import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The kinds of values that keys take. Immutable. */
final class Kinds {
    private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
    private static final Pattern INSTANCE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern TOPIC_PATTERN = Pattern.compile("[a-zA-Z0-9._*-]{1,249}");
    private static final Pattern BROKER = Pattern.compile("([A-Z_]+://)?\\[?[0-9a-zA-Z%._:-]+]?:[0-9]{1,5}");
    private static final int LONGEST_NAME = 200;

    static final Kind<String> TEXT = new Kind<>("text", "any text", String::strip, Function.identity());

    static final Kind<Boolean> BOOLEAN =
            new Kind<>("`true` or `false`", "true or false", Kinds::parseBoolean, value -> Boolean.toString(value));

    static final Kind<String> NAME = TEXT.where(
                    "1 to " + LONGEST_NAME + " letters, digits, dots, underscores and hyphens",
                    name -> require(
                            TOPIC.matcher(name).matches() && name.length() <= LONGEST_NAME,
                            "This name cannot be part of the name of a topic."))
            .labelled("name");

    static final Kind<String> INSTANCE = TEXT.where(
                    "1 to 64 letters, digits, dots, underscores and hyphens, a letter or digit first",
                    name -> require(INSTANCE_NAME.matcher(name).matches(), "This cannot be the name of an instance."))
            .labelled("name");

    static final Kind<String> REGION = TEXT.where(
            "a region such as eu-central-1",
            name -> require(name.matches("[a-z0-9-]{1,40}"), "This is not the name of a region."));

    static final Kind<String> TOPIC_NAME = TEXT.where(
                    "a topic's name: 1 to 249 letters, digits, dots, underscores and hyphens",
                    name -> require(
                            TOPIC.matcher(name).matches() && !name.equals(".") && !name.equals(".."),
                            "This is not the name of a topic."))
            .labelled("topic name");

    static final Kind<Pattern> TOPIC_PATTERNS = new Kind<>(
            "topic names with commas between them; * stands for any characters",
            "topic names with commas between them; * stands for any characters",
            Kinds::parseTopics,
            pattern -> pattern.pattern()
                    .replace("\\Q", "")
                    .replace("\\E", "")
                    .replace(".*", "*")
                    .replace('|', ','));

    static final Kind<String> BROKERS = TEXT.where(
                    "host:port, several with commas between them",
                    text -> require(
                            items(text).findAny().isPresent()
                                    && items(text)
                                            .allMatch(
                                                    item -> BROKER.matcher(item).matches()),
                            "This does not name brokers."))
            .labelled("`host:port,host:port`");

    static final Kind<List<ModelName>> MODELS = new Kind<>(
            "model names with commas between them",
            "model names with commas between them",
            text -> items(text).map(Kinds::parseModel).toList(),
            models -> models.stream().map(ModelName::toString).collect(Collectors.joining(",")));

    static final Kind<Path> PATH = new Kind<>("path", "a path", Kinds::parsePath, Path::toString);

    static final Kind<URI> ADDRESS = new Kind<>(
            "http or https address", "an address such as http://s3.internal:9000", Kinds::parseAddress, URI::toString);

    static final Kind<ModelLocation> LOCATION = new Kind<>(
            "`s3://bucket/prefix`", "s3://bucket or s3://bucket/prefix", ModelLocation::parse, ModelLocation::toString);

    private Kinds() {}

    static Kind<Duration> duration(String least, String most) {
        var kind = new Kind<>("duration, " + least + " to " + most, "", Durations::parse, Durations::exact);
        return kind.where(
                "a duration such as 500ms, 30s, 5m, 6h, 2d or PT30S, from " + least + " to " + most,
                value -> require(
                        value.compareTo(Durations.parse(least)) >= 0 && value.compareTo(Durations.parse(most)) <= 0,
                        "This duration is out of range."));
    }

    static Kind<Long> size(String least) {
        var kind = new Kind<>("size, at least " + least, "", ByteSize::parse, ByteSize::exact);
        return kind.where(
                "a size such as 512MiB, 2G or 500MB (KiB and K are 1024 bytes, kB is 1000), at least " + least,
                value -> require(value >= ByteSize.parse(least), "This is too little."));
    }

    static Kind<Long> size(String least, String most) {
        return size(least)
                .where(
                        "a size such as 512MiB, 2G or 500MB (KiB and K are 1024 bytes, kB is 1000), from " + least
                                + " to " + most,
                        value -> require(value <= ByteSize.parse(most), "This is too much."))
                .labelled("size, " + least + " to " + most);
    }

    static Kind<Integer> count(int least, int most) {
        return new Kind<>("number, " + least + " to " + most, "", Kinds::parseCount, value -> Integer.toString(value))
                .where(
                        "a whole number from " + least + " to " + most,
                        value -> require(value >= least && value <= most, "This number is out of range."));
    }

    static <E extends Enum<E>> Kind<E> choice(Class<E> type) {
        var words = Arrays.stream(type.getEnumConstants()).map(Kinds::word).toList();
        return new Kind<>(
                words.stream().map(word -> "`" + word + "`").collect(Collectors.joining(" or ")),
                String.join(" or ", words),
                text -> {
                    int found = words.indexOf(text.strip().toLowerCase(Locale.ROOT));
                    require(found >= 0, "This is none of the choices.");
                    return type.getEnumConstants()[found];
                },
                Kinds::word);
    }

    static void require(boolean fits, String problem) {
        if (!fits) {
            throw new IllegalArgumentException(problem);
        }
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Stream<String> items(String text) {
        return Arrays.stream(text.split(",")).map(String::strip).filter(item -> !item.isEmpty());
    }

    // Boolean.valueOf takes "yes" for false.
    private static Boolean parseBoolean(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("This is neither true nor false.");
        };
    }

    private static Integer parseCount(String text) {
        try {
            return Integer.valueOf(text.strip().replace("_", ""));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("This is not a whole number.", e);
        }
    }

    private static Pattern parseTopics(String text) {
        var topics = items(text).toList();
        require(!topics.isEmpty(), "No topic is named.");
        for (var topic : topics) {
            require(TOPIC_PATTERN.matcher(topic).matches(), "\"" + topic + "\" cannot match the name of a topic.");
        }
        return Pattern.compile(topics.stream()
                .map(topic -> Arrays.stream(topic.split("\\*", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*")))
                .collect(Collectors.joining("|")));
    }

    private static ModelName parseModel(String text) {
        try {
            return new ModelName(text);
        } catch (RemoraException e) {
            throw new IllegalArgumentException("\"" + text + "\": " + e.getMessage(), e);
        }
    }

    private static Path parsePath(String text) {
        try {
            return Path.of(text.strip());
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("This is not a path: " + e.getReason() + ".", e);
        }
    }

    private static URI parseAddress(String text) {
        try {
            var address = new URI(text.strip());
            var scheme = String.valueOf(address.getScheme());
            require(scheme.equals("http") || scheme.equals("https"), "It must begin with http:// or https://.");
            require(address.getHost() != null, "The host is missing.");
            require(
                    address.getUserInfo() == null,
                    "Credentials do not belong here; remora.s3.credentials says where they are.");
            return address;
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("This is not an address: " + e.getReason() + ".", e);
        }
    }
}
