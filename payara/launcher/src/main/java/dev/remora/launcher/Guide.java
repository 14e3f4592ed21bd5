package dev.remora.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Says where everything is, and how to go on by hand; each command works as it is printed. */
final class Guide {
    private static final String SAMPLE = "sample.onnx";
    private static final String MODEL = "my-model.onnx";

    private final Screen screen;
    private final LocalStack stack;

    Guide(Screen screen, LocalStack stack) {
        this.screen = screen;
        this.stack = stack;
    }

    void whereThingsAre(String startTime) {
        S3Server s3 = stack.s3();
        screen.line("\n" + screen.bold("Remora is up") + " after " + startTime + ".");
        screen.line("");
        screen.lines("endpoint   " + LocalStack.ENDPOINT);
        screen.lines("Kafka      %s   topics %s.invocations, %s.replies"
                .formatted(stack.broker().bootstrap(), LocalStack.ENDPOINT, LocalStack.ENDPOINT));
        screen.lines("S3         %s   models in s3://%s/%s   key %s, secret %s"
                .formatted(
                        s3.endpoint(),
                        LocalStack.BUCKET,
                        LocalStack.PREFIX,
                        s3.keys().access(),
                        s3.keys().secret()));
        for (PayaraInstance instance : stack.instances()) {
            screen.lines("instance   %s at %s   log %s".formatted(instance.name(), instance.url(), instance.log()));
        }
        screen.lines("for each   %s of memory and %s of disk for models"
                .formatted(stack.options().memory(), stack.options().disk()));
        screen.lines("data       " + stack.data()
                + (stack.options().data() == null ? "   (removed at the end; --data DIR keeps it)" : ""));
        screen.lines("all this for programs: " + stack.stackFile());
    }

    void whatToTryNext() throws IOException {
        Path sample = stack.data().resolve(SAMPLE);
        Files.write(sample, TinyNet.of(7).onnx());
        screen.line("\n" + screen.bold("Now you") + "  (each command works as it stands)");
        uploading(sample);
        invoking();
        removing();
        watching();
    }

    private void uploading(Path sample) {
        S3Server s3 = stack.s3();
        title("Upload a model of your own: its key is its name. Here is a small one that takes 4 numbers and gives 3");
        screen.line(curl() + " -T " + shell(sample) + " " + object());
        title("or with the AWS CLI");
        screen.line(
                "AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s aws --region %s --endpoint-url %s s3 cp %s s3://%s/%s"
                        .formatted(
                                s3.keys().access(),
                                s3.keys().secret(),
                                S3Server.REGION,
                                s3.endpoint(),
                                shell(sample),
                                LocalStack.BUCKET,
                                LocalStack.PREFIX + MODEL));
    }

    private void invoking() throws IOException {
        String bootstrap = stack.broker().bootstrap();
        title("Invoke it with kcat: the key is the model's name");
        screen.line("echo '{\"instances\": [[1, 2, 3, 4]]}' | kcat -P -b " + bootstrap + " -t " + LocalStack.ENDPOINT
                + ".invocations -k " + MODEL
                + " -H content-type=application/json -H remora-request-id=hello-1 -X partitioner=murmur2_random");
        title("and read its reply");
        screen.line("kcat -C -b " + bootstrap + " -t " + LocalStack.ENDPOINT
                + ".replies -o beginning -e -q -f '%k\\n%h\\n%s\\n\\n' | grep -a -A2 '^hello-1'");
        title("or with the Java client, which does both");
        Path built = Quickstart.built();
        screen.line("java -cp %s:%s dev.remora.launcher.Invoke %s %s '{\"instances\": [[1, 2, 3, 4]]}'"
                .formatted(
                        shell(built.resolve("remora-launcher.jar")),
                        shell(built.resolve("lib")) + "/'*'",
                        bootstrap,
                        MODEL));
    }

    private void removing() {
        title("Remove it: the next request is answered with 404, within seconds");
        screen.line(curl() + " -X DELETE " + object());
    }

    /** Signed without the body's checksum: the S3 server wants to be told so. */
    private String curl() {
        S3Server.Keys keys = stack.s3().keys();
        return "curl -sS --fail-with-body --aws-sigv4 aws:amz:" + S3Server.REGION + ":s3 --user " + keys.access() + ":"
                + keys.secret() + " -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD'";
    }

    private String object() {
        return stack.s3().endpoint() + "/" + LocalStack.BUCKET + "/" + LocalStack.PREFIX + MODEL;
    }

    private void watching() {
        PayaraInstance instance = stack.instances().get(0);
        title("Watch it");
        screen.line("curl -s " + instance.url() + "/health/ready");
        screen.line("curl -s '" + instance.url() + "/metrics?scope=application' | grep ^remora_");
        screen.line("tail -f " + shell(instance.log()));
    }

    private void title(String text) {
        screen.line("\n" + screen.dim("# " + text));
    }

    /** As a shell takes it. */
    private static String shell(Path path) {
        String text = path.toString();
        return text.matches("[\\w@%+=:,./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
