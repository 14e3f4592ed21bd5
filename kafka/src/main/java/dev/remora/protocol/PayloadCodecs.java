package dev.remora.protocol;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Every kind of payload that an endpoint reads and writes. Thread-safe. */
public final class PayloadCodecs {
    private static final int MAX_SHOWN_CHARS = 200;

    private final List<PayloadCodec> codecs;
    private final Set<String> contentTypes;

    /** The given kinds; of two that would do, the earlier is taken. */
    public PayloadCodecs(List<PayloadCodec> codecs) {
        this.codecs = List.copyOf(codecs);
        Set<String> types = new LinkedHashSet<>();
        codecs.forEach(codec -> types.addAll(codec.contentTypes()));
        this.contentTypes = Set.copyOf(types);
    }

    /** The kinds that come with Remora. */
    public static PayloadCodecs standard() {
        return new PayloadCodecs(
                List.of(new OpenInferenceJson(), new InstancesJson(), new CsvCodec(), new RawTensorCodec()));
    }

    /** The content types that are read and written, lower case and without parameters. */
    public Set<String> contentTypes() {
        return contentTypes;
    }

    /**
     * Finds the kinds of a request and of its reply.
     *
     * @throws RemoraException {@link ErrorCode#UNSUPPORTED_CONTENT_TYPE} when there is none for its content type or for
     *     what it accepts, naming those there are
     */
    public PayloadExchange open(Invocation.Body sent) {
        Invocation.Body body = typed(sent);
        PayloadCodec reader = reader(body);
        if (reader == null) {
            throw unsupported("content-type", String.valueOf(sent.contentType()));
        }
        String accept = body.accept();
        return accept == null ? new PayloadExchange(body, reader, reader, null) : negotiate(body, reader, accept);
    }

    /** With the content type that the codecs compare with. */
    private static Invocation.Body typed(Invocation.Body sent) {
        String given = sent.contentType();
        String type = given == null ? guess(sent) : MediaType.essence(given);
        return type.equals(given) ? sent : new Invocation.Body(type, sent.accept(), sent.headerLength(), sent.bytes());
    }

    private @Nullable PayloadCodec reader(Invocation.Body body) {
        String type = body.contentType();
        for (PayloadCodec codec : codecs) {
            if (type != null && codec.contentTypes().contains(type) && codec.reads(body)) {
                return codec;
            }
        }
        return null;
    }

    private static String guess(Invocation.Body body) {
        byte[] bytes = body.bytes();
        int at = 0;
        while (at < bytes.length && Json.isSpace(bytes[at])) {
            at++;
        }
        return body.headerLength() >= 0 || at < bytes.length && bytes[at] == '{' ? MediaType.JSON : MediaType.BYTES;
    }

    private PayloadExchange negotiate(Invocation.Body body, PayloadCodec reader, String accept) {
        for (String range : MediaType.ranges(accept)) {
            if (range.equals("*/*")) {
                return new PayloadExchange(body, reader, reader, null);
            }
            for (PayloadCodec codec : readerFirst(reader)) {
                String type = MediaType.firstMatch(codec.contentTypes(), range);
                if (type != null) {
                    boolean exact = type.equals(range);
                    return new PayloadExchange(body, reader, codec, exact ? type : null);
                }
            }
        }
        throw unsupported("accept", accept);
    }

    private List<PayloadCodec> readerFirst(PayloadCodec reader) {
        List<PayloadCodec> ordered = new ArrayList<>(codecs.size() + 1);
        ordered.add(reader);
        ordered.addAll(codecs);
        return ordered;
    }

    private RemoraException unsupported(String header, String value) {
        String shown = value.length() > MAX_SHOWN_CHARS ? value.substring(0, MAX_SHOWN_CHARS) + "..." : value;
        return new RemoraException(
                ErrorCode.UNSUPPORTED_CONTENT_TYPE,
                "The header '" + header + "' is '" + shown + "'; supported are "
                        + String.join(", ", contentTypes.stream().sorted().toList()) + '.');
    }
}
