package dev.remora.runtime;

import dev.remora.protocol.DataType;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import dev.remora.protocol.Signature;
import dev.remora.protocol.Tensor;
import dev.remora.protocol.TensorSpec;
import dev.remora.runtime.Evidence.Output;
import dev.remora.runtime.LoadedModel.Batch;
import dev.remora.runtime.LoadedModel.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs several requests of one model in one call, joined along the axis that the model leaves open, where that was seen to
 * change no answer and to be quicker. Thread-safe.
 *
 * <p>Nothing in a model says whether its rows are independent. So its first batches are run both ways: the requests are
 * answered with what they gave alone, and a model whose batch differs from that by a single bit is never run in batches again.
 * Batches grow: twice as many requests are tried once so many have proved to be equal and quicker. Each shape of inputs proves
 * itself, each input that was the same in all requests so far does once it differs, and all are still checked now and then.
 */
final class Batching {
    /** Of a model that must not be run in batches. */
    static final Batching NONE = new Batching(new Signature(List.of(), List.of()), 1, () -> 0);

    /** What joins more is not small: to copy it would take longer than is gained. */
    private static final long LARGEST_BYTES = 1L << 20;

    /** So many kinds of requests prove themselves; those of further ones run alone. */
    private static final int KINDS = 16;

    /** After so many in vain, in powers of two, requests are not tried together for as many calls. */
    private static final int LONGEST_REST = 10;

    private static final int SHARED = -1;

    private final Map<String, Integer> inputAxes = new HashMap<>();
    private final Map<Kind, Evidence> kinds = new HashMap<>();
    private final int most;
    private final LongSupplier nanos;
    private Evidence last;
    private int inVain;
    private int rest;

    /** A batch was seen to change an answer, or cannot be run: there are no more, of whatever kind. */
    private volatile boolean refused;

    /** A call of the model, alone or with several requests at once. */
    interface Run {
        List<Tensor> run(List<Tensor> inputs, List<String> outputs, Duration limit);
    }

    /** @param most requests in one call, rounded down to a power of two */
    Batching(Signature signature, int most, LongSupplier nanos) {
        this.most = canJoin(signature) ? most : 1;
        this.nanos = nanos;
        this.last = new Evidence(this.most);
        signature.inputs().forEach(input -> inputAxes.put(input.name(), axis(input)));
    }

    /** Whether rows may follow one another: an input's first dimension is open. What else is open may be time or place. */
    static boolean canJoin(Signature signature) {
        return signature.inputs().stream().anyMatch(input -> input.shape().indexOf(-1L) == 0);
    }

    /** Beside such an input, one that leaves a single other dimension open holds its rows along that. */
    private static int axis(TensorSpec input) {
        int open = input.shape().indexOf(-1L);
        return open == 0 || Collections.frequency(input.shape(), -1L) == 1 ? open : SHARED;
    }

    int batch(int waiting) {
        return most == 1 || refused ? 1 : next(waiting);
    }

    private synchronized int next(int waiting) {
        if (rest > 0) {
            rest--;
            return 1;
        }
        int size = last.size(waiting);
        if (size == 1 && waiting > 1) {
            for (Evidence each : kinds.values()) {
                size = Math.max(size, each.size(waiting));
            }
        }
        return size;
    }

    Optional<Batch> run(List<Request> requests, Duration limit, Run model) {
        Evidence evidence = !refused && goTogether(requests) ? evidence(requests.get(0)) : null;
        BitSet differing = evidence == null ? new BitSet() : differing(requests);
        Optional<Batch> batch = Optional.empty();
        // Requests that are all the same prove nothing.
        if (evidence != null && evidence.size(requests.size()) == requests.size() && !differing.isEmpty()) {
            batch = run(evidence, requests, differing, limit, model);
        }
        note(batch.isPresent());
        return batch;
    }

    private Optional<Batch> run(
            Evidence evidence, List<Request> requests, BitSet differing, Duration limit, Run model) {
        try {
            return evidence.due(requests.size(), differing)
                    ? tried(evidence, requests, differing, limit, model)
                    : together(evidence, requests, limit, model);
        } catch (RuntimeException | Error e) {
            refused = true; // A fault of ours, or of the model's: it is not asked for again and again.
            throw e;
        }
    }

    private synchronized void note(boolean ran) {
        inVain = ran ? 0 : Math.min(LONGEST_REST, inVain + 1);
        rest = ran ? 0 : (1 << inVain) - 2;
    }

    private synchronized @Nullable Evidence evidence(Request request) {
        Kind kind = new Kind(request.inputs().stream().map(Part::of).toList(), request.outputs());
        Evidence known = kinds.get(kind);
        if (known == null && kinds.size() < KINDS) {
            known = new Evidence(most);
            kinds.put(kind, known);
        }
        last = known == null ? last : known;
        return known;
    }

    /** Whether they differ in nothing but what stands in their rows. */
    private boolean goTogether(List<Request> requests) {
        Request first = requests.get(0);
        long bytes = 0;
        for (Tensor input : first.inputs()) {
            Integer axis = inputAxes.get(input.name());
            boolean empty = Arrays.stream(input.shape()).anyMatch(size -> size == 0);
            if (axis == null || axis >= input.shape().length || input.type() == DataType.BYTES || empty) {
                return false;
            }
            bytes += input.data().remaining();
        }
        return bytes * requests.size() <= LARGEST_BYTES && requests.stream().allMatch(each -> goesWith(first, each));
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

    /** Which inputs differ among requests that go together. */
    private static BitSet differing(List<Request> requests) {
        BitSet differing = new BitSet();
        List<Tensor> first = requests.get(0).inputs();
        for (int i = 0; i < first.size(); i++) {
            for (Request each : requests) {
                if (!each.inputs().get(i).data().equals(first.get(i).data())) {
                    differing.set(i);
                    break;
                }
            }
        }
        return differing;
    }

    private Optional<Batch> together(Evidence evidence, List<Request> requests, Duration limit, Run model) {
        List<Tensor> wholes;
        try {
            wholes = joined(requests, limit, model);
        } catch (RemoraException e) {
            evidence.failed();
            return Optional.empty();
        }
        evidence.ran();
        if (refused) {
            return Optional.empty();
        }
        List<Output> expected = evidence.outputs();
        List<List<Tensor>> outputs = new ArrayList<>(requests.size());
        requests.forEach(each -> outputs.add(new ArrayList<>(wholes.size())));
        for (int i = 0; i < wholes.size(); i++) {
            if (!expected.get(i).isOf(wholes.get(i), requests.size())) {
                refused = true;
                return Optional.empty();
            }
            List<Tensor> parts = Rows.split(wholes.get(i), expected.get(i).axis(), requests.size());
            for (int request = 0; request < parts.size(); request++) {
                outputs.get(request).add(parts.get(request));
            }
        }
        return Optional.of(new Batch(outputs, requests.size()));
    }

    private List<Tensor> joined(List<Request> requests, Duration limit, Run model) {
        Request first = requests.get(0);
        List<Tensor> inputs = new ArrayList<>(first.inputs().size());
        for (int i = 0; i < first.inputs().size(); i++) {
            Tensor one = first.inputs().get(i);
            inputs.add(axis(one) == SHARED ? one : Rows.join(inputs(requests, i), axis(one)));
        }
        return model.run(inputs, first.outputs(), limit);
    }

    private static List<Tensor> inputs(List<Request> requests, int input) {
        List<Tensor> parts = new ArrayList<>(requests.size());
        requests.forEach(each -> parts.add(each.inputs().get(input)));
        return parts;
    }

    /** Both ways; answered with what each gave alone. */
    private Optional<Batch> tried(
            Evidence evidence, List<Request> requests, BitSet differing, Duration limit, Run model) {
        List<List<Tensor>> alone = new ArrayList<>(requests.size());
        long began = nanos.getAsLong();
        try {
            for (Request each : requests) {
                alone.add(model.run(each.inputs(), each.outputs(), left(limit, began)));
            }
        } catch (RemoraException e) {
            evidence.failed();
            return Optional.empty();
        }
        long aloneNanos = nanos.getAsLong() - began;
        try {
            List<Tensor> wholes = joined(requests, left(limit, began), model);
            long togetherNanos = nanos.getAsLong() - began - aloneNanos;
            if (evidence.learn(alone.get(0), wholes, requests.size()) && isEqual(evidence, wholes, alone)) {
                evidence.proved(requests.size(), differing, aloneNanos, togetherNanos);
            } else {
                refused = true;
            }
        } catch (RemoraException e) {
            evidence.failed();
            if (e.code() != ErrorCode.DEADLINE_EXCEEDED) {
                refused = true; // Each of them ran alone: the model itself takes no batch.
            }
        }
        return Optional.of(new Batch(alone, 1));
    }

    private Duration left(Duration limit, long began) {
        return limit.minusNanos(nanos.getAsLong() - began);
    }

    private static boolean isEqual(Evidence evidence, List<Tensor> wholes, List<List<Tensor>> alone) {
        for (int i = 0; i < wholes.size(); i++) {
            List<Tensor> parts =
                    Rows.split(wholes.get(i), evidence.outputs().get(i).axis(), alone.size());
            for (int request = 0; request < alone.size(); request++) {
                if (!same(parts.get(request), alone.get(request).get(i))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean same(Tensor one, Tensor other) {
        return Arrays.equals(one.shape(), other.shape()) && one.data().equals(other.data());
    }

    /** Requests that may run together, but for what shared inputs hold. Immutable. */
    private record Kind(List<Part> inputs, List<String> outputs) {}

    /** An input of them. Immutable. */
    private record Part(String name, DataType type, List<Long> shape) {
        static Part of(Tensor input) {
            return new Part(
                    input.name(),
                    input.type(),
                    Arrays.stream(input.shape()).boxed().toList());
        }
    }
}
