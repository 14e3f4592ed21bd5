package dev.remora.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONNX Runtime's one environment in this process, kept alive until the process ends. Thread-safe.
 *
 * <p>ONNX Runtime destroys it in a shutdown hook of its own, which runs beside ours while we still drain: every later load
 * would fail, and a failing run would abort the JVM. The native environment counts its references, so one more, taken here
 * and never given back, outlives that hook.
 */
final class NativeEnvironment {
    private static final Logger log = LoggerFactory.getLogger(NativeEnvironment.class);

    private NativeEnvironment() {}

    /** The environment, made by the first call. Failed runs are answered, so that native code need not log them too. */
    static OrtEnvironment get() {
        return Holder.ENVIRONMENT;
    }

    private static OrtEnvironment create() {
        OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        try {
            environment.setTelemetry(false);
            keepAlive();
        } catch (ReflectiveOperationException | RuntimeException e) {
            log.warn(
                    "ONNX Runtime could not be kept alive through a shutdown ({}): a request that fails while this"
                            + " instance drains may abort the process. Use the ONNX Runtime that Remora came with.",
                    e.toString());
        } catch (OrtException e) {
            log.debug("ONNX Runtime has no telemetry to turn off: {}", e.getMessage());
        }
        return environment;
    }

    private static void keepAlive() throws ReflectiveOperationException {
        Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
        api.setAccessible(true);
        Method createHandle =
                OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
        createHandle.setAccessible(true);
        createHandle.invoke(null, api.getLong(null), OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL.getValue(), "remora");
    }

    private static final class Holder {
        static final OrtEnvironment ENVIRONMENT = create();
    }
}
