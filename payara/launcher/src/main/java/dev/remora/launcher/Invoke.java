package dev.remora.launcher;

import dev.remora.client.InferenceReply;
import dev.remora.client.InferenceRequest;
import dev.remora.client.RemoraClient;
import dev.remora.protocol.ModelName;
import java.util.concurrent.ExecutionException;

/** Sends one JSON body to a model of the quick start's endpoint with the Java client, and prints the reply. */
public final class Invoke {
    private Invoke() {}

    /** Takes {@code BOOTSTRAP MODEL JSON}. Exits with 1 when the reply is an error, 2 on a wrong command line. */
    public static void main(String... arguments) throws ExecutionException, InterruptedException {
        if (arguments.length != 3) {
            System.err.println("Usage: Invoke BOOTSTRAP MODEL JSON\n  such as Invoke 127.0.0.1:9092 my-model.onnx"
                    + " '{\"instances\": [[1, 2, 3, 4]]}'");
            System.exit(2);
        }
        LogFile.silence();
        InferenceReply reply;
        try (RemoraClient client = RemoraClient.builder()
                .endpoint(LocalStack.ENDPOINT)
                .bootstrapServers(arguments[0])
                .build()) {
            reply = client.exchange(new ModelName(arguments[1]), InferenceRequest.json(arguments[2]))
                    .get();
        }
        System.out.println(reply.status() + " from " + reply.tier() + "  " + reply.timing());
        System.out.println(reply.text());
        System.exit(reply.error() == null ? 0 : 1);
    }
}
