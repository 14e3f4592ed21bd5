package dev.remora.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.remora.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinWorkerThread;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

class DigestRingTest {
    @Test
    void countsOnAThreadOfItsOwnThatEndsWithTheDownload() {
        List<Thread> before = threads();
        Integrity integrity = Integrity.of(
                GetObjectResponse.builder().eTag("\"" + "0".repeat(32) + "\"").build());

        Thread own;
        try (DigestRing ring = DigestRing.start(integrity)) {
            List<Thread> now = threads();
            now.removeAll(before);
            own = now.stream().findFirst().orElseThrow();
            assertThat(now).hasSize(1);
            assertThat(own).isNotInstanceOf(ForkJoinWorkerThread.class);
            assertThat(own.isDaemon()).isTrue();
            ring.next();
            ring.filled(1);
        }

        Await.until("it has ended", () -> !own.isAlive());
    }

    private static List<Thread> threads() {
        return new ArrayList<>(Thread.getAllStackTraces().keySet().stream()
                .filter(each -> each.getName().equals("remora-digest"))
                .toList());
    }
}
