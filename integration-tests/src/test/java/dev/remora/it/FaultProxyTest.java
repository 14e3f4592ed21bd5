package dev.remora.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {
    private static final byte[] BODY = new byte[100_000];

    private final HttpServer server;
    private final FaultProxy proxy;

    FaultProxyTest() throws IOException {
        Arrays.fill(BODY, (byte) 'a');
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, BODY.length);
            exchange.getResponseBody().write(BODY);
            exchange.close();
        });
        server.start();
        proxy = new FaultProxy(server.getAddress().getPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        server.stop(0);
    }

    @Test
    void passesWhatItIsToldToPass() throws Exception {
        assertThat(get().body()).isEqualTo(BODY);
        assertThat(proxy.connections()).isEqualTo(1);
    }

    @Test
    void resetsTheFirstConnectionsOnly() throws Exception {
        // The client repeats a GET by itself, once.
        proxy.set(new Fault.Reset(), 2);

        assertThatThrownBy(this::get).isInstanceOf(IOException.class);
        assertThat(get().body()).isEqualTo(BODY);
    }

    @Test
    void staysSilentAsABlackHole() {
        proxy.set(new Fault.BlackHole());

        assertThatThrownBy(this::get).isInstanceOf(HttpTimeoutException.class);
    }

    @Test
    void answersSlowDownInPlaceOfTheServer() throws Exception {
        proxy.set(new Fault.SlowDown(), 1);

        assertThat(get().statusCode()).isEqualTo(503);
        assertThat(get().statusCode()).isEqualTo(200);
    }

    @Test
    void delaysAndThrottlesTheAnswer() throws Exception {
        proxy.set(new Fault.Delay(Duration.ofMillis(300)), 1);
        long start = System.nanoTime();
        get();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(300));

        proxy.set(new Fault.Throttle(200_000), 1);
        start = System.nanoTime();
        assertThat(get().body()).isEqualTo(BODY);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(450));
    }

    @Test
    void truncatesTheAnswer() {
        proxy.set(new Fault.Truncate(50_000));

        assertThatThrownBy(this::get).isInstanceOf(IOException.class).hasRootCauseInstanceOf(EOFException.class);
    }

    @Test
    void flipsOneBit() throws Exception {
        proxy.set(new Fault.Corrupt(50_000));

        byte[] body = get().body();

        assertThat(body).hasSameSizeAs(BODY).isNotEqualTo(BODY);
        assertThat(new String(body, java.nio.charset.StandardCharsets.US_ASCII).replace("a", ""))
                .isEqualTo("`");
    }

    @Test
    void flipsBitsInAllAnswersOfAConnection() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        proxy.set(new Fault.CorruptEvery(40_000));

        byte[] first =
                client.send(request(), HttpResponse.BodyHandlers.ofByteArray()).body();
        byte[] second =
                client.send(request(), HttpResponse.BodyHandlers.ofByteArray()).body();

        assertThat(proxy.connections()).isEqualTo(1);
        assertThat(new String(first, java.nio.charset.StandardCharsets.US_ASCII).replace("a", ""))
                .isEqualTo("``");
        assertThat(second).isNotEqualTo(BODY);
    }

    @Test
    void cutsOpenConnections() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        proxy.set(new Fault.BlackHole());
        var waiting = client.sendAsync(request(), HttpResponse.BodyHandlers.ofByteArray());
        Await.until("connected", Duration.ofSeconds(10), () -> proxy.connections() == 1);
        proxy.set(new Fault.Pass());

        proxy.cut();

        Await.until("the request ends", Duration.ofSeconds(4), waiting::isDone);
    }

    private HttpResponse<byte[]> get() throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpRequest request() {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + proxy.port() + "/"))
                .timeout(Duration.ofSeconds(5))
                .build();
    }
}
