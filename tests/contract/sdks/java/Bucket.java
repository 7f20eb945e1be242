import java.util.function.Consumer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** The scenario's bucket, which has the scenario's name. */
record Bucket(String name) {
  static final S3Client CLIENT = S3Client.builder().forcePathStyle(true).build();
  static final S3Client PUBLIC_CLIENT = PublicAddress.client(S3Client.builder(), "https://s3.us-east-1.amazonaws.com");

  PutObjectResponse put(String key, String body) {
    return put(key, body, request -> {});
  }

  PutObjectResponse put(String key, String body, Consumer<PutObjectRequest.Builder> more) {
    return CLIENT.putObject(request -> more.accept(request.bucket(name).key(key)), RequestBody.fromString(body));
  }

  HeadObjectResponse head(String key) {
    return CLIENT.headObject(request -> request.bucket(name).key(key));
  }

  String textOf(String key) {
    return textOf(key, request -> {});
  }

  String textOf(String key, Consumer<GetObjectRequest.Builder> more) {
    return textOf(CLIENT, key, more);
  }

  String textOf(S3Client client, String key, Consumer<GetObjectRequest.Builder> more) {
    return client.getObjectAsBytes(request -> more.accept(request.bucket(name).key(key))).asUtf8String();
  }
}
