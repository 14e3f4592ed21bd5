package dev.remora.it.guarantee;

import dev.remora.launcher.TinyNet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A random load over many models: most of them small nets of many sizes, asked as unevenly as real ones are; among them
 * slow, failing, broken and missing ones. A request follows from seed and number alone, so that nothing need be kept to
 * know what its reply must be. Thread-safe.
 */
final class Load {
    static final String CORRELATION = "remora-correlation-id";
    private static final int SMALLEST = 16 << 10;
    private static final int STEPS = 6;
    /** Of each hundred requests, how many ask models that are slow, fail, are broken, are missing. */
    private static final int SLOW = 2;

    private static final int FAILING = 4;
    private static final int BROKEN = 5;
    private static final int MISSING = 7;

    private final long seed;
    private final List<Subject> good = new ArrayList<>();
    private final List<Subject> slow = new ArrayList<>();
    private final List<Subject> failing = new ArrayList<>();
    private final List<Subject> broken = new ArrayList<>();
    private final List<Subject> missing = new ArrayList<>();

    /**
     * A load.
     *
     * @param seed of all that is random in it
     * @param models how many of them answer; those that do not come on top
     */
    Load(long seed, int models) {
        this.seed = seed;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < models; i++) {
            // Sizes of 16 KiB to 1 MiB, each doubling half as frequent as the one before it.
            int doublings = Math.min(STEPS, Integer.numberOfTrailingZeros(random.nextInt() | 1 << STEPS));
            int bytes = (SMALLEST << doublings) + random.nextInt(SMALLEST);
            String kind = i % 5 == 4 ? ".tar.gz" : ".onnx";
            good.add(new AnsweringSubject("tenant-" + i % 7 + "/net-" + i + kind, TinyNet.ofBytes(bytes, seed + i)));
        }
        for (int i = 0; i < 3; i++) {
            slow.add(NamedSubject.slow("slow/" + i + ".onnx", 20_000 << 2 * i));
            failing.add(NamedSubject.failing("failing/" + i + ".onnx"));
            broken.add(NamedSubject.broken("broken/" + i + ".onnx", seed + i));
        }
        for (int i = 0; i < 8; i++) {
            missing.add(NamedSubject.missing("missing/" + i + ".onnx"));
        }
    }

    /** All models, the missing ones included. */
    List<Subject> subjects() {
        List<Subject> all = new ArrayList<>(good);
        List.of(slow, failing, broken, missing).forEach(all::addAll);
        return all;
    }

    /** The request of this number. */
    Request request(int number) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
        Subject subject = subject(random);
        Question question = subject.ask(random);
        Map<String, String> headers = new HashMap<>();
        if (random.nextInt(4) == 0) {
            headers.put("remora-priority", Integer.toString(1 + random.nextInt(9)));
        }
        if (random.nextInt(2) == 0) {
            headers.put(CORRELATION, correlation(number));
        }
        return new Request(number, subject.name(), question, headers);
    }

    private static String correlation(int number) {
        return "c" + number;
    }

    private Subject subject(SplittableRandom random) {
        int share = random.nextInt(100);
        if (share >= MISSING) {
            // A cubed uniform number: the first tenth of the models gets half of the requests.
            double uniform = random.nextDouble();
            return good.get((int) (uniform * uniform * uniform * good.size()));
        }
        List<Subject> odd = share < SLOW ? slow : share < FAILING ? failing : share < BROKEN ? broken : missing;
        return odd.get(random.nextInt(odd.size()));
    }
}
