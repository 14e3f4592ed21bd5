package dev.remora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MappedFilesTest {
    @Test
    void countsWhatIsMappedOfTheFolderAndNothingElse() {
        List<String> maps = List.of(
                "7f0000000000-7f0000003000 r--p 00000000 08:01 42                         /disk/a/weights.bin",
                "7f0000010000-7f0000011000 r--p 00003000 08:01 42                         /disk/a/more (deleted)",
                "7f0000020000-7f0000021000 r--p 00000000 08:01 43                         /disk/ab/weights.bin",
                "7f0000030000-7f0000031000 rw-p 00000000 00:00 0                          [heap]",
                "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]");

        assertThat(MappedFiles.bytesBelow("/disk/a/", maps)).isEqualTo(0x4000);
    }
}
