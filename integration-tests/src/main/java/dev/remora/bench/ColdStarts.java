package dev.remora.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Cold starts, one at a time: Remora's and bare ones in turn. Confined to the thread that measures. */
final class ColdStarts implements AutoCloseable {
    private final BenchStack stack;
    private final BenchOptions options;
    private final BenchStack.Server remora;
    private final Subject echo;
    private final ChildJvm bare;
    private int last;

    ColdStarts(BenchStack stack, BenchOptions options, BenchStack.Server remora) throws IOException {
        this.stack = stack;
        this.options = options;
        this.remora = remora;
        this.echo = stack.echo(options.mode());
        this.bare = ChildJvm.start(
                stack.folder(),
                "bare",
                BareMain.class,
                options.jvm(),
                stack.s3Fields().with("folder", stack.folder().resolve("bare")));
    }

    /** Milliseconds of each cold start. */
    static final class Times {
        final List<Double> s3 = new ArrayList<>();
        final List<Double> bareS3 = new ArrayList<>();
        final List<Double> disk = new ArrayList<>();
        final List<Double> bareDisk = new ArrayList<>();
        final List<Double> echo = new ArrayList<>();

        void add(Times more) {
            s3.addAll(more.s3);
            bareS3.addAll(more.bareS3);
            disk.addAll(more.disk);
            bareDisk.addAll(more.bareDisk);
            echo.addAll(more.echo);
        }
    }

    /** So many variants that were never seen, from S3; then, when they have left memory, the same from disk. */
    Times measure(RealModel model, int round, int variants) throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < variants; i++) {
            String name = "%s-%d.onnx".formatted(model.label(), last++);
            stack.upload("remora", name, model.variant(options.models(), name));
            names.add(name);
        }
        Times times = new Times();
        for (String name : names) {
            Runnable ours = () -> times.s3.add(reply(model, name, "s3"));
            Runnable theirs = () -> times.bareS3.add(bare(model, name, "s3"));
            inTurn(round, ours, theirs);
            times.echo.add(echo(model));
        }
        ColdBench.awaitEmpty(remora.instance());
        for (String name : names) {
            Runnable ours = () -> times.disk.add(reply(model, name, "disk"));
            Runnable theirs = () -> times.bareDisk.add(bare(model, name, "disk"));
            inTurn(round, ours, theirs);
        }
        return times;
    }

    private static void inTurn(int round, Runnable one, Runnable other) {
        (round % 2 == 0 ? one : other).run();
        (round % 2 == 0 ? other : one).run();
    }

    private double reply(RealModel model, String name, String tier) {
        Load once = Load.inFlight(model.label(), List.of(name), 1, 1).upTo(1);
        Outcome outcome = generator().run(remora.subject(), once).outcome();
        if (!outcome.tiers().equals("{" + tier + "=1}")) {
            throw new IllegalStateException(name + " was not in " + tier + " but " + outcome.tiers());
        }
        return outcome.p50();
    }

    private double echo(RealModel model) {
        Load once =
                Load.inFlight(Samples.ECHO + model.label(), List.of("a"), 1, 1).upTo(1);
        return generator().run(echo, once).p50();
    }

    private Generator generator() {
        try {
            return stack.generator();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private double bare(RealModel model, String name, String from) {
        return bare.ask(Fields.none()
                        .with("from", from)
                        .with("sample", model.label())
                        .with("seed", last)
                        .with("file", name)
                        .with("key", "remora/" + name))
                .number("millis");
    }

    @Override
    public void close() {
        bare.close();
    }
}
