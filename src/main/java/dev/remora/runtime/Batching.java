package dev.remora.runtime;

import dev.remora.protocol.DataType;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import dev.remora.runtime.LoadedModel.Batch;
import dev.remora.runtime.LoadedModel.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Runs several requests of one model in one call, joined along the axis that the model leaves open, where that was seen to
 * change no answer and to be quicker. Thread-safe.
 *
 * <p>Nothing in a model says whether its rows are independent. So the first batches of each size are run both ways: the
 * requests are answered with what they gave alone, and a model whose batch differs from that by a single bit is never run in
 * batches again. Later ones are still checked now and then. Batches grow: twice as many requests are tried once so many have
 * proved to be equal and quicker.
 */
final class Batching {
    /** What joins more is not small: to copy it would take longer than is gained. */
    private static final long LARGEST_BYTES = 1L << 20;

    /** A model whose every input is fixed, or that must not be run in batches. */
    static final Batching NONE = new Batching(new Signature(List.of(), List.of()), 1, () -> 0);

    private static final int SHARED = -1;

    private final Map<String, Integer> inputAxes = new HashMap<>();
    private final Evidence evidence;
    private final LongSupplier nanos;

    /** A call of the model, alone or with several requests at once. */
    interface Run {
        List<Tensor> run(List<Tensor> inputs, List<String> outputs, Duration limit);
    }

    /** @param most requests in one call */
    Batching(Signature signature, int most, LongSupplier nanos) {
        boolean open = false;
        for (TensorSpec input : signature.inputs()) {
            int axis = input.shape().indexOf(-1L);
            open |= axis >= 0;
            inputAxes.put(input.name(), axis);
        }
        this.evidence = new Evidence(open ? most : 1);
        this.nanos = nanos;
    }

    int batch(int waiting) {
        return evidence.size(waiting);
    }

    Optional<Batch> run(List<Request> requests, Duration limit, Run model) {
        if (!goTogether(requests)) {
            return Optional.empty();
        }
        try {
            return evidence.due(requests.size()) ? tried(requests, limit, model) : together(requests, limit, model);
        } catch (RemoraException e) {
            return Optional.empty();
        }
    }

    /** Whether they differ in nothing but what stands in their rows. */
    private boolean goTogether(List<Request> requests) {
        Request first = requests.get(0);
        long bytes = 0;
        for (Tensor input : first.inputs()) {
            Integer axis = inputAxes.get(input.name());
            if (axis == null || axis >= input.shape().length || input.type() == DataType.BYTES) {
                return false;
            }
            bytes += input.data().remaining();
        }
        if (bytes * requests.size() > LARGEST_BYTES) {
            return false;
        }
        for (Request each : requests) {
            if (!goesWith(first, each)) {
                return false;
            }
        }
        return true;
    }

    private boolean goesWith(Request first, Request other) {
        if (other.inputs().size() != first.inputs().size() || !other.outputs().equals(first.outputs())) {
            return false;
        }
        for (int i = 0; i < first.inputs().size(); i++) {
            Tensor one = first.inputs().get(i);
            Tensor two = other.inputs().get(i);
            boolean alike = one.name().equals(two.name())
                    && one.type() == two.type()
                    && Arrays.equals(one.shape(), two.shape())
                    && (axis(one) != SHARED || one.data().equals(two.data()));
            if (!alike) {
                return false;
            }
        }
        return true;
    }

    private int axis(Tensor input) {
        return inputAxes.getOrDefault(input.name(), SHARED);
    }

    private Optional<Batch> together(List<Request> requests, Duration limit, Run model) {
        List<List<Tensor>> outputs = new ArrayList<>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            outputs.add(new ArrayList<>());
        }
        for (Tensor whole : joined(requests, limit, model)) {
            int axis = evidence.axis(whole.name());
            long[] shape = whole.shape();
            if (axis < 0 || axis >= shape.length || shape[axis] % requests.size() != 0) {
                evidence.refuse();
                return Optional.empty();
            }
            List<Tensor> parts = Rows.split(whole, axis, requests.size());
            for (int i = 0; i < parts.size(); i++) {
                outputs.get(i).add(parts.get(i));
            }
        }
        return Optional.of(new Batch(outputs, requests.size()));
    }

    private List<Tensor> joined(List<Request> requests, Duration limit, Run model) {
        Request first = requests.get(0);
        List<Tensor> inputs = new ArrayList<>(first.inputs().size());
        for (int i = 0; i < first.inputs().size(); i++) {
            int input = i;
            Tensor one = first.inputs().get(i);
            inputs.add(
                    axis(one) == SHARED
                            ? one
                            : Rows.join(
                                    requests.stream()
                                            .map(each -> each.inputs().get(input))
                                            .toList(),
                                    axis(one)));
        }
        return model.run(inputs, first.outputs(), limit);
    }

    /** Both ways. Requests that are all the same prove nothing. */
    private Optional<Batch> tried(List<Request> requests, Duration limit, Run model) {
        Request first = requests.get(0);
        if (requests.stream().allMatch(each -> same(each.inputs(), first.inputs()))) {
            return Optional.empty();
        }
        long began = nanos.getAsLong();
        List<List<Tensor>> alone = new ArrayList<>(requests.size());
        for (Request each : requests) {
            alone.add(model.run(each.inputs(), each.outputs(), limit));
        }
        long aloneNanos = nanos.getAsLong() - began;
        List<Tensor> whole = joined(requests, limit, model);
        long togetherNanos = nanos.getAsLong() - began - aloneNanos;
        if (evidence.learnAxes(alone.get(0), whole, requests.size()) && isEqual(whole, alone)) {
            evidence.equal(requests.size(), aloneNanos, togetherNanos);
        } else {
            evidence.refuse();
        }
        return Optional.of(new Batch(alone, 1));
    }

    private boolean isEqual(List<Tensor> whole, List<List<Tensor>> alone) {
        for (int i = 0; i < whole.size(); i++) {
            List<Tensor> parts =
                    Rows.split(whole.get(i), evidence.axis(whole.get(i).name()), alone.size());
            for (int request = 0; request < alone.size(); request++) {
                if (!same(parts.get(request), alone.get(request).get(i))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean same(List<Tensor> these, List<Tensor> those) {
        for (int i = 0; i < these.size(); i++) {
            if (!same(these.get(i), those.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(Tensor one, Tensor other) {
        return Arrays.equals(one.shape(), other.shape()) && one.data().equals(other.data());
    }
}
