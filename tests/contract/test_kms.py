"""KMS through boto3. Behaviour by docs.aws.amazon.com/kms/latest/APIReference and .../developerguide, named at each test."""

import hashlib
import json
import os
import subprocess
import uuid

import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from test_access import document, statement, users  # noqa: F401 (a fixture)


@pytest.fixture
def kms(aws):
    return aws.client("kms")


@pytest.fixture
def key(kms):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    yield arn
    if kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] != "PendingDeletion":
        kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)


def refusal(call, **arguments):
    """The code of the error that a call ends with; empty: none."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def new_alias():
    return f"alias/test-{uuid.uuid4().hex[:8]}"


# API_Encrypt, API_Decrypt: Decrypt finds the key in the ciphertext; the context must be the same.
def test_encrypt_and_decrypt(kms, key):
    sent = kms.encrypt(KeyId=key, Plaintext=b"\x00text\xff", EncryptionContext={"Dept": "IT"})
    assert sent["KeyId"] == key and sent["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    got = kms.decrypt(CiphertextBlob=sent["CiphertextBlob"], EncryptionContext={"Dept": "IT"})
    assert (got["Plaintext"], got["KeyId"]) == (b"\x00text\xff", key)
    assert refusal(kms.decrypt, CiphertextBlob=sent["CiphertextBlob"]) == "InvalidCiphertextException"
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    assert refusal(kms.decrypt, CiphertextBlob=sent["CiphertextBlob"], KeyId=other, EncryptionContext={"Dept": "IT"}) == "IncorrectKeyException"
    changed = bytearray(sent["CiphertextBlob"])
    changed[-1] ^= 1
    assert refusal(kms.decrypt, CiphertextBlob=bytes(changed), EncryptionContext={"Dept": "IT"}) == "InvalidCiphertextException"


# API_GenerateDataKey: 16 or 32 bytes by KeySpec, or as many as asked for; exactly one of the two.
def test_data_keys(kms, key):
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_128")
    assert len(made["Plaintext"]) == 16 and kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    assert "Plaintext" not in kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=64)
    assert refusal(kms.generate_data_key, KeyId=key) == "ValidationException"
    assert refusal(kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=32) == "ValidationException"
    assert len(kms.generate_random(NumberOfBytes=100)["Plaintext"]) == 100


# API_DescribeKey, API_CreateAlias; "key identifiers": id, ARN, alias, ARN of an alias.
def test_a_key_has_four_names(aws, kms, key):
    alias = new_alias()
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    try:
        for name in (key, key.split("/")[1], alias, f"arn:aws:kms:{aws.region}:{aws.account}:{alias}"):
            assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == key
        assert [row["AliasName"] for row in kms.list_aliases(KeyId=key)["Aliases"]] == [alias]
        assert alias in {row["AliasName"] for page in kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 1})
                         for row in page["Aliases"]}
        assert refusal(kms.disable_key, KeyId=alias) == "NotFoundException"  # Only some operations take an alias.
    finally:
        kms.delete_alias(AliasName=alias)
    assert refusal(kms.describe_key, KeyId=alias) == "NotFoundException"
    assert refusal(kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=key) == "InvalidAliasNameException"
    assert key in {row["KeyArn"] for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}) for row in page["Keys"]}
    assert refusal(kms.list_keys, Marker="made-up") == "InvalidMarkerException"


# "Key states of AWS KMS keys": what a disabled key and one that waits for its deletion still do.
def test_states(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert refusal(kms.decrypt, CiphertextBlob=blob) == "DisabledException"
    kms.enable_key(KeyId=key)
    told = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert told["KeyState"] == "PendingDeletion"
    for call in (lambda: kms.decrypt(CiphertextBlob=blob), lambda: kms.enable_key(KeyId=key),
                 lambda: kms.schedule_key_deletion(KeyId=key), lambda: kms.create_alias(AliasName=new_alias(), TargetKeyId=key)):
        assert refusal(call) == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    assert refusal(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=6) == "ValidationException"


# "Key policies": "Unless the key policy explicitly allows it, you cannot use IAM policies to allow access to a KMS key."
def test_a_key_policy_that_gives_nothing_closes_the_key(aws, kms, users):  # noqa: F811
    may_all = users.client("kms", "kms-all", statement("Allow", "kms:*"))
    policy = document({**statement("Allow", "kms:*"), "Principal": {"AWS": f"arn:aws:iam::{aws.account}:user/kms-all"}})
    key = may_all.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    other = users.client("kms", "kms-other", statement("Allow", "kms:*"))
    assert refusal(other.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
    assert refusal(may_all.encrypt, KeyId=key, Plaintext=b"x") == ""
    may_all.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def test_a_user_without_rights_is_denied(key, users):  # noqa: F811
    nobody = users.client("kms", "kms-nobody")
    with pytest.raises(ClientError) as denied:
        nobody.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    assert f"kms:GenerateDataKey on resource: {key}" in denied.value.response["Error"]["Message"]


# "AWS managed keys": made on first use, for their service only.
def test_aws_managed_keys(kms):
    told = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert told["KeyManager"] == "AWS" and told["KeyState"] == "Enabled"
    assert kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"] == told["Arn"]
    assert refusal(kms.encrypt, KeyId="alias/aws/s3", Plaintext=b"x") == "AccessDeniedException"
    assert refusal(kms.disable_key, KeyId=told["Arn"]) == "AccessDeniedException"


def test_what_was_encrypted_opens_after_a_restart(server):
    kms = server.client("kms")
    key = kms.create_key(Description="kept")["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    server.kill()
    server.start()
    assert server.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    assert server.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Description"] == "kept"


def test_the_server_key_may_be_sealed_with_a_master_key(server):
    kms = server.client("kms")
    blob = kms.encrypt(KeyId=kms.create_key()["KeyMetadata"]["Arn"], Plaintext=b"text")["CiphertextBlob"]
    plain = (server.data / "server.key").read_bytes()
    server.stop()
    server.options = ("--master-key-command", "echo " + "A" * 43 + "=")
    server.start()
    assert server.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    assert plain not in (server.data / "server.key").read_bytes()
    server.stop()
    server.options = ()
    with pytest.raises(RuntimeError, match="--master-key-variable"):
        server.start()
    server.process.wait()
    server.options = ("--master-key-command", "echo " + "A" * 43 + "=")
    server.start()


# API_PutKeyPolicy, API_GetKeyPolicy; "Default key policy".
def test_key_policies(aws, kms, key):
    default = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert default["Statement"] == [{"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
                                     "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"}}]
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    locking = document({**statement("Allow", "kms:Encrypt"), "Principal": "*"})
    assert refusal(kms.put_key_policy, KeyId=key, Policy=locking) == "MalformedPolicyDocumentException"
    closing = document({**statement("Allow", "kms:*"), "Principal": "*"}, {**statement("Deny", "kms:Encrypt"), "Principal": "*"})
    kms.put_key_policy(KeyId=key, Policy=closing)
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
    kms.put_key_policy(KeyId=key, Policy=json.dumps(default))
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == ""


# "Grants in AWS KMS": a grant allows beside the key policy; it is retired or revoked.
def test_grants(aws, kms, key, users):  # noqa: F811
    grantee = users.client("kms", "kms-grantee")
    arn = f"arn:aws:iam::{aws.account}:user/kms-grantee"
    blob = kms.encrypt(KeyId=key, Plaintext=b"text", EncryptionContext={"a": "1", "b": "2"})["CiphertextBlob"]
    opening = dict(CiphertextBlob=blob, EncryptionContext={"a": "1", "b": "2"})
    assert refusal(grantee.decrypt, **opening) == "AccessDeniedException"
    made = kms.create_grant(KeyId=key, GranteePrincipal=arn, Operations=["Decrypt", "RetireGrant"], Name="mine",
                            Constraints={"EncryptionContextSubset": {"a": "1"}})
    assert grantee.decrypt(GrantTokens=[made["GrantToken"]], **opening)["Plaintext"] == b"text"
    assert refusal(grantee.encrypt, KeyId=key, Plaintext=b"x") == "AccessDeniedException"
    listed, = kms.list_grants(KeyId=key, GranteePrincipal=arn)["Grants"]
    assert (listed["GrantId"], listed["Name"], listed["Operations"]) == (made["GrantId"], "mine", ["Decrypt", "RetireGrant"])
    grantee.retire_grant(KeyId=key, GrantId=made["GrantId"])
    assert refusal(grantee.decrypt, **opening) == "AccessDeniedException"
    assert refusal(kms.revoke_grant, KeyId=key, GrantId=made["GrantId"]) == "NotFoundException"


# "Rotating AWS KMS keys": the key id stays, what was encrypted before opens.
def test_rotation(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    before = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    kms.rotate_key_on_demand(KeyId=key)
    wait_until(lambda: kms.list_key_rotations(KeyId=key)["Rotations"], "the rotation")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] != before
    assert kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] == before
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    assert status["KeyRotationEnabled"] and status["RotationPeriodInDays"] == 90
    kms.disable_key_rotation(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


# API_TagResource; resourcegroupstaggingapi sees them.
def test_tags(aws, kms, key):
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "team", "TagValue": "a"}])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "team", "TagValue": "a"}]
    tagging = aws.client("resourcegroupstaggingapi")
    found = tagging.get_resources(ResourceTypeFilters=["kms"], TagFilters=[{"Key": "team"}])["ResourceTagMappingList"]
    assert found == [{"ResourceARN": key, "Tags": [{"Key": "team", "Value": "a"}]}]
    tagging.untag_resources(ResourceARNList=[key], TagKeys=["team"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == []


def openssl(tmp_path, *arguments, **files):
    """Runs openssl beside files of these names; returns its output."""
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True).stdout


# API_Sign: "To verify a signature outside of AWS KMS, use the public key"; signatures of EC keys are in DER (ANSI X9.62).
@pytest.mark.parametrize("key_spec, algorithm, options", [
    ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", []),
    ("RSA_2048", "RSASSA_PSS_SHA_256", ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]),
    ("ECC_NIST_P256", "ECDSA_SHA_256", []),
])
def test_openssl_verifies_what_a_key_signs(kms, tmp_path, key_spec, algorithm, options):
    key = kms.create_key(KeySpec=key_spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert algorithm in key["SigningAlgorithms"]
    signature = kms.sign(KeyId=key["KeyId"], Message=b"text", SigningAlgorithm=algorithm)["Signature"]
    public = kms.get_public_key(KeyId=key["KeyId"])["PublicKey"]
    assert kms.verify(KeyId=key["KeyId"], Message=hashlib.sha256(b"text").digest(), MessageType="DIGEST", Signature=signature,
                      SigningAlgorithm=algorithm)["SignatureValid"]
    openssl(tmp_path, "dgst", "-sha256", "-verify", "public", "-keyform", "DER", "-signature", "signature", *options, "text",
            public=public, signature=signature, text=b"text")
    assert refusal(kms.verify, KeyId=key["KeyId"], Message=b"other", Signature=signature, SigningAlgorithm=algorithm) == "KMSInvalidSignatureException"


# API_Encrypt: "To encrypt outside of AWS KMS, download the public key".
def test_a_key_opens_what_openssl_encrypts(kms, tmp_path):
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    blob = openssl(tmp_path, "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", "public", "-in", "text",
                   *(word for option in ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256") for word in ("-pkeyopt", option)),
                   public=kms.get_public_key(KeyId=key)["PublicKey"], text=b"text")
    assert kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256")["Plaintext"] == b"text"


# API_GenerateMac, API_GenerateDataKeyPair.
def test_macs_and_key_pairs(kms, key, tmp_path):
    hmac_key = kms.create_key(KeySpec="HMAC_512", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    mac = kms.generate_mac(KeyId=hmac_key, Message=b"text", MacAlgorithm="HMAC_SHA_512")["Mac"]
    assert len(mac) == 64
    assert kms.verify_mac(KeyId=hmac_key, Message=b"text", MacAlgorithm="HMAC_SHA_512", Mac=mac)["MacValid"]
    assert refusal(kms.verify_mac, KeyId=hmac_key, Message=b"x", MacAlgorithm="HMAC_SHA_512", Mac=mac) == "KMSInvalidMacException"
    pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P384")
    assert kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"] == pair["PrivateKeyPlaintext"]
    assert openssl(tmp_path, "pkey", "-inform", "DER", "-in", "private", "-pubout", "-outform", "DER",
                   private=pair["PrivateKeyPlaintext"]) == pair["PublicKey"]


# "Importing key material", step 3: RSA_AES_KEY_WRAP_SHA_256 is an AES key by RSAES-OAEP, then the material by AES-KWP.
@pytest.mark.parametrize("through_aes", [False, True])
def test_key_material_that_openssl_wraps_is_imported(kms, tmp_path, through_aes):
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert key["KeyState"] == "PendingImport"
    parameters = kms.get_parameters_for_import(KeyId=key["KeyId"], WrappingKeySpec="RSA_3072",
                                               WrappingAlgorithm="RSA_AES_KEY_WRAP_SHA_256" if through_aes else "RSAES_OAEP_SHA_256")
    material, aes = os.urandom(32), os.urandom(32)
    wrapped = openssl(tmp_path, "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", "public", "-in", "secret",
                      *(word for option in ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256") for word in ("-pkeyopt", option)),
                      public=parameters["PublicKey"], secret=aes if through_aes else material)
    if through_aes:
        wrapped += openssl(tmp_path, "enc", "-id-aes256-wrap-pad", "-K", aes.hex(), "-iv", "A65959A6", "-in", "material", material=material)
    kms.import_key_material(KeyId=key["KeyId"], ImportToken=parameters["ImportToken"], EncryptedKeyMaterial=wrapped,
                            ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"text")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    kms.delete_imported_key_material(KeyId=key["KeyId"])
    assert refusal(kms.decrypt, CiphertextBlob=blob) == "KMSInvalidStateException"


def test_what_is_not_built_is_refused(kms):
    assert refusal(kms.create_key, MultiRegion=True) == "UnsupportedOperationException"
    assert refusal(kms.create_key, KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY") == "UnsupportedOperationException"
    assert refusal(kms.describe_custom_key_stores) == "UnknownOperationException"
