package dev.remora.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.RemoraException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Tells in our words what ONNX Runtime says in its own. Thread-safe. */
final class OnnxFailure {
    private static final int LONGEST = 600;
    private static final Pattern PREFIX = Pattern.compile("^Error code - \\w+ - message: ");
    /** Where in ONNX Runtime's sources a check failed, with the function's signature if it is there. */
    private static final Pattern SOURCE = Pattern.compile(
            "\\S*/onnxruntime/\\S+\\.(?:cc|h|cpp):\\d+ (?:[^()]*\\([^()]*\\)" + "(?: const)?(?: \\[[^\\]]*\\])?)? ?");

    private static final Pattern SPACE = Pattern.compile("\\s+");

    private OnnxFailure() {}

    static RemoraException ofLoad(OrtException e, Path file) {
        String path = file.toString();
        String said = clean(e).replace(path, String.valueOf(file.getFileName()));
        String parent = String.valueOf(file.getParent());
        return new RemoraException(
                ErrorCode.MODEL_INVALID, "ONNX Runtime does not load the model: " + said.replace(parent, "."));
    }

    static RemoraException ofRun(OrtException e) {
        String said = clean(e);
        boolean refusedInput = e.getCode() == OrtErrorCode.ORT_INVALID_ARGUMENT && !said.contains("while running");
        return refusedInput
                ? new RemoraException(ErrorCode.BAD_REQUEST, "The model does not take this input: " + said)
                : new RemoraException(ErrorCode.MODEL_ERROR, "The model failed: " + said);
    }

    private static String clean(OrtException e) {
        String said = PREFIX.matcher(String.valueOf(e.getMessage())).replaceFirst("");
        said = SOURCE.matcher(said).replaceAll("");
        said = SPACE.matcher(said).replaceAll(" ").trim();
        return said.length() > LONGEST ? said.substring(0, LONGEST) + "..." : said;
    }
}
