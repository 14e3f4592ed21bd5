package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DirectBlockTest {
    private final DirectBlock block = new DirectBlock();

    @AfterEach
    void close() {
        block.close();
    }

    @Test
    void givesTheSameMemoryAgainWhileItSuffices() {
        ByteBuffer first = block.take(5_000);
        first.put(4_999, (byte) 7);
        block.shrink();

        ByteBuffer second = block.take(100);

        assertThat(first.isDirect()).isTrue();
        assertThat(second.get(4_999)).isEqualTo((byte) 7);
    }

    @Test
    void growsWhenMoreIsAsked() {
        ByteBuffer small = block.take(10);

        ByteBuffer large = block.take(1_000_000);

        assertThat(small.capacity()).isLessThan(1_000_000);
        assertThat(large.capacity()).isGreaterThanOrEqualTo(1_000_000);
    }

    @Test
    void keepsNoUnusuallyLargeMemory() {
        block.take(100 << 20);

        block.shrink();

        assertThat(block.take(1).capacity()).isLessThan(1 << 20);
    }
}
