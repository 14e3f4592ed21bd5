package dev.remora.runtime;

import ai.onnxruntime.TensorInfo;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Holds a request against a model's signature, so that the sender reads of names and shapes of theirs. Immutable. */
final class InputCheck {
    private static final int LISTED = 12;
    private static final int LONGEST_NAME = 120;

    private final Signature signature;
    private final Map<String, Integer> inputs = new HashMap<>();
    private final Set<String> outputs = new LinkedHashSet<>();

    InputCheck(Signature signature) {
        this.signature = signature;
        for (TensorSpec input : signature.inputs()) {
            inputs.put(input.name(), inputs.size());
        }
        signature.outputs().forEach(output -> outputs.add(output.name()));
    }

    /** Refuses inputs of a wrong name, type or shape, and a wrong number of them. */
    void inputs(List<Tensor> given) {
        boolean[] seen = new boolean[inputs.size()];
        for (Tensor tensor : given) {
            Integer place = inputs.get(tensor.name());
            if (place == null) {
                throw bad("The model has no input %s; it takes %s."
                        .formatted(quote(tensor.name()), list(signature.inputs())));
            }
            if (seen[place]) {
                throw bad("Input %s is given twice.".formatted(quote(tensor.name())));
            }
            seen[place] = true;
            fits(tensor, signature.inputs().get(place));
        }
        if (given.size() < seen.length) {
            throw missing(seen);
        }
    }

    /** The outputs wanted, in their order; all when none is named. */
    Set<String> outputs(List<String> wanted) {
        if (wanted.isEmpty()) {
            return outputs;
        }
        Set<String> names = new LinkedHashSet<>();
        for (String name : wanted) {
            if (!outputs.contains(name)) {
                throw bad("The model has no output %s; it gives %s.".formatted(quote(name), list(signature.outputs())));
            }
            if (!names.add(name)) {
                throw bad("Output %s is asked for twice.".formatted(quote(name)));
            }
        }
        return names;
    }

    private static void fits(Tensor tensor, TensorSpec spec) {
        if (tensor.type() != spec.type()) {
            throw bad("Input %s has elements of %s; the model expects %s."
                    .formatted(quote(tensor.name()), tensor.type(), spec.type()));
        }
        if (!fits(tensor.shape(), spec.shape())) {
            throw bad("Input %s has the shape %s; the model expects %s%s."
                    .formatted(
                            quote(tensor.name()),
                            Arrays.toString(tensor.shape()),
                            spec.shape(),
                            spec.shape().contains(-1L) ? ", where -1 stands for any size" : ""));
        }
    }

    private static boolean fits(long[] shape, List<Long> expected) {
        if (expected.isEmpty()) {
            // A scalar or a shape that the model leaves open, which look alike: ONNX Runtime knows.
            return shape.length <= TensorInfo.MAX_DIMENSIONS;
        }
        if (shape.length != expected.size()) {
            return false;
        }
        for (int i = 0; i < shape.length; i++) {
            if (expected.get(i) >= 0 && expected.get(i) != shape[i]) {
                return false;
            }
        }
        return true;
    }

    private RemoraException missing(boolean[] seen) {
        List<TensorSpec> missing = signature.inputs().stream()
                .filter(spec -> !seen[Objects.requireNonNull(inputs.get(spec.name()))])
                .toList();
        return bad("The model also needs the input%s %s.".formatted(missing.size() > 1 ? "s" : "", list(missing)));
    }

    private static String list(Collection<TensorSpec> specs) {
        String listed = specs.stream()
                .limit(LISTED)
                .map(s -> quote(s.name()) + " " + s.type() + s.shape())
                .collect(Collectors.joining(", "));
        return specs.size() > LISTED ? listed + " and " + (specs.size() - LISTED) + " more" : listed;
    }

    private static String quote(String name) {
        return "'" + (name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "..." : name) + "'";
    }

    private static RemoraException bad(String message) {
        return new RemoraException(ErrorCode.BAD_REQUEST, message);
    }
}
