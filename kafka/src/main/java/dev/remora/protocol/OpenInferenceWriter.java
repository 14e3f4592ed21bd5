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

    static EncodedBody reply(PayloadCodec.Answer answer, @Nullable InferenceInput request, Predicate<String> binary) {
        ByteArrayBuilder out = new ByteArrayBuilder(512);
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("model_name", answer.model().value());
            json.writeStringField("model_version", answer.version());
            if (request != null && request.id() != null) {
                json.writeStringField("id", request.id());
            }
            writeTensors(json, "outputs", answer.outputs(), binary);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return body(out, answer.outputs(), binary);
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
        return body(out, tensors, name -> true);
    }

    private static void writeTensors(JsonGenerator json, String field, List<Tensor> tensors, Predicate<String> binary)
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
            if (binary.test(tensor.name())) {
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

    private static EncodedBody body(ByteArrayBuilder json, List<Tensor> tensors, Predicate<String> binary) {
        long raw = 0;
        boolean any = false;
        for (Tensor tensor : tensors) {
            if (binary.test(tensor.name())) {
                raw += tensor.data().remaining();
                any = true;
            }
        }
        if (!any) {
            return new EncodedBody(MediaType.JSON, -1, json.toByteArray());
        }
        int length = json.size();
        if (length + raw > Integer.MAX_VALUE - 16) {
            throw new RemoraException(ErrorCode.PAYLOAD_TOO_LARGE, "The tensors are too large for one record.");
        }
        ByteBuffer body = ByteBuffer.allocate((int) (length + raw)).put(json.toByteArray());
        for (Tensor tensor : tensors) {
            if (binary.test(tensor.name())) {
                body.put(tensor.data());
            }
        }
        return new EncodedBody(MediaType.BYTES, length, body.array());
    }
}
