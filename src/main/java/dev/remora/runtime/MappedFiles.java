package dev.remora.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the process has mapped of a model's own files: ONNX Runtime maps weights that lie in files of their own, and mapped
 * pages are in no allocator's figures. Thread-safe.
 */
final class MappedFiles {
    private static final Path MAPS = Path.of("/proc/self/maps");

    private MappedFiles() {}

    /** Bytes mapped of files in the model file's folder; 0 where the system does not tell. */
    static long bytesBeside(Path file) throws IOException {
        Path folder = file.toRealPath().getParent();
        if (folder == null || !Files.isReadable(MAPS)) {
            return 0;
        }
        return bytesBelow(folder + "/", Files.readAllLines(MAPS));
    }

    /** Sums lines such as {@code 7f00-7f10 r--p 00000000 08:01 42   /folder/weights.bin}. */
    static long bytesBelow(String folder, List<String> maps) {
        long bytes = 0;
        for (String line : maps) {
            int path = line.indexOf('/');
            if (path > 0 && line.startsWith(folder, path)) {
                int dash = line.indexOf('-');
                int end = line.indexOf(' ');
                bytes += Long.parseUnsignedLong(line, dash + 1, end, 16) - Long.parseUnsignedLong(line, 0, dash, 16);
            }
        }
        return bytes;
    }
}
