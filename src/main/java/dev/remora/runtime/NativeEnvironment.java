package dev.remora.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONNX Runtime's one environment in this process, kept alive until the process ends, and what its Java binding does not
 * show. Thread-safe.
 *
 * <p>ONNX Runtime destroys it in a shutdown hook of its own, which runs beside ours while we still drain: every later load
 * would fail, and a failing run would abort the JVM. The native environment counts its references, so one more, taken here
 * and never given back, outlives that hook.
 *
 * <p>Its telemetry is switched off before it is loaded, not for privacy alone: it matches the command line of the process
 * against regular expressions, recursively, and a command line of some 3,000 characters overflows the thread's stack, which
 * kills the JVM without a word.
 */
final class NativeEnvironment {
    private static final Logger log = LoggerFactory.getLogger(NativeEnvironment.class);

    private final OrtEnvironment environment;
    private final long api;
    private final Field tensorHandle;

    private NativeEnvironment() throws ReflectiveOperationException {
        disableTelemetry();
        environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        api = open(Class.forName("ai.onnxruntime.OnnxRuntime"), "ortApiHandle").getLong(null);
        tensorHandle = open(OnnxTensorLike.class, "nativeHandle");
        Method createHandle =
                OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
        createHandle.setAccessible(true);
        createHandle.invoke(null, api, OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL.getValue(), "remora");
    }

    /**
     * The environment, made by the first call. Failed runs are answered, so that native code need not log them too.
     *
     * @throws LinkageError when ONNX Runtime does not work here, or is another version than the one this was made for
     */
    static OrtEnvironment get() {
        return Holder.INSTANCE.environment;
    }

    /** Address of the C interface's table of functions. */
    static long api() {
        return Holder.INSTANCE.api;
    }

    /** Address of the native tensor; valid until it is closed. */
    static long handle(OnnxTensor tensor) {
        try {
            return Holder.INSTANCE.tensorHandle.getLong(tensor);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e); // It was made accessible above.
        }
    }

    private static void disableTelemetry() {
        try {
            NativeLibrary.getInstance(Platform.C_LIBRARY_NAME)
                    .getFunction("setenv")
                    .invokeInt(new Object[] {"ORT_DISABLE_TELEMETRY", "1", 1});
        } catch (UnsatisfiedLinkError e) {
            log.debug("The C library has no setenv: {}", e.getMessage());
        }
    }

    /** The field, made accessible. */
    static Field open(Class<?> owner, String name) throws NoSuchFieldException {
        Field field = owner.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    private static final class Holder {
        static final NativeEnvironment INSTANCE = create();

        private static NativeEnvironment create() {
            try {
                NativeEnvironment created = new NativeEnvironment();
                created.environment.setTelemetry(false);
                return created;
            } catch (OrtException | ReflectiveOperationException e) {
                log.error("ONNX Runtime is not the version that Remora came with; put that one on the class path.");
                throw new ExceptionInInitializerError(e);
            }
        }
    }
}
