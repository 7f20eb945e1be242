"""The scenario by boto3. usage: scenario.py NAME   (see ../README.md)"""

import io
import json
import sys
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

NAME = sys.argv[1]
ODD_KEY = "a b+c/ü?&=#%20/../x"
ODD_METADATA = "a=b; c, \"d\" (e) ~!#$%&'*+^_`|/\\"
PART = 5 * 1024 * 1024
CONTEXT = {"purpose": "scenario", "ü": "a b"}

session = boto3.session.Session()
s3, sts, iam, kms = (session.client(service) for service in ("s3", "sts", "iam", "kms"))
# At AWS's own address by TLS, with the bucket in the host's name: the environment's proxy answers for it.
public_s3 = session.client("s3", endpoint_url="https://s3.us-east-1.amazonaws.com", config=Config(s3={"addressing_style": "virtual"}))
kept = {}  # What one step leaves to the ones after it.
STEPS = []


def step(function):
    STEPS.append(function)
    return function


def outcome(function):
    try:
        return function()
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        return str(status) if code.isdigit() else f"{code} {status}"  # An answer without a body has no code.
    except Exception as error:  # The steps after it are tried all the same.
        return f"{type(error).__name__}: {error}"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect, action, resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def client_of(service, keys, **options):
    return session.client(service, aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
                          aws_session_token=keys.get("SessionToken"), **options)


def put(key, body, **arguments):
    return s3.put_object(Bucket=NAME, Key=key, Body=body, **arguments)


def text_of(key, client=s3, **arguments):
    return client.get_object(Bucket=NAME, Key=key, **arguments)["Body"].read().decode()


def plain_http(method, url, body=None):
    with urllib.request.urlopen(urllib.request.Request(url, body, method=method)) as reply:
        return reply.read().decode()


@step
def s3_create_bucket():
    s3.create_bucket(Bucket=NAME)
    s3.get_waiter("bucket_exists").wait(Bucket=NAME)
    return s3.head_bucket(Bucket=NAME)["BucketRegion"]


@step
def s3_put():
    return put("hello", b"hello", ContentType="text/plain", CacheControl="no-cache", Metadata={"odd": ODD_METADATA})["ETag"]


@step
def s3_get():
    got = s3.get_object(Bucket=NAME, Key="hello")
    return " ".join([got["Body"].read().decode(), got["ContentType"], got["CacheControl"], got["Metadata"]["odd"]])


@step
def s3_head():
    head = s3.head_object(Bucket=NAME, Key="hello")
    return f"{head['ContentLength']} {head['ETag']}"


@step
def s3_range():
    got = s3.get_object(Bucket=NAME, Key="hello", Range="bytes=1-3")
    return got["Body"].read().decode() + " " + got["ContentRange"]


@step
def s3_not_modified():
    return text_of("hello", IfNoneMatch='"5d41402abc4b2a76b9719d911017c592"')


@step
def s3_missing_key():
    try:
        return text_of("missing")
    except s3.exceptions.NoSuchKey as error:
        return f"NoSuchKey {error.response['ResponseMetadata']['HTTPStatusCode']}"


@step
def s3_head_of_a_missing_key():
    return s3.head_object(Bucket=NAME, Key="missing")


@step
def s3_put_only_if_new():
    return put("hello", b"other", IfNoneMatch="*")


@step
def s3_put_only_over_the_known():
    return put("hello", b"other", IfMatch='"00000000000000000000000000000000"')


@step
def s3_empty_object():
    put("empty", b"")
    return f"{s3.head_object(Bucket=NAME, Key='empty')['ContentLength']} {text_of('empty')}".strip()


@step
def s3_odd_key():
    put(ODD_KEY, b"odd")
    listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket=NAME, Prefix="a b+c/")["Contents"]]
    return " ".join([text_of(ODD_KEY), *listed])


@step
def s3_pages():
    for number in range(5):
        put(f"page/{number}", b"")
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=NAME, Prefix="page/", PaginationConfig={"PageSize": 2}))
    return f"{sum(len(page['Contents']) for page in pages)} in {len(pages)}"


@step
def s3_folders():
    listed = s3.list_objects_v2(Bucket=NAME, Delimiter="/")
    return " ".join([entry["Prefix"] for entry in listed["CommonPrefixes"]] + [entry["Key"] for entry in listed["Contents"]])


@step
def s3_multipart():
    upload = s3.create_multipart_upload(Bucket=NAME, Key="parts")["UploadId"]
    parts = []
    for number, body in enumerate((b"a" * PART, b"b"), 1):
        part = s3.upload_part(Bucket=NAME, Key="parts", UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
    s3.complete_multipart_upload(Bucket=NAME, Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})
    head = s3.head_object(Bucket=NAME, Key="parts", PartNumber=2)
    return f"{head['PartsCount']} {head['ContentRange']} {text_of('parts', PartNumber=2)}"


@step
def s3_stream_of_unknown_length():
    class Stream(io.RawIOBase):  # Cannot seek: its length shows at its end.
        left = PART + 3

        def readable(self):
            return True

        def read(self, size=-1):
            size = self.left if size < 0 else min(size, self.left)
            self.left -= size
            return b"s" * size

    s3.upload_fileobj(Stream(), NAME, "stream", Config=TransferConfig(use_threads=False))
    return str(s3.head_object(Bucket=NAME, Key="stream")["ContentLength"])


@step
def s3_presigned_put_and_get():
    signer = session.client("s3", config=Config(signature_version="s3v4"))
    place = {"Bucket": NAME, "Key": "pre signed"}
    plain_http("PUT", signer.generate_presigned_url("put_object", Params=place), b"by plain HTTP")
    return plain_http("GET", signer.generate_presigned_url("get_object", Params=place))


@step
def s3_copy():
    source = {"Bucket": NAME, "Key": "hello"}
    s3.copy_object(Bucket=NAME, Key="copy", CopySource=source)
    s3.copy_object(Bucket=NAME, Key="changed", CopySource=source, MetadataDirective="REPLACE", Metadata={"odd": "new"})
    return " ".join(s3.head_object(Bucket=NAME, Key=key)["Metadata"]["odd"] for key in ("copy", "changed"))


@step
def s3_tags():
    s3.put_object_tagging(Bucket=NAME, Key="hello", Tagging={"TagSet": [{"Key": "team", "Value": "a+b = c/d"}]})
    tags = s3.get_object_tagging(Bucket=NAME, Key="hello")["TagSet"]
    return " ".join(f"{tag['Key']}: {tag['Value']}" for tag in tags)


@step
def s3_virtual_host():
    return text_of("hello", public_s3)


@step
def s3_bucket_policy():
    document = policy(statement("Deny", "s3:GetObject", f"arn:aws:s3:::{NAME}/secret", Principal="*"))
    s3.put_bucket_policy(Bucket=NAME, Policy=document)
    put("secret", b"secret")
    before = outcome(lambda: text_of("secret"))
    s3.delete_bucket_policy(Bucket=NAME)
    return f"{before}, {text_of('secret')}"


@step
def s3_public_access_block():
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
    s3.put_public_access_block(Bucket=NAME, PublicAccessBlockConfiguration=block)
    block = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
    return f"{block['BlockPublicPolicy']} {block['RestrictPublicBuckets']}".lower()


@step
def s3_cors():
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.com"], "MaxAgeSeconds": 60}
    s3.put_bucket_cors(Bucket=NAME, CORSConfiguration={"CORSRules": [rule]})
    got = s3.get_bucket_cors(Bucket=NAME)["CORSRules"][0]
    return f"{got['AllowedMethods'][0]} {got['AllowedOrigins'][0]} {got['MaxAgeSeconds']}"


@step
def s3_encrypted_by_s3():
    put("sse-s3", b"by S3", ServerSideEncryption="AES256")
    return f"{s3.head_object(Bucket=NAME, Key='sse-s3')['ServerSideEncryption']} {text_of('sse-s3')}"


@step
def s3_encrypted_by_the_customer():
    rule = {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}  # New buckets take no such keys.
    s3.put_bucket_encryption(Bucket=NAME, ServerSideEncryptionConfiguration={"Rules": [rule]})
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
    public_s3.put_object(Bucket=NAME, Key="sse-c", Body=b"by the customer", **key)
    return f"{text_of('sse-c', public_s3, **key)}, {outcome(lambda: text_of('sse-c'))}"


@step
def s3_versions():
    s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
    first = put("versions", b"first")["VersionId"]
    put("versions", b"second")
    return f"{text_of('versions')} {text_of('versions', VersionId=first)}"


@step
def s3_delete_marker():
    kept["marker"] = s3.delete_object(Bucket=NAME, Key="versions")["VersionId"]
    return outcome(lambda: text_of("versions"))


@step
def s3_list_versions():
    listed = s3.list_object_versions(Bucket=NAME, Prefix="versions")
    return f"{len(listed['Versions'])} versions, {len(listed['DeleteMarkers'])} marker"


@step
def s3_undelete():
    s3.delete_object(Bucket=NAME, Key="versions", VersionId=kept["marker"])
    return text_of("versions")


@step
def sts_caller_identity():
    kept["account"] = sts.get_caller_identity()["Account"]
    return sts.get_caller_identity()["Arn"]


@step
def sts_at_the_public_address():
    return session.client("sts", endpoint_url="https://sts.us-east-1.amazonaws.com").get_caller_identity()["Arn"]


@step
def sts_session_token():
    keys = sts.get_session_token(DurationSeconds=900)["Credentials"]
    return client_of("sts", keys).get_caller_identity()["Arn"]


@step
def sts_wrong_secret():
    return client_of("sts", {"AccessKeyId": session.get_credentials().access_key, "SecretAccessKey": "wrong"}).get_caller_identity()


@step
def iam_create_policy():
    list_only = policy(statement("Allow", "s3:ListBucket"))
    kept["policy"] = iam.create_policy(PolicyName=NAME, PolicyDocument=list_only)["Policy"]["Arn"]
    both = policy(statement("Allow", ["s3:ListBucket", "s3:GetObject"]))
    iam.create_policy_version(PolicyArn=kept["policy"], PolicyDocument=both, SetAsDefault=True)
    versions = iam.list_policy_versions(PolicyArn=kept["policy"])["Versions"]
    return " ".join(version["VersionId"] + (" default" if version["IsDefaultVersion"] else "") for version in versions)


@step
def iam_malformed_policy():
    return iam.create_policy(PolicyName=f"{NAME}-malformed", PolicyDocument='{"Version": "2012-10-17", "Statement": "none"}')


@step
def iam_create_user():
    user = iam.create_user(UserName=NAME, Path="/scenario/", Tags=[{"Key": "team", "Value": "ü"}])["User"]
    iam.attach_user_policy(UserName=NAME, PolicyArn=kept["policy"])
    attached = iam.list_attached_user_policies(UserName=NAME)["AttachedPolicies"]
    return " ".join([user["Arn"], attached[0]["PolicyName"]])


@step
def iam_access_key_at_once():
    kept["key"] = iam.create_access_key(UserName=NAME)["AccessKey"]
    user_s3 = client_of("s3", kept["key"])
    put_outcome = outcome(lambda: user_s3.put_object(Bucket=NAME, Key="hello", Body=b"by the user"))
    return f"{text_of('hello', user_s3)}, {put_outcome}"


@step
def iam_create_role():
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{kept['account']}:root"}, "Action": "sts:AssumeRole"}
    kept["role"] = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=NAME, PolicyName="inline", PolicyDocument=policy(statement("Allow", "s3:*")))
    return kept["role"]


@step
def sts_assume_role_with_a_session_policy():
    narrow = policy(statement("Allow", "s3:*"), statement("Deny", "s3:PutObject"))
    keys = sts.assume_role(RoleArn=kept["role"], RoleSessionName="scenario", Policy=narrow)["Credentials"]
    role_s3 = client_of("s3", keys)
    put_outcome = outcome(lambda: role_s3.put_object(Bucket=NAME, Key="hello", Body=b"by the role"))
    return f"{text_of('hello', role_s3)}, {put_outcome}"


@step
def iam_pages():
    for number in range(3):
        iam.create_user(UserName=f"{NAME}-{number}", Path=f"/{NAME}/")
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix=f"/{NAME}/", PaginationConfig={"PageSize": 2}))
    return f"{sum(len(page['Users']) for page in pages)} in {len(pages)}"


@step
def iam_group():
    iam.create_group(GroupName=NAME)
    iam.add_user_to_group(GroupName=NAME, UserName=NAME)
    return iam.list_groups_for_user(UserName=NAME)["Groups"][0]["Arn"]


@step
def iam_missing_user():
    try:
        return iam.get_user(UserName=f"{NAME}-missing")
    except iam.exceptions.NoSuchEntityException as error:
        return f"NoSuchEntity {error.response['ResponseMetadata']['HTTPStatusCode']}"


@step
def iam_delete_what_is_in_use():
    return iam.delete_user(UserName=NAME)


@step
def iam_clean_up():
    iam.remove_user_from_group(GroupName=NAME, UserName=NAME)
    iam.delete_group(GroupName=NAME)
    iam.delete_access_key(UserName=NAME, AccessKeyId=kept["key"]["AccessKeyId"])
    iam.detach_user_policy(UserName=NAME, PolicyArn=kept["policy"])
    for user in [NAME, *(f"{NAME}-{number}" for number in range(3))]:
        iam.delete_user(UserName=user)
    iam.delete_role_policy(RoleName=NAME, PolicyName="inline")
    iam.delete_role(RoleName=NAME)
    iam.delete_policy_version(PolicyArn=kept["policy"], VersionId="v1")
    iam.delete_policy(PolicyArn=kept["policy"])
    return "ok"


@step
def kms_create_key():
    key = kms.create_key(Description=NAME)["KeyMetadata"]
    kept["kms"] = key["KeyId"]
    return f"{key['KeySpec']} {key['KeyUsage']} {key['KeyState']}"


@step
def kms_alias():
    kms.create_alias(AliasName=f"alias/{NAME}", TargetKeyId=kept["kms"])
    return str(kms.describe_key(KeyId=f"alias/{NAME}")["KeyMetadata"]["KeyId"] == kept["kms"]).lower()


@step
def kms_encrypt_and_decrypt():
    kept["secret"] = kms.encrypt(KeyId=f"alias/{NAME}", Plaintext=b"a secret", EncryptionContext=CONTEXT)["CiphertextBlob"]
    return kms.decrypt(CiphertextBlob=kept["secret"], EncryptionContext=CONTEXT)["Plaintext"].decode()


@step
def kms_wrong_context():
    return kms.decrypt(CiphertextBlob=kept["secret"], EncryptionContext={"purpose": "other"})


@step
def kms_data_key():
    key = kms.generate_data_key(KeyId=kept["kms"], KeySpec="AES_256")
    opened = kms.decrypt(CiphertextBlob=key["CiphertextBlob"])["Plaintext"]
    return f"{len(key['Plaintext'])} {opened == key['Plaintext']}".lower()


@step
def kms_sign_and_verify():
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    how = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(Message=b"a message", **how)["Signature"]
    valid = kms.verify(Message=b"a message", Signature=signature, **how)["SignatureValid"]
    other = outcome(lambda: kms.verify(Message=b"another", Signature=signature, **how))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    return f"{str(valid).lower()}, {other}"


@step
def kms_missing_key():
    try:
        return kms.describe_key(KeyId="00000000-0000-0000-0000-000000000000")
    except kms.exceptions.NotFoundException as error:
        return f"NotFoundException {error.response['ResponseMetadata']['HTTPStatusCode']}"


@step
def kms_encrypts_an_object():
    put("sse-kms", b"by KMS", ServerSideEncryption="aws:kms", SSEKMSKeyId=kept["kms"], BucketKeyEnabled=True)
    head = s3.head_object(Bucket=NAME, Key="sse-kms")
    return f"{head['ServerSideEncryption']} {head['SSEKMSKeyId'].endswith(kept['kms'])} {text_of('sse-kms')}".replace("True", "true")


@step
def kms_schedule_deletion():
    kms.delete_alias(AliasName=f"alias/{NAME}")
    kms.schedule_key_deletion(KeyId=kept["kms"], PendingWindowInDays=7)
    return outcome(lambda: kms.encrypt(KeyId=kept["kms"], Plaintext=b"too late"))


@step
def s3_delete_a_full_bucket():
    return s3.delete_bucket(Bucket=NAME)


@step
def s3_delete_all_versions():
    listed = s3.list_object_versions(Bucket=NAME)
    versions = listed["Versions"] + listed.get("DeleteMarkers", [])
    objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
    for error in s3.delete_objects(Bucket=NAME, Delete={"Objects": objects}).get("Errors", []):
        return f"{error['Code']} of {error['Key']}"
    s3.delete_bucket(Bucket=NAME)
    s3.get_waiter("bucket_not_exists").wait(Bucket=NAME)
    return outcome(lambda: s3.head_bucket(Bucket=NAME))


for function in STEPS:
    print(function.__name__.replace("_", "-"), outcome(function), sep="\t", flush=True)
