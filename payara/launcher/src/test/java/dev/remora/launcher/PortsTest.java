package dev.remora.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

final class PortsTest {
    @Test
    void keepsTheWantedPortIfItIsFree() {
        int port = Ports.free();

        assertThat(Ports.freeOr(port)).isEqualTo(port);
    }

    @Test
    void findsAnotherOneIfItIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(Ports.freeOr(taken.getLocalPort())).isNotEqualTo(taken.getLocalPort());
        }
    }

    @Test
    void leavesThePortsOfOutgoingConnectionsAlone() {
        assertThat(Ports.free()).isBetween(15_000, 29_999);
    }
}
