import java.util.List;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.AccessKey;
import software.amazon.awssdk.services.iam.model.ListUsersResponse;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.iam.model.Tag;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/** The steps of STS and IAM. */
final class IdentitySteps {
  private final StsClient sts = StsClient.create();
  private final IamClient iam = IamClient.builder().build();
  private final Bucket bucket;
  private final String name;
  private String account;
  private String policy;
  private String accessKey;
  private String role;

  IdentitySteps(Bucket bucket) {
    this.bucket = bucket;
    this.name = bucket.name();
  }

  List<Step> steps() {
    return List.of(
        new Step("sts-caller-identity", this::callerIdentity),
        new Step("sts-at-the-public-address", () -> arnOf(PublicAddress.client(StsClient.builder(), "https://sts.us-east-1.amazonaws.com"))),
        new Step("sts-session-token", () -> arnOf(with(session(sts.getSessionToken(request -> request.durationSeconds(900)).credentials())))),
        new Step("sts-wrong-secret", () -> arnOf(with(AwsBasicCredentials.create(System.getenv("AWS_ACCESS_KEY_ID"), "wrong")))),
        new Step("iam-create-policy", this::createPolicy),
        new Step("iam-malformed-policy", () -> iam.createPolicy(
            request -> request.policyName(name + "-malformed").policyDocument("{\"Version\": \"2012-10-17\", \"Statement\": \"none\"}"))),
        new Step("iam-create-user", this::createUser),
        new Step("iam-access-key-at-once", this::accessKeyAtOnce),
        new Step("iam-create-role", this::createRole),
        new Step("sts-assume-role-with-a-session-policy", this::assumeRole),
        new Step("iam-pages", this::pages),
        new Step("iam-group", this::group),
        new Step("iam-missing-user",
            () -> Step.refusalOf(NoSuchEntityException.class, () -> iam.getUser(request -> request.userName(name + "-missing")))),
        new Step("iam-delete-what-is-in-use", () -> iam.deleteUser(request -> request.userName(name))),
        new Step("iam-clean-up", this::cleanUp));
  }

  private static String arnOf(StsClient client) {
    try (client) {
      return client.getCallerIdentity().arn();
    }
  }

  private static StsClient with(AwsCredentials keys) {
    return StsClient.builder().credentialsProvider(StaticCredentialsProvider.create(keys)).build();
  }

  private static AwsCredentials session(Credentials keys) {
    return AwsSessionCredentials.create(keys.accessKeyId(), keys.secretAccessKey(), keys.sessionToken());
  }

  /** What of reading and writing in the bucket succeeds with these keys. */
  private String readAndWrite(AwsCredentials keys) {
    try (S3Client s3 = S3Client.builder().forcePathStyle(true).credentialsProvider(StaticCredentialsProvider.create(keys)).build()) {
      String written = Step.outcome(() -> s3.putObject(request -> request.bucket(name).key("hello"), RequestBody.fromString("by another")));
      return bucket.textOf(s3, "hello", request -> {}) + ", " + written;
    }
  }

  private String callerIdentity() {
    var caller = sts.getCallerIdentity();
    account = caller.account();
    return caller.arn();
  }

  private String createPolicy() {
    policy = iam.createPolicy(request -> request.policyName(name).policyDocument(Policy.of(Policy.allow("s3:ListBucket")))).policy().arn();
    String both = Policy.of(Policy.allow("s3:ListBucket", "s3:GetObject"));
    iam.createPolicyVersion(request -> request.policyArn(policy).policyDocument(both).setAsDefault(true));
    return iam.listPolicyVersions(request -> request.policyArn(policy)).versions().stream()
        .map(version -> version.versionId() + (version.isDefaultVersion() ? " default" : "")).collect(Collectors.joining(" "));
  }

  private String createUser() {
    Tag tag = Tag.builder().key("team").value("ü").build();
    String arn = iam.createUser(request -> request.userName(name).path("/scenario/").tags(tag)).user().arn();
    iam.attachUserPolicy(request -> request.userName(name).policyArn(policy));
    return arn + " " + iam.listAttachedUserPolicies(request -> request.userName(name)).attachedPolicies().get(0).policyName();
  }

  private String accessKeyAtOnce() {
    AccessKey key = iam.createAccessKey(request -> request.userName(name)).accessKey();
    accessKey = key.accessKeyId();
    return readAndWrite(AwsBasicCredentials.create(accessKey, key.secretAccessKey()));
  }

  private String createRole() {
    role = iam.createRole(request -> request.roleName(name).assumeRolePolicyDocument(Policy.of(Policy.trust(account)))).role().arn();
    iam.putRolePolicy(request -> request.roleName(name).policyName("inline").policyDocument(Policy.of(Policy.allow("s3:*"))));
    return role;
  }

  private String assumeRole() {
    String narrow = Policy.of(Policy.allow("s3:*"), Policy.deny("s3:PutObject"));
    return readAndWrite(session(sts.assumeRole(request -> request.roleArn(role).roleSessionName("scenario").policy(narrow)).credentials()));
  }

  private String pages() {
    String path = "/" + name + "/";
    for (int number = 0; number < 3; number++) {
      String user = name + "-" + number;
      iam.createUser(request -> request.userName(user).path(path));
    }
    List<ListUsersResponse> pages = iam.listUsersPaginator(request -> request.pathPrefix(path).maxItems(2)).stream().toList();
    return pages.stream().mapToInt(page -> page.users().size()).sum() + " in " + pages.size();
  }

  private String group() {
    iam.createGroup(request -> request.groupName(name));
    iam.addUserToGroup(request -> request.groupName(name).userName(name));
    return iam.listGroupsForUser(request -> request.userName(name)).groups().get(0).arn();
  }

  private String cleanUp() {
    iam.removeUserFromGroup(request -> request.groupName(name).userName(name));
    iam.deleteGroup(request -> request.groupName(name));
    iam.deleteAccessKey(request -> request.userName(name).accessKeyId(accessKey));
    iam.detachUserPolicy(request -> request.userName(name).policyArn(policy));
    for (String user : List.of(name, name + "-0", name + "-1", name + "-2")) iam.deleteUser(request -> request.userName(user));
    iam.deleteRolePolicy(request -> request.roleName(name).policyName("inline"));
    iam.deleteRole(request -> request.roleName(name));
    iam.deletePolicyVersion(request -> request.policyArn(policy).versionId("v1"));
    iam.deletePolicy(request -> request.policyArn(policy));
    return "ok";
  }
}
