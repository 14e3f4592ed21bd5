package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
    private Workspace workspace;

    @BeforeEach
    void open() throws OrtException {
        NativeEnvironment.get();
        workspace = new Workspace();
    }

    @AfterEach
    void close() {
        workspace.close();
    }

    @Test
    void stopsOnlyARunThatIsLate() throws OrtException {
        workspace.arm(100);

        assertThat(workspace.stopIfLate(99)).isTrue();
        assertThat(workspace.disarm()).isFalse();
    }

    @Test
    void tellsOnceThatTheRunWasStopped() throws OrtException {
        workspace.arm(100);

        assertThat(workspace.stopIfLate(100)).isFalse();
        assertThat(workspace.disarm()).isTrue();
        assertThat(workspace.disarm()).isFalse();
    }

    @Test
    void leavesARunAloneThatHasEnded() throws OrtException {
        workspace.arm(100);
        workspace.disarm();

        assertThat(workspace.stopIfLate(200)).isFalse();
        assertThat(workspace.disarm()).isFalse();
    }

    @Test
    void comparesTimesThatWrapAround() throws OrtException {
        workspace.arm(Long.MIN_VALUE + 10);

        assertThat(workspace.stopIfLate(Long.MAX_VALUE)).isTrue();
        assertThat(workspace.stopIfLate(Long.MIN_VALUE + 10)).isFalse();
    }

    @Test
    void touchesNoOptionsAfterTheyWereClosed() throws OrtException {
        workspace.arm(100);
        workspace.close();

        assertThat(workspace.stopIfLate(200)).isFalse();
        workspace = new Workspace();
    }
}
