package dev.remora.runtime;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Structure;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What glibc's allocator holds: models live there, where the JVM does not count them. Absent with another C library.
 * Thread-safe.
 */
final class NativeMemory {
    private static final Logger log = LoggerFactory.getLogger(NativeMemory.class);

    private final Glibc glibc;

    private NativeMemory(Glibc glibc) {
        this.glibc = glibc;
    }

    /** The allocator of this process; empty where it is not glibc's. */
    static Optional<NativeMemory> find() {
        return Holder.FOUND;
    }

    /** Bytes that are allocated and not yet freed, in the whole process. Takes each of the allocator's locks in turn. */
    long inUseBytes() {
        Mallinfo2 info = glibc.mallinfo2();
        return info.uordblks + info.hblkhd;
    }

    /** Bytes that were freed and that the allocator has kept. */
    long keptBytes() {
        return glibc.mallinfo2().fordblks;
    }

    /** Gives kept pages back to the system. Takes from 2 to 200 ms. */
    void trim() {
        glibc.malloc_trim(new NativeLong(0));
    }

    private static Optional<NativeMemory> load() {
        try {
            NativeMemory memory = new NativeMemory(Native.load("c", Glibc.class));
            memory.inUseBytes();
            return Optional.of(memory);
        } catch (LinkageError e) {
            log.info("No glibc 2.33 or later here: the memory of models is estimated, not measured.");
            return Optional.empty();
        }
    }

    private static final class Holder {
        static final Optional<NativeMemory> FOUND = load();
    }

    /** The names are the C library's. */
    @SuppressWarnings("MethodName")
    interface Glibc extends Library {
        Mallinfo2.ByValue mallinfo2();

        int malloc_trim(NativeLong pad);
    }

    /** {@code struct mallinfo2}; public because JNA reads the fields by reflection. */
    @Structure.FieldOrder({
        "arena",
        "ordblks",
        "smblks",
        "hblks",
        "hblkhd",
        "usmblks",
        "fsmblks",
        "uordblks",
        "fordblks",
        "keepcost"
    })
    public static class Mallinfo2 extends Structure {
        public long arena;
        public long ordblks;
        public long smblks;
        public long hblks;
        public long hblkhd;
        public long usmblks;
        public long fsmblks;
        public long uordblks;
        public long fordblks;
        public long keepcost;

        /** As a function returns it. */
        public static final class ByValue extends Mallinfo2 implements Structure.ByValue {}
    }
}
