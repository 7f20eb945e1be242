import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.KeySpec;
import software.amazon.awssdk.services.kms.model.KeyUsageType;
import software.amazon.awssdk.services.kms.model.NotFoundException;
import software.amazon.awssdk.services.kms.model.SigningAlgorithmSpec;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/** The steps of KMS. */
final class KmsSteps {
  private static final Map<String, String> CONTEXT = Map.of("purpose", "scenario", "ü", "a b");

  private final KmsClient kms = KmsClient.create();
  private final Bucket bucket;
  private final String alias;
  private String key;
  private SdkBytes secret;

  KmsSteps(Bucket bucket) {
    this.bucket = bucket;
    this.alias = "alias/" + bucket.name();
  }

  List<Step> steps() {
    return List.of(
        new Step("kms-create-key", this::createKey),
        new Step("kms-alias", this::makeAlias),
        new Step("kms-encrypt-and-decrypt", this::encryptAndDecrypt),
        new Step("kms-wrong-context",
            () -> kms.decrypt(request -> request.ciphertextBlob(secret).encryptionContext(Map.of("purpose", "other")))),
        new Step("kms-data-key", this::dataKey),
        new Step("kms-sign-and-verify", this::signAndVerify),
        new Step("kms-missing-key", () -> Step.refusalOf(
            NotFoundException.class, () -> kms.describeKey(request -> request.keyId("00000000-0000-0000-0000-000000000000")))),
        new Step("kms-encrypts-an-object", this::encryptsAnObject),
        new Step("kms-schedule-deletion", this::scheduleDeletion));
  }

  private String createKey() {
    KeyMetadata created = kms.createKey(request -> request.description(bucket.name())).keyMetadata();
    key = created.keyId();
    return String.join(" ", created.keySpecAsString(), created.keyUsageAsString(), created.keyStateAsString());
  }

  private Object makeAlias() {
    kms.createAlias(request -> request.aliasName(alias).targetKeyId(key));
    return kms.describeKey(request -> request.keyId(alias)).keyMetadata().keyId().equals(key);
  }

  private String encryptAndDecrypt() {
    SdkBytes text = SdkBytes.fromUtf8String("a secret");
    secret = kms.encrypt(request -> request.keyId(alias).plaintext(text).encryptionContext(CONTEXT)).ciphertextBlob();
    return kms.decrypt(request -> request.ciphertextBlob(secret).encryptionContext(CONTEXT)).plaintext().asUtf8String();
  }

  private String dataKey() {
    var made = kms.generateDataKey(request -> request.keyId(key).keySpec(DataKeySpec.AES_256));
    SdkBytes opened = kms.decrypt(request -> request.ciphertextBlob(made.ciphertextBlob())).plaintext();
    return made.plaintext().asByteArray().length + " " + opened.equals(made.plaintext());
  }

  private String signAndVerify() {
    String signer = kms.createKey(request -> request.keySpec(KeySpec.ECC_NIST_P256).keyUsage(KeyUsageType.SIGN_VERIFY)).keyMetadata().keyId();
    SdkBytes message = SdkBytes.fromUtf8String("a message");
    SdkBytes signature = kms.sign(
        request -> request.keyId(signer).message(message).signingAlgorithm(SigningAlgorithmSpec.ECDSA_SHA_256)).signature();
    String valid = Step.outcome(() -> verify(signer, message, signature));
    String other = Step.outcome(() -> verify(signer, SdkBytes.fromUtf8String("another"), signature));
    kms.scheduleKeyDeletion(request -> request.keyId(signer).pendingWindowInDays(7));
    return valid + ", " + other;
  }

  private Boolean verify(String signer, SdkBytes message, SdkBytes signature) {
    return kms.verify(request -> request.keyId(signer).message(message).signature(signature)
        .signingAlgorithm(SigningAlgorithmSpec.ECDSA_SHA_256)).signatureValid();
  }

  private String encryptsAnObject() {
    bucket.put("sse-kms", "by KMS",
        request -> request.serverSideEncryption(ServerSideEncryption.AWS_KMS).ssekmsKeyId(key).bucketKeyEnabled(true));
    HeadObjectResponse head = bucket.head("sse-kms");
    return head.serverSideEncryptionAsString() + " " + head.ssekmsKeyId().endsWith(key) + " " + bucket.textOf("sse-kms");
  }

  private Object scheduleDeletion() {
    kms.deleteAlias(request -> request.aliasName(alias));
    kms.scheduleKeyDeletion(request -> request.keyId(key).pendingWindowInDays(7));
    return kms.encrypt(request -> request.keyId(key).plaintext(SdkBytes.fromUtf8String("too late")));
  }
}
