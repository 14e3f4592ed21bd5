package dev.remora.protocol;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares what a request brings with what its model takes, in words that tell the sender what to change. */
final class SignatureCheck {
    private static final int MAX_SHOWN = 16;

    private SignatureCheck() {}

    static void check(InferenceInput input, Signature signature) {
        List<Tensor> tensors = input.tensors();
        for (int i = 0; i < tensors.size(); i++) {
            checkTensor(tensors.get(i), signature);
            for (int k = 0; k < i; k++) {
                if (tensors.get(k).name().equals(tensors.get(i).name())) {
                    throw wrongInput("The input '" + shown(tensors.get(i).name()) + "' is there twice.", signature);
                }
            }
        }
        if (tensors.size() < signature.inputs().size()) {
            throw wrongInput("The input '" + missing(tensors, signature) + "' is missing.", signature);
        }
        checkOutputs(input.outputs(), signature);
    }

    private static void checkTensor(Tensor tensor, Signature signature) {
        TensorSpec spec = find(signature.inputs(), tensor.name());
        if (spec == null) {
            throw wrongInput("The model has no input '" + shown(tensor.name()) + "'.", signature);
        }
        if (spec.type() != tensor.type()) {
            throw wrongInput(
                    "The input '" + tensor.name() + "' is " + tensor.type() + ", not " + spec.type() + '.', signature);
        }
        if (!Shapes.matches(spec.shape(), tensor.shape())) {
            throw wrongShape(spec, tensor.shape(), signature);
        }
    }

    private static String missing(List<Tensor> tensors, Signature signature) {
        Set<String> names = new HashSet<>();
        tensors.forEach(tensor -> names.add(tensor.name()));
        return signature.inputs().stream()
                .map(TensorSpec::name)
                .filter(name -> !names.contains(name))
                .findFirst()
                .orElse("");
    }

    private static void checkOutputs(List<String> outputs, Signature signature) {
        for (String output : outputs) {
            if (find(signature.outputs(), output) == null) {
                throw new RemoraException(
                        ErrorCode.BAD_REQUEST,
                        "The model has no output '" + shown(output) + "'; it gives " + list(signature.outputs()) + '.');
            }
        }
    }

    static @Nullable TensorSpec find(List<TensorSpec> specs, String name) {
        for (TensorSpec spec : specs) {
            if (spec.name().equals(name)) {
                return spec;
            }
        }
        return null;
    }

    static RemoraException wrongShape(TensorSpec spec, long[] shape, Signature signature) {
        return wrongInput(
                "The input '" + spec.name() + "' has the shape " + Arrays.toString(shape) + ", not " + spec.shape()
                        + '.',
                signature);
    }

    static RemoraException wrongInput(String what, Signature signature) {
        return new RemoraException(
                ErrorCode.BAD_REQUEST, what + " The model takes " + list(signature.inputs()) + "; -1 is any size.");
    }

    private static String list(List<TensorSpec> specs) {
        StringBuilder list = new StringBuilder();
        for (TensorSpec spec : specs.subList(0, Math.min(specs.size(), MAX_SHOWN))) {
            list.append(list.isEmpty() ? "" : ", ")
                    .append(spec.name())
                    .append(' ')
                    .append(spec.type())
                    .append(spec.shape());
        }
        return specs.size() > MAX_SHOWN ? list + " and " + (specs.size() - MAX_SHOWN) + " more" : list.toString();
    }

    static String shown(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }
}
