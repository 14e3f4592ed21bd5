package dev.remora.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Finds TCP ports of the loopback address that nobody uses. A port may be taken between the answer and its use. */
public final class Ports {
    /** Below the ports that systems give to outgoing connections, one of which could take it before it is used. */
    private static final int FIRST = 15_000;

    private static final int LAST = 30_000;
    private static final int TRIES = 100;

    private Ports() {}

    /** A free port. */
    public static int free() {
        return freeOr(0);
    }

    /** The wanted port if it is free, else another one; 0 wants any. */
    public static int freeOr(int wanted) {
        if (wanted != 0 && isFree(wanted)) {
            return wanted;
        }
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            if (isFree(port)) {
                return port;
            }
        }
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("No free TCP port", e);
        }
    }

    private static boolean isFree(int port) {
        return binds(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                && binds(new InetSocketAddress(port));
    }

    private static boolean binds(InetSocketAddress address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
