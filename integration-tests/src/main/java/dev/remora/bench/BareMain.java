package dev.remora.bench;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * A cold start without anything of ours: GET into a file, session, run; or session and run from the file. Answers each line
 * with the milliseconds that it took.
 */
final class BareMain {
    private BareMain() {}

    /** Serves until its parent ends. */
    public static void main(String[] args) throws Exception {
        Fields settings = ChildProgram.settings(args);
        Path folder = Files.createDirectories(Path.of(settings.text("folder")));
        try (S3Client s3 = client(settings)) {
            ChildProgram.serve(Fields.none(), command -> {
                RealModel model = RealModel.named(command.text("sample"));
                List<RawTensor> inputs = model.inputs(new Random(command.whole("seed")));
                Path file = folder.resolve(command.text("file"));
                long start = System.nanoTime();
                if (command.text("from").equals("s3")) {
                    GetObjectRequest get = GetObjectRequest.builder()
                            .bucket(settings.text("bucket"))
                            .key(command.text("key"))
                            .build();
                    s3.getObject(get, file);
                }
                byte[] answer;
                long end;
                try (BareModel bare = BareModel.load(file)) {
                    answer = bare.run(inputs);
                    end = System.nanoTime();
                }
                return Fields.none().with("millis", (end - start) / 1e6).with("bytes", answer.length);
            });
        }
    }

    private static S3Client client(Fields settings) {
        return S3Client.builder()
                .endpointOverride(URI.create(settings.text("s3")))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(settings.text("access"), settings.text("secret"))))
                .httpClient(Apache5HttpClient.create())
                .build();
    }
}
