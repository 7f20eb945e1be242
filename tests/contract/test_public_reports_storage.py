"""What users of S3, IAM, KMS and of servers that stand in for them reported in public, tried here. Each test names its reports."""

import base64
import hashlib
import http.client
import json
import urllib.parse

import botocore.auth
import botocore.awsrequest
import pytest
from botocore.exceptions import ClientError

from s3_buckets import bucket, s3
from test_client_environment import need, shell
from live_server import ROOT


def code(call, **arguments):
    """The code and status of the error that the call ends with."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    response = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def exchange(aws, method, path, body=b"", **headers):
    """Status, headers and body of a signed request whose headers botocore would not send."""
    request = botocore.awsrequest.AWSRequest(method, f"{aws.endpoint}{path}", data=body, headers=headers)
    botocore.auth.S3SigV4Auth(aws.client("s3")._request_signer._credentials, "s3", aws.region).add_auth(request)
    connection = http.client.HTTPConnection(aws.endpoint.removeprefix("http://"))
    connection.request(method, path, body, {name: value.encode() for name, value in request.headers.items()})
    reply = connection.getresponse()
    return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()


def put_all(s3, bucket, *keys):
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"0123456789")


def listed(s3, bucket, **arguments):
    page = s3.list_objects_v2(Bucket=bucket, **arguments)
    return [entry["Key"] for entry in page.get("Contents", [])], [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]


# versity/versitygw issues 1275 and 1845, seaweedfs/seaweedfs issue 11321: where a list begins, and what it groups.
def test_a_list_begins_behind_a_key_whatever_its_prefix_and_delimiter(s3, bucket):
    put_all(s3, bucket, "prefix1/object", "prefix2/object", "f3", "f4", "f5", "f6")
    assert listed(s3, bucket, Prefix="prefix", StartAfter="prefix1", Delimiter="/") == ([], ["prefix1/", "prefix2/"])
    assert listed(s3, bucket, Prefix="f", StartAfter="f3", Delimiter="5") == (["f4", "f6"], ["f5"])
    assert listed(s3, bucket, Prefix="prefix1/", StartAfter="a") == (["prefix1/object"], [])
    assert listed(s3, bucket, Prefix="f", StartAfter="prefix") == ([], [])


# localstack/localstack issue 9605, versity/versitygw issue 816, basho/riak_cs issue 1099: pages of groups.
def test_a_group_is_on_one_page_and_the_last_page_is_the_last(s3, bucket):
    put_all(s3, bucket, "asdf", "boo/bar", "boo/baz/xyzzy", "cquux/bla", "cquux/thud")
    pages = [(page.get("Contents", []), page.get("CommonPrefixes", []))
             for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1})]
    assert [entry.get("Key", entry.get("Prefix")) for contents, groups in pages for entry in contents + groups] == ["asdf", "boo/", "cquux/"]
    last = s3.list_objects(Bucket=bucket, Delimiter="/", Marker="boo/", MaxKeys=1)
    assert [group["Prefix"] for group in last["CommonPrefixes"]] == ["cquux/"] and not last["IsTruncated"] and "NextMarker" not in last


# localstack/localstack issue 5025.
def test_versions_are_listed_by_prefix_and_delimiter(s3, bucket):
    put_all(s3, bucket, "dir/test", "dir/subdir/test2")

    def versions(prefix):
        page = s3.list_object_versions(Bucket=bucket, Prefix=prefix, Delimiter="/")
        return [v["Key"] for v in page.get("Versions", [])], [g["Prefix"] for g in page.get("CommonPrefixes", [])]
    assert versions("") == ([], ["dir/"])
    assert versions("dir/") == (["dir/test"], ["dir/subdir/"])
    assert versions("dir/t") == (["dir/test"], [])
    assert versions("dir/subdir/") == (["dir/subdir/test2"], [])


# apache/arrow pull 50960, mlflow/mlflow pull 23250: a marker beside what it marks, with and without a slash.
def test_a_marker_and_what_lies_below_it_are_keys_of_their_own(s3, bucket):
    s3.put_object(Bucket=bucket, Key="dir", Body=b"")
    s3.put_object(Bucket=bucket, Key="dir/", Body=b"")
    put_all(s3, bucket, "dir/file")
    assert listed(s3, bucket, Delimiter="/") == (["dir"], ["dir/"])
    assert listed(s3, bucket, Prefix="dir/", Delimiter="/") == (["dir/", "dir/file"], [])
    s3.delete_object(Bucket=bucket, Key="dir/")
    assert listed(s3, bucket) == (["dir", "dir/file"], [])


# minio/minio issue 13318, adobe/S3Mock issue 2586, scylladb/scylladb issue 19533: the answer of the first try was lost.
def test_completing_an_upload_again_says_the_same(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="twice")["UploadId"]
    tag = s3.upload_part(Bucket=bucket, Key="twice", UploadId=upload, PartNumber=1, Body=b"abc")["ETag"]
    arguments = {"Bucket": bucket, "Key": "twice", "UploadId": upload, "MultipartUpload": {"Parts": [{"ETag": tag, "PartNumber": 1}]}}
    first, again = s3.complete_multipart_upload(**arguments), s3.complete_multipart_upload(**arguments)
    assert first["ETag"] == again["ETag"]
    assert code(s3.complete_multipart_upload, **{**arguments, "UploadId": "no-such-upload"}) == ("NoSuchUpload", 404)
    s3.put_object(Bucket=bucket, Key="twice", Body=b"newer")
    s3.complete_multipart_upload(**arguments)  # Late, and still no more than the answer.
    assert s3.get_object(Bucket=bucket, Key="twice")["Body"].read() == b"newer"


# versity/versitygw issue 153, noobaa/noobaa-core pull 9994.
def test_a_part_of_another_tag_is_no_part(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="part")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="part", UploadId=upload, PartNumber=1, Body=b"abc")
    parts = {"Parts": [{"ETag": '"00000000000000000000000000000000"', "PartNumber": 1}]}
    assert code(s3.complete_multipart_upload, Bucket=bucket, Key="part", UploadId=upload, MultipartUpload=parts) == ("InvalidPart", 400)


# chimera-nas/chimera issue 475, aws/aws-sdk-kotlin issue 1645: what changed meanwhile is sent whole.
def test_a_range_of_what_has_changed_is_all_of_it(aws, s3, bucket):
    tag = s3.put_object(Bucket=bucket, Key="range", Body=b"0123456789")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="range")["ResponseMetadata"]["HTTPHeaders"]["last-modified"]

    def get(validator):
        status, _, body = exchange(aws, "GET", f"/{bucket}/range", Range="bytes=2-4", **{"If-Range": validator})
        return status, body
    assert get(tag) == (206, b"234") and get(modified) == (206, b"234")
    assert get('"another"') == (200, b"0123456789") and get("Sat, 01 Jan 2000 00:00:00 GMT") == (200, b"0123456789")


# getmoto/moto issue 8047, openlake-project/openlake issue 265, treeverse/lakeFS issue 6100, jamhall/s3rver issue 754,
# versity/versitygw issue 2074.
def test_ranges_and_part_numbers_of_a_head(s3, bucket):
    put_all(s3, bucket, "head")
    for arguments, length, content_range in (({"Range": "bytes=2-4"}, 3, "bytes 2-4/10"), ({"Range": "bytes=0-"}, 10, "bytes 0-9/10"),
                                             ({"Range": "bytes=8-99"}, 2, "bytes 8-9/10"), ({"PartNumber": 1}, 10, "bytes 0-9/10")):
        for operation in (s3.head_object, s3.get_object):
            answer = operation(Bucket=bucket, Key="head", **arguments)
            headers = answer["ResponseMetadata"]["HTTPHeaders"]
            assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["ContentLength"], headers["content-range"]) == (206, length, content_range)
            assert answer["AcceptRanges"] == "bytes"
    assert code(s3.head_object, Bucket=bucket, Key="head", Range="bytes=10-20") == ("416", 416)


# peak/s5cmd issue 711, adobe/S3Mock issue 2005, minio/minio issue 3416, apache/ozone pull 10752.
def test_an_object_is_copied_to_itself_when_something_changes(s3, bucket):
    put_all(s3, bucket, "self")
    source = {"Bucket": bucket, "Key": "self", "CopySource": f"{bucket}/self"}
    with pytest.raises(ClientError, match="This copy request is illegal because it is trying to copy an object to itself without changing") as raised:
        s3.copy_object(**source)
    assert raised.value.response["Error"]["Code"] == "InvalidRequest"
    s3.copy_object(**source, MetadataDirective="REPLACE", Metadata={"md5sum": "xyz"}, ContentDisposition="attachment")
    head = s3.head_object(Bucket=bucket, Key="self")
    assert head["Metadata"] == {"md5sum": "xyz"} and head["ContentDisposition"] == "attachment" and head["ContentLength"] == 10
    s3.copy_object(**source, StorageClass="STANDARD_IA")
    assert s3.head_object(Bucket=bucket, Key="self")["Metadata"] == {"md5sum": "xyz"}


# supabase/storage issue 1415, versity/versitygw issue 2124, adobe/S3Mock issue 2755; Genbox/SimpleS3 issue 21 and aws/aws-sdk issue 271:
# characters that XML has not.
def test_many_are_deleted_in_silence_whatever_their_keys(aws, s3, bucket):
    keys = ["a&b<c>", "quote\"'", "tab\tline\nreturn\r", "one\x01two\x1f"]
    put_all(s3, bucket, *keys)
    assert listed(s3, bucket)[0] == sorted(keys)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys[:3]] + [{"Key": "missing"}], "Quiet": True})
    assert "Deleted" not in answer and "Errors" not in answer
    assert listed(s3, bucket)[0] == keys[3:]
    body = b"<Delete><Object><Key>one&#x1;two&#x1f;</Key></Object></Delete>"
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    status, _, answer = exchange(aws, "POST", f"/{bucket}?delete=", body, **{"Content-MD5": digest})
    assert status == 200 and b"<Deleted>" in answer, answer
    assert listed(s3, bucket)[0] == []


def session(aws, policy):
    """A session of the default role that may do what `policy` says."""
    keys = aws.client("sts").assume_role(RoleArn=aws.role, RoleSessionName="report", Policy=json.dumps({"Version": "2012-10-17", "Statement": policy}))
    keys = keys["Credentials"]
    return aws.client("s3", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])


# rustfs/rustfs issue 2699, lakekeeper/lakekeeper issue 1795, seaweedfs/seaweedfs pull 10777: tables' credentials, statements apart.
def test_credentials_for_one_table(aws, s3, bucket):
    put_all(s3, bucket, "warehouse/t/1", "warehouse/t2/1")
    table = session(aws, [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{bucket}/warehouse/t/*"},
        {"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": f"arn:aws:s3:::{bucket}"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}",
         "Condition": {"StringLike": {"s3:prefix": "warehouse/t/*"}}}])
    assert listed(table, bucket, Prefix="warehouse/t/")[0] == ["warehouse/t/1"]
    table.get_bucket_location(Bucket=bucket)
    table.get_object(Bucket=bucket, Key="warehouse/t/1")
    for prefix in ("warehouse/t", "warehouse/t2/", ""):
        assert code(table.list_objects_v2, Bucket=bucket, Prefix=prefix) == ("AccessDenied", 403)
    assert code(table.get_object, Bucket=bucket, Key="warehouse/t2/1") == ("AccessDenied", 403)


# bji/libs3 pull 111: an empty prefix is a prefix; none is none.
def test_a_condition_on_an_empty_prefix(aws, s3, bucket):
    put_all(s3, bucket, "home/a")
    root = session(aws, [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}",
                          "Condition": {"StringEquals": {"s3:prefix": ["", "home/"], "s3:delimiter": ["/"]}}}])
    assert listed(root, bucket, Prefix="", Delimiter="/") == ([], ["home/"])
    assert listed(root, bucket, Prefix="home/", Delimiter="/") == (["home/a"], [])
    assert code(root.list_objects_v2, Bucket=bucket, Delimiter="/") == ("AccessDenied", 403)
    assert code(root.list_objects_v2, Bucket=bucket, Prefix="") == ("AccessDenied", 403)


# minio/minio-js issues 820 and 1040, boto/botocore issue 956; minio/minio issue 8897: somebody decodes the semicolon on the way.
@pytest.mark.parametrize("disposition", ["attachment; filename*=UTF-8''t%C3%A9st.png", 'attachment; filename="qwe!w.png";', 'attachment;filename="test.txt"'])
def test_presigned_downloads_have_the_name_that_was_asked_for(s3, bucket, disposition):
    put_all(s3, bucket, "download")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "download", "ResponseContentDisposition": disposition})
    for sent in (url, url.replace("%3B", ";").replace("%21", "!").replace("%27", "'").replace("%2A", "*")):
        parts = urllib.parse.urlsplit(sent)
        connection = http.client.HTTPConnection(parts.netloc)
        connection.request("GET", f"{parts.path}?{parts.query}")
        reply = connection.getresponse()
        assert (reply.status, reply.getheader("Content-Disposition")) == (200, disposition), reply.read()


# aws/aws-sdk-ruby issue 1230, aws/aws-sdk-js issue 1648: a name that is not ASCII in a header.
def test_a_header_that_is_not_ascii_is_signed_and_comes_back(aws, bucket):
    disposition = 'attachment; filename="1 © 😬.pdf"'
    status, _, body = exchange(aws, "PUT", f"/{bucket}/named", b"x", **{"Content-Disposition": disposition})
    assert status == 200, body
    _, headers, _ = exchange(aws, "HEAD", f"/{bucket}/named")
    assert headers["content-disposition"].encode("latin-1").decode() == disposition


# s3s-project/s3s issue 534, rustfs/rustfs issue 2079, minio/mc issue 2515, hashicorp/terraform-provider-aws issues 25660, 14645 and 13726, pull 29632,
# scality/cloudserver issue 950, nextcloud/server issue 8120: what Terraform reads back of a bucket that it has made, and of an object.
def test_terraform_reads_a_bucket_back(s3):
    name = "sagemaker-report-terraform"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=False, CreateBucketConfiguration={"Tags": [{"Key": "team", "Value": "a"}]})
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "team", "Value": "a"}]
    assert s3.get_bucket_acl(Bucket=name)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=name)
    assert s3.get_bucket_request_payment(Bucket=name)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=name)
    assert s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    for read, missing in ((s3.get_bucket_policy, "NoSuchBucketPolicy"), (s3.get_bucket_cors, "NoSuchCORSConfiguration"),
                          (s3.get_bucket_website, "NoSuchWebsiteConfiguration"), (s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration"),
                          (s3.get_bucket_replication, "ReplicationConfigurationNotFoundError"),
                          (s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError")):
        assert code(read, Bucket=name) == (missing, 404)
    s3.put_object(Bucket=name, Key="cert.key", Body=b"x", Tagging="a=b")
    assert s3.get_object_tagging(Bucket=name, Key="cert.key")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert code(s3.delete_bucket, Bucket=name) == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket=name, Key="cert.key")
    s3.delete_bucket(Bucket=name)
    assert code(s3.head_bucket, Bucket=name) == ("404", 404)


# hashicorp/terraform-provider-aws issue 19349: a policy that is not as it was written is a change at each plan; tedilabs/terraform-aws-account issue 79.
def test_terraform_reads_a_role_back(aws):
    iam = aws.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [{"Sid": "", "Effect": "Allow", "Principal": {"Service": ["sagemaker.amazonaws.com"]}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="report-terraform", Path="/team/", AssumeRolePolicyDocument=json.dumps(trust), Tags=[{"Key": "a", "Value": "b"}])
    role = iam.get_role(RoleName="report-terraform")["Role"]
    assert role["AssumeRolePolicyDocument"] == trust and role["MaxSessionDuration"] == 3600 and role["Tags"] == [{"Key": "a", "Value": "b"}]
    assert role["RoleId"].startswith("AROA") and role["Arn"].endswith(":role/team/report-terraform")
    inline = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}]}
    iam.put_role_policy(RoleName="report-terraform", PolicyName="p", PolicyDocument=json.dumps(inline))
    assert iam.get_role_policy(RoleName="report-terraform", PolicyName="p")["PolicyDocument"] == inline
    arn = iam.create_policy(PolicyName="report-terraform", PolicyDocument=json.dumps(inline))["Policy"]["Arn"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId=iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"])["PolicyVersion"]["Document"] == inline
    iam.attach_role_policy(RoleName="report-terraform", PolicyArn=arn)
    assert iam.list_role_policies(RoleName="report-terraform")["PolicyNames"] == ["p"]
    assert [p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName="report-terraform")["AttachedPolicies"]] == [arn]
    assert code(iam.delete_role, RoleName="report-terraform") == ("DeleteConflict", 409)
    assert iam.list_instance_profiles_for_role(RoleName="report-terraform")["InstanceProfiles"] == []
    iam.delete_role_policy(RoleName="report-terraform", PolicyName="p")
    iam.detach_role_policy(RoleName="report-terraform", PolicyArn=arn)
    iam.delete_role(RoleName="report-terraform")
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v1"]
    iam.delete_policy(PolicyArn=arn)
    assert code(iam.get_role, RoleName="report-terraform") == ("NoSuchEntity", 404)


# hashicorp/terraform-provider-aws issues 20588 and 27422, sivchari/kumo issue 630: it waits until the policy and the tags are as it wrote them.
# stackshy/cloudemu pull 1181: rotation by the key's state.
def test_terraform_reads_a_key_back(aws):
    kms = aws.client("kms")
    policy = {"Version": "2012-10-17", "Id": "key", "Statement": [{"Sid": "all", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"},
                                                                    "Action": "kms:*", "Resource": "*"}]}
    key = kms.create_key(Policy=json.dumps(policy), Tags=[{"TagKey": "a", "TagValue": "b"}], Description="KMS key 1")["KeyMetadata"]["KeyId"]
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (described["KeyState"], described["KeyManager"], described["Origin"], described["MultiRegion"]) == ("Enabled", "CUSTOMER", "AWS_KMS", False)
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == policy
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    kms.disable_key(KeyId=key)
    assert code(kms.enable_key_rotation, KeyId=key) == ("DisabledException", 400)
    assert kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
    for change in (kms.enable_key_rotation, kms.disable_key_rotation, kms.rotate_key_on_demand):
        assert code(change, KeyId=key) == ("KMSInvalidStateException", 400)
    kms.get_key_rotation_status(KeyId=key)


# localstack/localstack issues 8505 and 8503, floci-io/floci issue 817, faiscadev/fakecloud pull 1909: the context binds each kind of data key.
# nsmithuk/local-kms issue 28: encrypted by an alias, decrypted without a name.
def test_a_context_binds_every_kind_of_ciphertext(aws):
    kms = aws.client("kms")
    kms.create_alias(AliasName="alias/report-context", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    arguments = {"KeyId": "alias/report-context", "EncryptionContext": {"a": "1", "b": "2"}}
    pair = {**arguments, "KeyPairSpec": "ECC_NIST_P256"}
    sealed = [kms.encrypt(**arguments, Plaintext=b"x")["CiphertextBlob"],
              kms.generate_data_key(**arguments, KeySpec="AES_256")["CiphertextBlob"],
              kms.generate_data_key_without_plaintext(**arguments, KeySpec="AES_256")["CiphertextBlob"],
              kms.generate_data_key_pair(**pair)["PrivateKeyCiphertextBlob"],
              kms.generate_data_key_pair_without_plaintext(**pair)["PrivateKeyCiphertextBlob"]]
    for blob in sealed:
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"b": "2", "a": "1"})
        for wrong in ({}, {"a": "1"}, {"a": "1", "b": "2", "c": "3"}, {"A": "1", "b": "2"}):
            assert code(kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong) == ("InvalidCiphertextException", 400)


# stackshy/cloudemu pull 523.
def test_a_user_has_two_access_keys_at_most(aws):
    iam = aws.client("iam")
    iam.create_user(UserName="report-keys")
    for _ in range(2):
        iam.create_access_key(UserName="report-keys")
    assert code(iam.create_access_key, UserName="report-keys") == ("LimitExceeded", 409)


# apache/airflow issues 24321 and 44896: what S3KeySensor and S3Hook ask, with and without wildcards.
def test_airflow_waits_for_a_key(s3, bucket):
    assert code(s3.head_object, Bucket=bucket, Key="in/a.zip") == ("404", 404)
    put_all(s3, bucket, "in/a.zip", "in/b.csv", "in/_SUCCESS")
    assert s3.head_object(Bucket=bucket, Key="in/a.zip")["ContentLength"] == 10
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="in/", Delimiter="", PaginationConfig={"PageSize": None, "MaxItems": None})
    found = [entry for page in pages for entry in page.get("Contents", [])]
    assert [entry["Key"] for entry in found] == ["in/_SUCCESS", "in/a.zip", "in/b.csv"] and all(entry["LastModified"] for entry in found)


# aws/aws-cli issues 440, 1879 and 5216: what has not changed is neither uploaded nor deleted again.
def test_the_cli_synchronises_once(s3, shell, bucket):
    aws = ROOT / ".venvs/aws-cli/bin/aws"
    need(aws)
    shell("mkdir -p from/test; for i in test/1 test-123.txt test.txt 'a b+%ü'; do echo $i > \"from/$i\"; done")
    sync = f"{aws} s3 sync --delete"
    assert shell(f"{sync} from s3://{bucket}/x/").count("upload:") == 4
    assert shell(f"{sync} from s3://{bucket}/x/") == ""
    shell(f"rm from/test/1 && {sync} s3://{bucket}/x/ back")
    assert shell(f"{sync} s3://{bucket}/x/ back") == ""
    assert shell(f"{sync} from s3://{bucket}/x/").strip() == f"delete: s3://{bucket}/x/test/1"
    put_all(s3, bucket, *(f"many/{i}" for i in range(60)))
    shell(f"{aws} s3 mv --recursive --quiet s3://{bucket}/many/ s3://{bucket}/moved/")
    assert listed(s3, bucket, Prefix="many/") == ([], []) and len(listed(s3, bucket, Prefix="moved/")[0]) == 60


# HHS/Head-Start-TTADP issue 370, bigassforce/aws-sdk issue 5: the signature of another region, in a URL.
def test_a_url_presigned_for_another_region_says_which_is_right(aws, bucket):
    s3 = aws.client("s3", region_name="eu-central-1")
    parts = urllib.parse.urlsplit(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"}))
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    reply = connection.getresponse()
    body = reply.read()
    assert reply.status == 400 and b"<Code>AuthorizationQueryParametersError</Code>" in body and b"us-east-1" in body, body
