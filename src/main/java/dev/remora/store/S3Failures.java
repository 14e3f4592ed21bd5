package dev.remora.store;

import dev.remora.protocol.ErrorCode;
import dev.remora.protocol.ModelName;
import dev.remora.protocol.RemoraException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Tells apart what the store's failures mean: no such model, refused (another try does not help), or failed (it may).
 * Immutable.
 */
final class S3Failures {
    private static final Set<String> MISSING = Set.of("NoSuchKey", "AccessDenied", "KeyTooLongError", "NoSuchVersion");
    private static final Set<String> BUSY = Set.of("SlowDown", "RequestTimeout", "Throttling", "OperationAborted");

    private final S3StoreSettings settings;

    S3Failures(S3StoreSettings settings) {
        this.settings = settings;
    }

    /** Of a GET of this model, whose answer has a body that names the error. */
    RemoraException of(ModelName model, SdkException failure) {
        String code = code(failure);
        if (code == null ? status(failure) == 404 : MISSING.contains(code)) {
            return notFound(model, String.valueOf(code), failure);
        }
        return of(failure);
    }

    /** Of a call that is about no model. */
    RemoraException of(SdkException failure) {
        return refused(failure) ? refusal(failure) : outage(failure);
    }

    static @Nullable String code(SdkException failure) {
        return failure instanceof AwsServiceException service && service.awsErrorDetails() != null
                ? service.awsErrorDetails().errorCode()
                : null;
    }

    private static int status(SdkException failure) {
        return failure instanceof AwsServiceException service ? service.statusCode() : 0;
    }

    private RemoraException notFound(ModelName model, String code, SdkException failure) {
        boolean denied = code.equals("AccessDenied");
        return new RemoraException(
                ErrorCode.MODEL_NOT_FOUND,
                denied
                        ? "The store denies access to " + model + " below " + settings.location()
                                + ", which is also what it says of a missing object without s3:ListBucket."
                        : "There is no " + model + " below " + settings.location() + ".",
                denied
                        ? "Upload the model under this name; grant s3:GetObject on it, and s3:ListBucket so that a missing"
                                + " model can be told from a forbidden one."
                        : "Upload the model under this name.",
                failure);
    }

    private static boolean refused(SdkException failure) {
        if (failure instanceof AwsServiceException service) {
            int status = service.statusCode();
            String code = code(failure);
            return status >= 300
                    && status < 500
                    && status != 408
                    && status != 409
                    && status != 412
                    && status != 429
                    && (code == null || !BUSY.contains(code));
        }
        return noCredentials(failure);
    }

    private static boolean noCredentials(SdkException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("Unable to load credentials")
                || message.contains("Profile file contained no credentials");
    }

    private RemoraException refusal(SdkException failure) {
        String said = said(failure);
        String message = "The store refuses " + settings.location() + " at " + settings.server() + ": " + said;
        return new RemoraException(
                ErrorCode.STORE_UNAVAILABLE,
                message,
                remedy(failure),
                new StoreRefusedException(said, failure, ofOneObject(failure)));
    }

    /** An archived object, or one whose key is not ours to use: others may be given. */
    private static boolean ofOneObject(SdkException failure) {
        String code = String.valueOf(code(failure));
        return code.equals("InvalidObjectState") || code.startsWith("KMS.");
    }

    private String remedy(SdkException failure) {
        String code = String.valueOf(code(failure));
        return switch (code) {
            case "NoSuchBucket" -> "Create the bucket " + settings.bucket() + ", or correct remora.models.location.";
            case "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "InvalidToken",
                    "ExpiredToken",
                    "TokenRefreshRequired" ->
                "Give the instance valid S3 credentials (remora.s3.credentials, or AWS_ACCESS_KEY_ID and"
                        + " AWS_SECRET_ACCESS_KEY).";
            case "AccessDenied", "AllAccessDisabled", "AccountProblem" ->
                "Grant these credentials s3:GetObject below " + settings.location() + " and s3:ListBucket on "
                        + settings.bucket() + ".";
            case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException" ->
                "Set remora.s3.region to the bucket's region.";
            case "RequestTimeTooSkewed" -> "Set this machine's clock.";
            default ->
                noCredentials(failure)
                        ? "Give the instance S3 credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a role, or a"
                                + " profile named by remora.s3.credentials."
                        : "Check remora.models.location, remora.s3.endpoint and the S3 credentials.";
        };
    }

    private RemoraException outage(SdkException failure) {
        return new RemoraException(
                ErrorCode.STORE_UNAVAILABLE,
                "The store at " + settings.server() + " failed: " + said(failure),
                "Send again when the store is back; check that this instance reaches it (remora.s3.endpoint).",
                failure);
    }

    /** One line that carries no request id and no signature. */
    private static String said(SdkException failure) {
        String code = code(failure);
        if (failure instanceof AwsServiceException service) {
            String text = service.awsErrorDetails() == null
                    ? null
                    : service.awsErrorDetails().errorMessage();
            return "status " + service.statusCode() + (code == null ? "" : " " + code)
                    + (text == null || text.isEmpty() ? "" : " (" + text + ")");
        }
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = String.valueOf(root.getMessage());
        return root == failure ? message : root.getClass().getSimpleName() + ": " + message;
    }
}
