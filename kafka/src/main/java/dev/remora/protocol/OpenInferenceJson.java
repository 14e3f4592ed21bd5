package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The Open Inference Protocol V2: JSON, and its binary extension (JSON, then raw little-endian tensors), both for the
 * server and for a client. NaN and the infinities, which JSON has no numbers for, are the strings {@code "NaN"},
 * {@code "Infinity"} and {@code "-Infinity"}. Thread-safe.
 */
public final class OpenInferenceJson implements PayloadCodec {
    private static final Set<String> TYPES = new LinkedHashSet<>(List.of(MediaType.JSON, MediaType.BYTES));

    private final ReadHeads readHeads = new ReadHeads();
    private final WrittenHeads writtenHeads = new WrittenHeads();

    /** There is nothing to set. */
    public OpenInferenceJson() {}

    /** JSON, or raw tensors after JSON. */
    @Override
    public Set<String> contentTypes() {
        return TYPES;
    }

    /** Whatever has a JSON length; without one, JSON in which {@code instances} do not come first. */
    @Override
    public boolean reads(Invocation.Body body) {
        return body.headerLength() >= 0 || MediaType.JSON.equals(body.contentType()) && !holdsInstances(body.bytes());
    }

    private static boolean holdsInstances(byte[] bytes) {
        try (JsonParser json = Json.FACTORY.createParser(bytes)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                if (name.equals("inputs") || name.equals(InstancesJson.INSTANCES)) {
                    return name.equals(InstancesJson.INSTANCES);
                }
                json.nextToken();
                json.skipChildren();
            }
            return false;
        } catch (IOException e) {
            return false; // decoding says what is wrong
        }
    }

    @Override
    public InferenceInput decode(Invocation.Body body, Signature signature) {
        ReadHead known = readHeads.of(body.bytes(), body.headerLength());
        if (known != null) {
            return known.input(body.bytes(), signature);
        }
        OpenInferenceReader reader = new OpenInferenceReader(body.bytes(), body.headerLength());
        reader.read("inputs");
        readHeads.add(body.bytes(), body.headerLength(), reader);
        return reader.input(signature);
    }

    @Override
    public EncodedBody encode(Answer answer, @Nullable InferenceInput request, @Nullable String contentType) {
        Set<String> named = request == null ? Set.of() : request.binaryOutputs();
        Predicate<String> raw = MediaType.BYTES.equals(contentType) ? name -> true : named::contains;
        String id = request == null ? null : request.id();
        boolean allRaw = id == null && areRaw(answer.outputs(), raw);
        byte[] json = allRaw ? head(answer) : OpenInferenceWriter.reply(answer, id, raw);
        return OpenInferenceWriter.body(json, answer.outputs(), raw);
    }

    private static boolean areRaw(List<Tensor> outputs, Predicate<String> raw) {
        for (Tensor each : outputs) {
            if (!raw.test(each.name())) {
                return false;
            }
        }
        return !outputs.isEmpty();
    }

    /** The JSON of a reply without an id, all of whose outputs are raw. */
    private byte[] head(Answer answer) {
        byte[] known = writtenHeads.of(answer);
        if (known != null) {
            return known;
        }
        byte[] json = OpenInferenceWriter.reply(answer, null, name -> true);
        writtenHeads.add(answer, json);
        return json;
    }

    /**
     * A request with raw tensors, that asks for raw tensors.
     *
     * @param tensors the inputs
     * @param outputs names of the outputs that are wanted; empty means all
     */
    public EncodedBody encodeRequest(List<Tensor> tensors, List<String> outputs) {
        return OpenInferenceWriter.request(tensors, outputs);
    }

    /**
     * The outputs in a reply's body.
     *
     * @param headerLength bytes of the JSON before the raw tensors, or -1
     * @throws RemoraException {@link ErrorCode#BAD_REQUEST} when the body is not of this protocol
     */
    public List<Tensor> decodeReply(byte[] bytes, int headerLength) {
        OpenInferenceReader reader = new OpenInferenceReader(bytes, headerLength);
        reader.read("outputs");
        return reader.tensors();
    }
}
