package dev.remora.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class AccountTest {
    private static final long SELF = ProcessHandle.current().pid();

    @Test
    void cpuThatIsUsedIsCounted() {
        double before = Account.cpuMillis(SELF);
        long end = System.nanoTime() + 10_000_000_000L;
        double counted = 0;
        while (counted < 100 && System.nanoTime() < end) {
            counted = Account.cpuMillis(SELF) - before;
        }

        assertThat(counted).isGreaterThanOrEqualTo(100);
    }

    @Test
    void aJvmHoldsMoreThanItsCode() {
        assertThat(Account.pssBytes(SELF)).isBetween(1e7, 1e11);
    }
}
