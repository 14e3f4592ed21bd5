package dev.remora.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.remora.pool.DiskRoom.NoRoomException;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveTest {
    private static final DiskRoom PLENTY = bytes -> {};

    private Path folder;
    private Path packed;
    private Path target;

    @BeforeEach
    void makeTarget(@TempDir Path temporary) throws IOException {
        folder = temporary;
        packed = folder.resolve("packed.tar.gz");
        target = Files.createDirectory(folder.resolve("target"));
    }

    @FunctionalInterface
    private interface Content {
        void into(TarArchiveOutputStream tar) throws IOException;
    }

    private void pack(Content content) throws IOException {
        try (TarArchiveOutputStream tar =
                new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(packed)), "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            content.into(tar);
        }
    }

    private static void file(TarArchiveOutputStream tar, String name, byte[] bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, true);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    private static void special(TarArchiveOutputStream tar, String name, byte kind, String link) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, kind, true);
        entry.setLinkName(link);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    private void refused(String why) {
        assertThatThrownBy(() -> Archive.unpack(packed, target, PLENTY))
                .isInstanceOfSatisfying(
                        RemoraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID))
                .hasMessageContaining(why);
        assertThat(folder.resolve("escaped")).doesNotExist();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void unpacksFilesAndFolders() throws IOException {
        pack(tar -> {
            special(tar, "./", TarConstants.LF_DIR, "");
            special(tar, "model/", TarConstants.LF_DIR, "");
            file(tar, "./model/model.onnx", text("net"));
            file(tar, "labels/de/" + "long".repeat(40) + ".txt", text("labels"));
        });

        Archive.unpack(packed, target, PLENTY);

        assertThat(target.resolve("model/model.onnx")).hasContent("net");
        assertThat(target.resolve("labels/de/" + "long".repeat(40) + ".txt")).hasContent("labels");
    }

    @Test
    void knowsArchivesByTheirNames() {
        assertThat(Stream.of("a/model.tar.gz", "b.TGZ").map(ModelName::new)).allMatch(Archive::is);
        assertThat(Stream.of("a.onnx", "tar.gz/a", "a.gz").map(ModelName::new)).noneMatch(Archive::is);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../escaped", "a/../../escaped", "a/b/../../../escaped", ".."})
    void refusesPathsThatClimb(String name) throws IOException {
        pack(tar -> file(tar, name, text("x")));

        refused("climbs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/escaped", "//escaped"})
    void refusesAbsolutePaths(String name) throws IOException {
        pack(tar -> file(tar, name, text("x")));

        refused("absolute");
    }

    @Test
    void refusesBackslashes() throws IOException {
        pack(tar -> file(tar, "a", text("x")));
        byte[] plain = raw(packed);
        plain[0] = '\\';
        repack(withChecksum(plain));

        refused("backslash");
    }

    @ParameterizedTest
    @ValueSource(
            bytes = {
                TarConstants.LF_SYMLINK,
                TarConstants.LF_LINK,
                TarConstants.LF_CHR,
                TarConstants.LF_BLK,
                TarConstants.LF_FIFO
            })
    void refusesLinksAndDevices(byte kind) throws IOException {
        pack(tar -> {
            special(tar, "trap", kind, "/etc/passwd");
            file(tar, "model.onnx", text("x"));
        });

        refused("link, a device");
    }

    @Test
    void refusesAFileThroughALink() throws IOException {
        pack(tar -> {
            special(tar, "out", TarConstants.LF_SYMLINK, folder.toString());
            file(tar, "out/escaped", text("x"));
        });

        refused("link");
    }

    @Test
    void refusesDuplicatesAndFilesBelowFiles() throws IOException {
        pack(tar -> {
            file(tar, "model.onnx", text("x"));
            file(tar, "./model.onnx", text("y"));
        });
        refused("two entries");

        pack(tar -> {
            file(tar, "other", text("x"));
            file(tar, "other/model.onnx", text("y"));
        });
        refused("below a file");
    }

    @Test
    void refusesTooManyEntries() throws IOException {
        pack(tar -> {
            for (int i = 0; i <= Archive.MAX_ENTRIES; i++) {
                file(tar, "f" + i, new byte[0]);
            }
        });

        refused("entries");
    }

    @Test
    void refusesABombBeforeItIsWritten() throws IOException {
        byte[] zeros = new byte[1 << 20];
        pack(tar -> {
            TarArchiveEntry entry = new TarArchiveEntry("zeros", true);
            entry.setSize(64L << 20);
            tar.putArchiveEntry(entry);
            for (int i = 0; i < 64; i++) {
                tar.write(zeros);
            }
            tar.closeArchiveEntry();
        });

        refused("times its size");
        assertThat(target.resolve("zeros")).doesNotExist();
    }

    @Test
    void refusesAnEndlessName() throws IOException {
        byte[] name = text("n".repeat(3 << 20));
        pack(tar -> {
            TarArchiveEntry entry = new TarArchiveEntry("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME, true);
            entry.setSize(name.length);
            tar.putArchiveEntry(entry);
            tar.write(name);
            tar.closeArchiveEntry();
            file(tar, "model.onnx", text("x"));
        });

        refused("headers");
    }

    @Test
    void refusesWhatIsNoArchive() throws IOException {
        Files.write(packed, text("not gzip at all"));
        refused("not gzip");

        Files.write(packed, new byte[0]);
        refused("not gzip");

        repack(text("gzip, but not tar".repeat(100)));
        refused("");

        pack(tar -> {});
        refused("no file");
    }

    @Test
    void refusesAnArchiveThatIsCutAnywhere() throws IOException {
        byte[] noise = new byte[20_000];
        new Random(7).nextBytes(noise);
        pack(tar -> file(tar, "model.onnx", noise));
        byte[] whole = Files.readAllBytes(packed);

        for (int length = 0; length < whole.length - 8; length += 997) {
            Files.write(packed, Arrays.copyOf(whole, length));
            refused("");
            SafeFiles.delete(target);
            Files.createDirectory(target);
        }
    }

    @Test
    void asksForRoomBeforeItWrites() throws IOException {
        pack(tar -> {
            file(tar, "small", new byte[10]);
            file(tar, "large", new byte[100_000]);
        });
        DiskRoom room = bytes -> {
            if (bytes > 50_000) {
                throw new NoRoomException("none");
            }
        };

        assertThatThrownBy(() -> Archive.unpack(packed, target, room)).isInstanceOf(NoRoomException.class);
        assertThat(target.resolve("small")).exists();
        assertThat(target.resolve("large")).doesNotExist();
    }

    private static byte[] raw(Path packed) throws IOException {
        try (var in = new GZIPInputStream(Files.newInputStream(packed))) {
            return in.readAllBytes();
        }
    }

    private void repack(byte[] plain) throws IOException {
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(plain);
        }
    }

    /** The first header's checksum, after a change to it. */
    private static byte[] withChecksum(byte[] tar) {
        Arrays.fill(tar, 148, 156, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += tar[i] & 0xff;
        }
        byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, tar, 148, text.length);
        return tar;
    }

    @Test
    void refusesNamesThatTheFileSystemCannotExpress() throws IOException {
        pack(tar -> file(tar, "mod\u00e8le.onnx", text("net")));
        target = (Path) Proxy.newProxyInstance(
                Path.class.getClassLoader(), new Class<?>[] {Path.class}, (path, method, names) -> {
                    throw new InvalidPathException(String.valueOf(names[0]), "no such letters here");
                });

        refused("cannot express");
    }
}
