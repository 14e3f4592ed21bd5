package dev.remora.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a rolling restart costs those who ask meanwhile, with and without hand-over of warm models. */
final class HandoverBench implements Bench {
    private static final int INSTANCES = 3;
    private static final int MODELS = 120;
    /** One takes five minutes with both. */
    private static final int MOST_ROUNDS = 1;

    /** Each model is asked every twelve seconds: were it every second, requests would be there before any hand-over. */
    private static final double PER_SECOND = 10;
    /** Of load; the restarts must be over by then. */
    private static final double SECONDS = 150;

    private static final Duration STOP = Duration.ofSeconds(60);
    /** After an instance is ready again: its partitions come back, and what is to be handed over is. */
    private static final Duration SETTLE = Duration.ofSeconds(6);

    private static final Duration LEAD = Duration.ofSeconds(2);
    private static final Pattern COUNT = Pattern.compile("(\\w+)=(\\d+)");

    /** Whether what was warm is handed over. */
    private enum HandOver {
        WITHOUT,
        WITH;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public String name() {
        return "handover";
    }

    @Override
    public String question() {
        return "cold starts and p99 while three instances are restarted one after the other, with hand-over and without";
    }

    @Override
    public void run(BenchStack stack, BenchOptions options, Report report) throws Exception {
        RealModel model = RealModel.SILERO.isThere(options.models()) ? RealModel.SILERO : RealModel.NET;
        Map<HandOver, List<Rolled>> rolled = new EnumMap<>(HandOver.class);
        for (int round = 0; round < Math.min(MOST_ROUNDS, options.rounds()); round++) {
            for (HandOver each : HandOver.values()) {
                String endpoint = "handover-" + each.label() + "-" + round;
                Rolled one = new Fleet(stack, options, endpoint, each).roll(model);
                System.out.println("  " + endpoint + ": " + one);
                rolled.computeIfAbsent(each, key -> new ArrayList<>()).add(one);
            }
        }
        rolled.forEach((each, rounds) -> {
            String with = "_" + each.label();
            report.put("handover.cold_starts" + with, Series.of(rounds, Rolled::coldStarts));
            report.put("handover.p99_ms" + with, Series.of(rounds, one -> one.trial.p99()));
            report.put(
                    "handover.most_ms" + with,
                    Series.of(rounds, one -> one.trial.outcome().most()));
            report.put("handover.handed_over" + with, Series.of(rounds, Rolled::handedOver));
        });
    }

    /**
     * One rolling restart.
     *
     * @param seconds from the first stop to the last instance being ready and settled
     * @param handedOver models, by the instances that ran at the end
     */
    private record Rolled(Trial trial, double seconds, double handedOver) {
        double coldStarts() {
            double cold = 0;
            Matcher tiers = COUNT.matcher(trial.outcome().tiers());
            while (tiers.find()) {
                cold += tiers.group(1).equals("memory") ? 0 : Integer.parseInt(tiers.group(2));
            }
            return cold;
        }

        @Override
        public String toString() {
            return "%s, p50 %.1f ms, p99 %.1f ms, restarts took %.0f s, %.0f handed over"
                    .formatted(trial.outcome().tiers(), trial.p50(), trial.p99(), seconds, handedOver);
        }
    }

    /** Three instances of an endpoint. */
    private static final class Fleet {
        private final BenchStack stack;
        private final BenchOptions options;
        private final String endpoint;
        private final Map<String, String> config;
        private final List<BenchStack.Server> servers = new ArrayList<>();

        Fleet(BenchStack stack, BenchOptions options, String endpoint, HandOver handOver) {
            this.stack = stack;
            this.options = options;
            this.endpoint = endpoint;
            this.config = Map.of(
                    "remora.handover.enabled",
                    Boolean.toString(handOver == HandOver.WITH),
                    "remora.memory.max",
                    "3GiB");
        }

        Rolled roll(RealModel model) throws Exception {
            try {
                List<String> names = new ArrayList<>();
                for (int i = 0; i < MODELS; i++) {
                    names.add(model.label() + "-" + i + ".onnx");
                    stack.upload(endpoint, names.get(i), model.variant(options.models(), names.get(i)));
                }
                for (int i = 0; i < INSTANCES; i++) {
                    servers.add(start(i));
                }
                return measure(model, names);
            } finally {
                servers.forEach(each -> each.instance().kill());
            }
        }

        private Rolled measure(RealModel model, List<String> names) throws Exception {
            // The instances come and go: what they cost is not asked here.
            Subject subject = Subject.of(endpoint, endpoint, stack.broker().pid());
            Generator generator = stack.generator();
            generator.warmUp(subject, model.label(), names, options.warmUp());
            // What is warm is said every ten seconds.
            TimeUnit.SECONDS.sleep(12);
            Load load = Load.paced(model.label(), names, PER_SECOND, SECONDS);
            FutureTask<Trial> loading = new FutureTask<>(() -> generator.run(subject, load));
            Thread thread = new Thread(loading, "load");
            thread.start();
            Thread.sleep(LEAD.toMillis());
            long begin = System.nanoTime();
            for (int i = 0; i < INSTANCES; i++) {
                if (!servers.get(i).instance().stop(STOP)) {
                    throw new IOException("An instance did not stop within " + STOP);
                }
                servers.set(i, start(i));
                Thread.sleep(SETTLE.toMillis());
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            if (loading.isDone()) {
                throw new IOException("The restarts took %.0f s, longer than the load".formatted(seconds));
            }
            double handedOver = servers.stream()
                    .mapToDouble(each -> each.instance().metrics().value("remora_handed_over_models_total"))
                    .sum();
            return new Rolled(loading.get(), seconds, handedOver);
        }

        private BenchStack.Server start(int i) throws IOException {
            return stack.server(endpoint, endpoint + "-" + i, options.mode(), config);
        }
    }
}
