import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;

/** The last steps: the bucket goes with all that is in it. */
final class CleanUpSteps {
  private final S3Client client = Bucket.CLIENT;
  private final String name;

  CleanUpSteps(Bucket bucket) {
    name = bucket.name();
  }

  List<Step> steps() {
    return List.of(
        new Step("s3-delete-a-full-bucket", () -> client.deleteBucket(request -> request.bucket(name))),
        new Step("s3-delete-all-versions", this::deleteAllVersions));
  }

  private Object deleteAllVersions() throws Exception {
    var listed = client.listObjectVersions(request -> request.bucket(name));
    List<ObjectIdentifier> objects = new ArrayList<>();
    listed.versions().forEach(version -> objects.add(identifier(version.key(), version.versionId())));
    listed.deleteMarkers().forEach(marker -> objects.add(identifier(marker.key(), marker.versionId())));
    var deleted = client.deleteObjects(request -> request.bucket(name).delete(delete -> delete.objects(objects)));
    if (deleted.hasErrors()) return deleted.errors();
    client.deleteBucket(request -> request.bucket(name));
    client.waiter().waitUntilBucketNotExists(request -> request.bucket(name));
    return Step.statusOf(() -> client.headBucket(request -> request.bucket(name)));
  }

  private static ObjectIdentifier identifier(String key, String versionId) {
    return ObjectIdentifier.builder().key(key).versionId(versionId).build();
  }
}
