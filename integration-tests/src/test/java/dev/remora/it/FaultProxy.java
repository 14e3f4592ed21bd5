package dev.remora.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP proxy that spoils what passes, for Kafka and S3 alike. A connection keeps the fault it began with: clients that
 * hold connections open meet a new one only after {@link #cut}. Thread-safe.
 */
public final class FaultProxy implements AutoCloseable {
    private static final String SLOW_DOWN_BODY =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>";
    private static final String SLOW_DOWN =
            "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: "
                    + SLOW_DOWN_BODY.length() + "\r\n\r\n" + SLOW_DOWN_BODY;

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger connections = new AtomicInteger();
    private Spell spell = new Spell(new Fault.Pass(), 0);

    /** A proxy on a free port. */
    public FaultProxy(int targetPort) {
        this(0, targetPort);
    }

    /** A proxy on this port, of the loopback address as the target is. */
    public FaultProxy(int port, int targetPort) {
        try {
            listener = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        target = targetPort;
        run("accept", this::accept);
    }

    /** Where it listens. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Connections so far. */
    public int connections() {
        return connections.get();
    }

    /** All further connections meet this. */
    public void set(Fault fault) {
        set(fault, Integer.MAX_VALUE);
    }

    /** The next connections meet this, those after them nothing. */
    public synchronized void set(Fault fault, int times) {
        spell = new Spell(fault, times);
    }

    /** Resets all open connections. */
    public void cut() {
        open.forEach(FaultProxy::reset);
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listener.close();
        cut();
    }

    private synchronized Fault next() {
        Fault fault = spell.left() > 0 ? spell.fault() : new Fault.Pass();
        spell = new Spell(spell.fault(), Math.max(0, spell.left() - 1));
        return fault;
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            connections.incrementAndGet();
            open.add(client);
            Fault fault = next();
            run("connection", () -> serve(client, fault));
        }
    }

    private void serve(Socket client, Fault fault) throws IOException {
        if (fault instanceof Fault.Reset) {
            reset(client);
        } else if (fault instanceof Fault.BlackHole) {
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        } else if (fault instanceof Fault.SlowDown) {
            slowDown(client);
        } else {
            relay(client, fault);
        }
    }

    private static void slowDown(Socket client) throws IOException {
        InputStream in = client.getInputStream();
        int seen = 0;
        // The end of the request's head: CR LF CR LF.
        while (seen < 4) {
            int b = in.read();
            if (b < 0) {
                return;
            }
            seen = b == (seen % 2 == 0 ? '\r' : '\n') ? seen + 1 : 0;
        }
        client.getOutputStream().write(SLOW_DOWN.getBytes(StandardCharsets.US_ASCII));
        client.shutdownOutput();
        in.transferTo(OutputStream.nullOutputStream());
    }

    private void relay(Socket client, Fault fault) throws IOException {
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        server.setTcpNoDelay(true);
        client.setTcpNoDelay(true);
        open.add(server);
        run("request", () -> {
            try {
                client.getInputStream().transferTo(server.getOutputStream());
                server.shutdownOutput();
            } catch (IOException e) {
                reset(server);
            }
        });
        try {
            answer(server.getInputStream(), client.getOutputStream(), fault);
        } finally {
            server.close();
            client.close();
            open.remove(server);
            open.remove(client);
        }
    }

    private void answer(InputStream in, OutputStream out, Fault fault) throws IOException {
        byte[] buffer = new byte[fault instanceof Fault.Throttle t ? Math.max(1, t.bytesPerSecond() / 20) : 16_384];
        long sent = 0;
        int read;
        while ((read = in.read(buffer)) >= 0) {
            if (fault instanceof Fault.Corrupt c && c.place() >= sent && c.place() < sent + read) {
                buffer[(int) (c.place() - sent)] ^= 1;
            }
            if (fault instanceof Fault.CorruptEvery c) {
                flipEvery(c.bytes(), buffer, read, sent);
            }
            if (fault instanceof Fault.Truncate t && sent + read >= t.bytes()) {
                out.write(buffer, 0, (int) (t.bytes() - sent));
                return;
            }
            if (fault instanceof Fault.Delay d) {
                pause(d.by().toNanos());
            }
            out.write(buffer, 0, read);
            sent += read;
            if (fault instanceof Fault.Throttle t) {
                pause(read * 1_000_000_000L / t.bytesPerSecond());
            }
        }
    }

    private static void flipEvery(long stretch, byte[] buffer, int count, long sent) {
        for (long place = sent / stretch * stretch + stretch - 1; place < sent + count; place += stretch) {
            buffer[(int) (place - sent)] ^= 1;
        }
    }

    private void pause(long nanos) throws IOException {
        try {
            if (closed.await(nanos, TimeUnit.NANOSECONDS)) {
                throw new SocketException("The proxy is closed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketException("Interrupted");
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // closed already
        }
    }

    private static void run(String name, Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException e) {
                        // the connection, or the proxy, is at its end
                    }
                },
                "fault-proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private interface Task {
        void run() throws IOException;
    }

    private record Spell(Fault fault, int left) {}
}
