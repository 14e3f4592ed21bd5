package dev.remora.launcher;

import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Counts what is read from a store, and refuses what it is told to refuse. Thread-safe. */
final class CountingBlobStore extends ForwardingBlobStore {
    private final S3Traffic traffic = new S3Traffic();

    CountingBlobStore(BlobStore store) {
        super(store);
    }

    S3Traffic traffic() {
        return traffic;
    }

    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
        String key = request.bucket() + "/" + request.key();
        refuse(key);
        ResponseInputStream<GetObjectResponse> body;
        try {
            body = super.getBlob(request);
        } catch (RuntimeException e) {
            traffic.looked(key);
            throw e;
        }
        traffic.got(key);
        return body;
    }

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
        String key = request.bucket() + "/" + request.key();
        refuse(key);
        traffic.looked(key);
        return super.blobMetadata(request);
    }

    private void refuse(String key) {
        if (traffic.refuses(key)) {
            traffic.looked(key);
            throw S3Exception.builder()
                    .statusCode(403)
                    .message("Access Denied")
                    .awsErrorDetails(AwsErrorDetails.builder()
                            .errorCode("AccessDenied")
                            .errorMessage("Access Denied")
                            .build())
                    .build();
        }
    }
}
