package dev.remora.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The JSON before a request's raw tensors, and what it says. Immutable. */
final class ReadHead {
    private final byte[] json;
    private final List<RawLayout> tensors;
    private final WantedOutputs wanted;
    private final int rawBytes;

    /**
     * A head whose tensors are all raw, one after the other.
     *
     * @param json its bytes, which are kept
     */
    ReadHead(byte[] json, List<Tensor> tensors, WantedOutputs wanted) {
        this.json = json;
        this.tensors = tensors.stream().map(RawLayout::of).toList();
        this.wanted = wanted;
        this.rawBytes = this.tensors.stream().mapToInt(RawLayout::byteCount).sum();
    }

    /** Whether this body begins with it, and holds as many bytes after it as it says. */
    boolean isOf(byte[] body, int headLength) {
        return headLength == json.length
                && body.length - headLength == rawBytes
                && Arrays.equals(json, 0, headLength, body, 0, headLength);
    }

    /** What a body says that begins with it. */
    InferenceInput input(byte[] body, Signature signature) {
        List<Tensor> inputs = new ArrayList<>(tensors.size());
        int at = json.length;
        for (RawLayout each : tensors) {
            inputs.add(each.over(body, at));
            at += each.byteCount();
        }
        return new InferenceInput(null, inputs, wanted.names(), wanted.raw(signature));
    }
}
