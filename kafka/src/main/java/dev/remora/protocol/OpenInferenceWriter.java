package dev.remora.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Writes bodies of the Open Inference Protocol V2. */
final class OpenInferenceWriter {
    private OpenInferenceWriter() {}

    /** The JSON of a reply, in which outputs that are not raw stand whole. */
    static byte[] reply(PayloadCodec.Answer answer, @Nullable String id, Predicate<String> raw) {
        ByteArrayBuilder out = new ByteArrayBuilder(512);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("model_name", answer.model().value());
            json.writeStringField("model_version", answer.version());
            if (id != null) {
                json.writeStringField("id", id);
            }
            writeTensors(json, "outputs", answer.outputs(), raw);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return out.toByteArray();
    }

    static EncodedBody request(List<Tensor> tensors, List<String> outputs) {
        ByteArrayBuilder out = new ByteArrayBuilder(512);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            writeTensors(json, "inputs", tensors, name -> true);
            if (!outputs.isEmpty()) {
                json.writeArrayFieldStart("outputs");
                for (String output : outputs) {
                    json.writeStartObject();
                    json.writeStringField("name", output);
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            json.writeObjectFieldStart("parameters");
            json.writeBooleanField("binary_data_output", true);
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return body(out.toByteArray(), tensors, name -> true);
    }

    private static void writeTensors(JsonGenerator json, String field, List<Tensor> tensors, Predicate<String> raw)
            throws IOException {
        json.writeArrayFieldStart(field);
        for (Tensor tensor : tensors) {
            json.writeStartObject();
            json.writeStringField("name", tensor.name());
            json.writeStringField("datatype", tensor.type().name());
            json.writeArrayFieldStart("shape");
            for (long size : tensor.shape()) {
                json.writeNumber(size);
            }
            json.writeEndArray();
            if (raw.test(tensor.name())) {
                json.writeObjectFieldStart("parameters");
                json.writeNumberField("binary_data_size", tensor.data().remaining());
                json.writeEndObject();
            } else {
                json.writeArrayFieldStart("data");
                ElementWriter.of(tensor).writeRest(json);
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** The JSON, and after it the bytes of those tensors that are raw. */
    static EncodedBody body(byte[] json, List<Tensor> tensors, Predicate<String> raw) {
        long bytes = 0;
        boolean any = false;
        for (Tensor tensor : tensors) {
            if (raw.test(tensor.name())) {
                bytes += tensor.data().remaining();
                any = true;
            }
        }
        if (!any) {
            return new EncodedBody(MediaType.JSON, -1, json);
        }
        if (json.length + bytes > Integer.MAX_VALUE - 16) {
            throw new RemoraException(ErrorCode.PAYLOAD_TOO_LARGE, "The tensors are too large for one record.");
        }
        ByteBuffer body = ByteBuffer.allocate((int) (json.length + bytes)).put(json);
        for (Tensor tensor : tensors) {
            if (raw.test(tensor.name())) {
                body.put(tensor.data());
            }
        }
        return new EncodedBody(MediaType.BYTES, json.length, body.array());
    }
}
