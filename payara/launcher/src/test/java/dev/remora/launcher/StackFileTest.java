package dev.remora.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StackFileTest {
    @Test
    void quotesWhatAPathMayHold() {
        assertThat(StackFile.quoted("/tmp/a \"b\"\\c\n")).isEqualTo("\"/tmp/a \\\"b\\\"\\\\c\\u000a\"");
    }
}
