import java.io.ByteArrayInputStream;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CORSRule;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.EncryptionType;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PublicAccessBlockConfiguration;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.ServerSideEncryptionRule;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** The steps of S3. */
final class S3Steps {
  private static final String ODD_KEY = "a b+c/ü?&=#%20/../x";
  private static final String ODD_METADATA = "a=b; c, \"d\" (e) ~!#$%&'*+^_`|/\\";
  private static final int PART_SIZE = 5 * 1024 * 1024;

  private final S3Client client = Bucket.CLIENT;
  private final Bucket bucket;
  private final String name;
  private String marker;

  S3Steps(Bucket bucket) {
    this.bucket = bucket;
    this.name = bucket.name();
  }

  List<Step> steps() {
    return List.of(
        new Step("s3-create-bucket", this::createBucket),
        new Step("s3-put", this::putDescribed),
        new Step("s3-get", this::getDescribed),
        new Step("s3-head", () -> bucket.head("hello").contentLength() + " " + bucket.head("hello").eTag()),
        new Step("s3-range", this::range),
        new Step("s3-not-modified",
            () -> Step.statusOf(() -> bucket.textOf("hello", request -> request.ifNoneMatch("\"5d41402abc4b2a76b9719d911017c592\"")))),
        new Step("s3-missing-key", () -> Step.refusalOf(NoSuchKeyException.class, () -> bucket.textOf("missing"))),
        new Step("s3-head-of-a-missing-key", () -> Step.statusOf(() -> bucket.head("missing"))),
        new Step("s3-put-only-if-new", () -> bucket.put("hello", "other", request -> request.ifNoneMatch("*"))),
        new Step("s3-put-only-over-the-known",
            () -> bucket.put("hello", "other", request -> request.ifMatch("\"00000000000000000000000000000000\""))),
        new Step("s3-empty-object", this::emptyObject),
        new Step("s3-odd-key", this::oddKey),
        new Step("s3-pages", this::pages),
        new Step("s3-folders", this::folders),
        new Step("s3-multipart", this::multipart),
        new Step("s3-stream-of-unknown-length", this::streamOfUnknownLength),
        new Step("s3-presigned-put-and-get", this::presigned),
        new Step("s3-copy", this::copy),
        new Step("s3-tags", this::tags),
        new Step("s3-virtual-host", () -> bucket.textOf(Bucket.PUBLIC_CLIENT, "hello", request -> {})),
        new Step("s3-bucket-policy", this::bucketPolicy),
        new Step("s3-public-access-block", this::publicAccessBlock),
        new Step("s3-cors", this::cors),
        new Step("s3-encrypted-by-s3", this::encryptedByS3),
        new Step("s3-encrypted-by-the-customer", this::encryptedByTheCustomer),
        new Step("s3-versions", this::versions),
        new Step("s3-delete-marker", this::deleteMarker),
        new Step("s3-list-versions", this::listVersions),
        new Step("s3-undelete", this::undelete));
  }

  private String createBucket() {
    client.createBucket(request -> request.bucket(name));
    client.waiter().waitUntilBucketExists(request -> request.bucket(name));
    return client.headBucket(request -> request.bucket(name)).bucketRegion();
  }

  private String putDescribed() {
    return bucket.put("hello", "hello", request -> request.contentType("text/plain").cacheControl("no-cache").metadata(Map.of("odd", ODD_METADATA)))
        .eTag();
  }

  private String getDescribed() {
    ResponseBytes<GetObjectResponse> got = client.getObjectAsBytes(request -> request.bucket(name).key("hello"));
    GetObjectResponse described = got.response();
    return String.join(" ", got.asUtf8String(), described.contentType(), described.cacheControl(), described.metadata().get("odd"));
  }

  private String range() {
    ResponseBytes<GetObjectResponse> got = client.getObjectAsBytes(request -> request.bucket(name).key("hello").range("bytes=1-3"));
    return got.asUtf8String() + " " + got.response().contentRange();
  }

  private String emptyObject() {
    bucket.put("empty", "");
    return bucket.head("empty").contentLength() + bucket.textOf("empty");
  }

  private String oddKey() {
    bucket.put(ODD_KEY, "odd");
    List<String> words = new ArrayList<>(List.of(bucket.textOf(ODD_KEY)));
    client.listObjectsV2(request -> request.bucket(name).prefix("a b+c/")).contents().forEach(entry -> words.add(entry.key()));
    return String.join(" ", words);
  }

  private String pages() {
    for (int number = 0; number < 5; number++) bucket.put("page/" + number, "");
    List<ListObjectsV2Response> pages =
        client.listObjectsV2Paginator(request -> request.bucket(name).prefix("page/").maxKeys(2)).stream().toList();
    return pages.stream().mapToInt(page -> page.contents().size()).sum() + " in " + pages.size();
  }

  private String folders() {
    ListObjectsV2Response listed = client.listObjectsV2(request -> request.bucket(name).delimiter("/"));
    List<String> names = new ArrayList<>();
    listed.commonPrefixes().forEach(folder -> names.add(folder.prefix()));
    listed.contents().forEach(entry -> names.add(entry.key()));
    return String.join(" ", names);
  }

  private String multipart() {
    String upload = client.createMultipartUpload(request -> request.bucket(name).key("parts")).uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    for (String body : List.of("a".repeat(PART_SIZE), "b")) {
      int number = parts.size() + 1;
      var part = client.uploadPart(request -> request.bucket(name).key("parts").uploadId(upload).partNumber(number), RequestBody.fromString(body));
      parts.add(CompletedPart.builder().partNumber(number).eTag(part.eTag()).checksumCRC32(part.checksumCRC32()).build());
    }
    client.completeMultipartUpload(
        request -> request.bucket(name).key("parts").uploadId(upload).multipartUpload(completed -> completed.parts(parts)));
    HeadObjectResponse second = client.headObject(request -> request.bucket(name).key("parts").partNumber(2));
    return second.partsCount() + " " + second.contentRange() + " " + bucket.textOf("parts", request -> request.partNumber(2));
  }

  private String streamOfUnknownLength() {
    byte[] bytes = "s".repeat(PART_SIZE + 3).getBytes(StandardCharsets.US_ASCII);
    client.putObject(request -> request.bucket(name).key("stream"),
        RequestBody.fromContentProvider(() -> new ByteArrayInputStream(bytes), "application/octet-stream"));
    return "" + bucket.head("stream").contentLength();
  }

  private String presigned() throws Exception {
    try (S3Presigner presigner = S3Presigner.builder().s3Client(client).build()) {
      Duration valid = Duration.ofMinutes(1);
      URL put = presigner.presignPutObject(
          request -> request.signatureDuration(valid).putObjectRequest(object -> object.bucket(name).key("pre signed"))).url();
      plainHttp("PUT", put, "by plain HTTP");
      URL get = presigner.presignGetObject(
          request -> request.signatureDuration(valid).getObjectRequest(object -> object.bucket(name).key("pre signed"))).url();
      return plainHttp("GET", get, "");
    }
  }

  private static String plainHttp(String method, URL url, String body) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(url.toURI()).method(method, HttpRequest.BodyPublishers.ofString(body)).build();
    HttpResponse<String> reply = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    return reply.statusCode() == 200 ? reply.body() : "" + reply.statusCode();
  }

  private String copy() {
    client.copyObject(request -> request.sourceBucket(name).sourceKey("hello").destinationBucket(name).destinationKey("copy"));
    client.copyObject(request -> request.sourceBucket(name).sourceKey("hello").destinationBucket(name).destinationKey("changed")
        .metadataDirective(MetadataDirective.REPLACE).metadata(Map.of("odd", "new")));
    return bucket.head("copy").metadata().get("odd") + " " + bucket.head("changed").metadata().get("odd");
  }

  private String tags() {
    Tag tag = Tag.builder().key("team").value("a+b = c/d").build();
    client.putObjectTagging(request -> request.bucket(name).key("hello").tagging(tags -> tags.tagSet(tag)));
    Tag got = client.getObjectTagging(request -> request.bucket(name).key("hello")).tagSet().get(0);
    return got.key() + ": " + got.value();
  }

  private String bucketPolicy() {
    String policy = Policy.of(Policy.denyAll("s3:GetObject", "arn:aws:s3:::" + name + "/secret"));
    client.putBucketPolicy(request -> request.bucket(name).policy(policy));
    bucket.put("secret", "secret");
    String before = Step.outcome(() -> bucket.textOf("secret"));
    client.deleteBucketPolicy(request -> request.bucket(name));
    return before + ", " + bucket.textOf("secret");
  }

  private String publicAccessBlock() {
    PublicAccessBlockConfiguration block = PublicAccessBlockConfiguration.builder()
        .blockPublicAcls(true).ignorePublicAcls(false).blockPublicPolicy(true).restrictPublicBuckets(false).build();
    client.putPublicAccessBlock(request -> request.bucket(name).publicAccessBlockConfiguration(block));
    PublicAccessBlockConfiguration got = client.getPublicAccessBlock(request -> request.bucket(name)).publicAccessBlockConfiguration();
    return got.blockPublicPolicy() + " " + got.restrictPublicBuckets();
  }

  private String cors() {
    CORSRule rule = CORSRule.builder().allowedMethods("GET").allowedOrigins("https://example.com").maxAgeSeconds(60).build();
    client.putBucketCors(request -> request.bucket(name).corsConfiguration(cors -> cors.corsRules(rule)));
    CORSRule got = client.getBucketCors(request -> request.bucket(name)).corsRules().get(0);
    return got.allowedMethods().get(0) + " " + got.allowedOrigins().get(0) + " " + got.maxAgeSeconds();
  }

  private String encryptedByS3() {
    bucket.put("sse-s3", "by S3", request -> request.serverSideEncryption(ServerSideEncryption.AES256));
    return bucket.head("sse-s3").serverSideEncryptionAsString() + " " + bucket.textOf("sse-s3");
  }

  private String encryptedByTheCustomer() throws Exception {
    // New buckets take no such keys.
    ServerSideEncryptionRule rule =
        ServerSideEncryptionRule.builder().blockedEncryptionTypes(blocked -> blocked.encryptionType(EncryptionType.NONE)).build();
    client.putBucketEncryption(request -> request.bucket(name).serverSideEncryptionConfiguration(encryption -> encryption.rules(rule)));
    byte[] raw = "k".repeat(32).getBytes(StandardCharsets.US_ASCII);
    String key = Base64.getEncoder().encodeToString(raw);
    String digest = Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(raw));
    Bucket.PUBLIC_CLIENT.putObject(
        request -> request.bucket(name).key("sse-c").sseCustomerAlgorithm("AES256").sseCustomerKey(key).sseCustomerKeyMD5(digest),
        RequestBody.fromString("by the customer"));
    String text = bucket.textOf(Bucket.PUBLIC_CLIENT, "sse-c",
        request -> request.sseCustomerAlgorithm("AES256").sseCustomerKey(key).sseCustomerKeyMD5(digest));
    return text + ", " + Step.outcome(() -> bucket.textOf("sse-c"));
  }

  private String versions() {
    client.putBucketVersioning(request -> request.bucket(name).versioningConfiguration(versioning -> versioning.status("Enabled")));
    String first = bucket.put("versions", "first").versionId();
    bucket.put("versions", "second");
    return bucket.textOf("versions") + " " + bucket.textOf("versions", request -> request.versionId(first));
  }

  private String deleteMarker() {
    marker = client.deleteObject(request -> request.bucket(name).key("versions")).versionId();
    return bucket.textOf("versions");
  }

  private String listVersions() {
    var listed = client.listObjectVersions(request -> request.bucket(name).prefix("versions"));
    return listed.versions().size() + " versions, " + listed.deleteMarkers().size() + " marker";
  }

  private String undelete() {
    client.deleteObject(request -> request.bucket(name).key("versions").versionId(marker));
    return bucket.textOf("versions");
  }
}
