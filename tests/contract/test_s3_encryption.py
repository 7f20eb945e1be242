"""Encryption of objects by S3's headers, as https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html has it."""

import base64
import hashlib
import json
import os
import subprocess
import urllib.request

import botocore.config
import pytest

from live_server import SAGEBRUSH, Server, wait_until
from s3_buckets import bucket, error_of, refused, s3, send
from training import csv_rows, job_request, log_lines, make_bucket, run_shell_job, train, wait_for_job

CONTEXT = base64.b64encode(json.dumps({"team": "ml"}).encode()).decode()
LARGE = os.urandom(3_000_000)


def md5(data):
    return f'"{hashlib.md5(data).hexdigest()}"'


@pytest.fixture
def kms(aws):
    return aws.client("kms")


@pytest.fixture
def key(kms):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    yield arn
    kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)


@pytest.fixture
def secure(aws):
    """A client over TLS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html asks for it."""
    server = json.loads((aws.data / "server.json").read_text())
    return aws.client("s3", endpoint_url="https://" + server["TlsAddress"], verify=server["CaFile"],
                      config=botocore.config.Config(s3={"addressing_style": "path"}, proxies={}, retries={"max_attempts": 1}))


@pytest.fixture
def customer(secure, bucket):
    """The bucket takes keys of customers, whom new buckets turn away."""
    secure.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]})
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}


def encoded(customer):
    """The key as it travels: the SDK does this itself, but not where the digest is given too, nor for every operation."""
    return {**customer, "SSECustomerKey": base64.b64encode(customer["SSECustomerKey"]).decode()}


def shown(answer):
    return {name: answer[name] for name in ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled", "SSECustomerAlgorithm") if name in answer}


def default(s3, bucket, algorithm, key=None, bucket_key=None):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}}
    if bucket_key is not None:
        rule["BucketKeyEnabled"] = bucket_key
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def stored(aws):
    """All that the server keeps of objects."""
    return b"".join(path.read_bytes() for path in (aws.data / "objects").rglob("*") if path.is_file())


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html: every object, without being asked; its
# entity tag is the MD5 (API_Object).
def test_objects_are_encrypted_without_being_asked(aws, s3, bucket):
    body = b"nobody shall read this on the disk " * 5000
    put = s3.put_object(Bucket=bucket, Key="k", Body=body)
    assert shown(put) == {"ServerSideEncryption": "AES256"} and put["ETag"] == md5(body)
    assert shown(s3.head_object(Bucket=bucket, Key="k")) == {"ServerSideEncryption": "AES256"}
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == body and shown(got) == {"ServerSideEncryption": "AES256"}
    s3.put_object(Bucket=bucket, Key="small", Body=b"nor this, which is small")
    assert b"nobody shall" not in stored(aws) and b"nor this" not in stored(aws)


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html and, for SSE-C,
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-s3-c-encryption-setting-faq.html.
def test_buckets_answer_their_default(s3, bucket, key):
    rules = lambda: s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    new = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]
    assert rules() == new
    default(s3, bucket, "aws:kms", key, True)
    assert rules() == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}]
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert shown(put) == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True}
    assert shown(s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="AES256")) == {"ServerSideEncryption": "AES256"}
    s3.delete_bucket_encryption(Bucket=bucket)
    assert rules() == new


def test_a_default_that_cannot_be_is_refused(s3, bucket):
    put = lambda *rules: error_of(s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": list(rules)})
    rule = lambda **how: {"ApplyServerSideEncryptionByDefault": how}
    assert put() == put(rule(SSEAlgorithm="AES256"), rule(SSEAlgorithm="AES256")) == ("MalformedXML", 400)
    assert put(rule(SSEAlgorithm="AES256", KMSMasterKeyID="alias/a")) == ("InvalidArgument", 400)
    assert put(rule(SSEAlgorithm="aws:kms:dsse")) == ("NotImplemented", 501)


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html: the key aws/s3 where none is named; no MD5 as entity tag.
def test_kms_with_the_key_of_s3(s3, bucket, kms):
    put = s3.put_object(Bucket=bucket, Key="k", Body=LARGE, ServerSideEncryption="aws:kms")
    assert put["ServerSideEncryption"] == "aws:kms" and put["ETag"] != md5(LARGE)
    assert put["SSEKMSKeyId"] == kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == LARGE and shown(got) == shown(put) and got["ETag"] == put["ETag"]


def test_kms_with_a_key_of_ones_own(s3, bucket, kms, key):
    kms.create_alias(AliasName="alias/s3-test", TargetKeyId=key)
    for name in (key, key.split("/")[1], "alias/s3-test"):
        put = s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 70_000, ServerSideEncryption="aws:kms", SSEKMSKeyId=name,
                            SSEKMSEncryptionContext=CONTEXT)
        assert put["SSEKMSKeyId"] == key and json.loads(base64.b64decode(put["SSEKMSEncryptionContext"])) == {"team": "ml"}
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x" * 70_000
    kms.delete_alias(AliasName="alias/s3-test")


# Codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, "KMS.*".
def test_a_key_that_is_disabled_closes_what_it_wraps(s3, bucket, kms, key):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.disable_key(KeyId=key)
    assert error_of(s3.get_object, Bucket=bucket, Key="k") == ("KMS.DisabledException", 400)
    assert error_of(s3.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/k") == ("KMS.DisabledException", 400)
    assert error_of(s3.put_object, Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key) == ("KMS.DisabledException", 400)
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key
    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_headers_that_contradict_each_other_are_refused(s3, bucket):
    put = lambda **arguments: error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **arguments)
    assert put(ServerSideEncryption="AES256", SSEKMSKeyId="alias/a") == ("InvalidArgument", 400)
    assert put(SSEKMSKeyId="alias/a") == ("InvalidArgument", 400)
    assert put(ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/none") == ("KMS.NotFoundException", 400)
    assert put(ServerSideEncryption="aws:kms", SSEKMSEncryptionContext="e30") == ("InvalidArgument", 400)
    assert put(ServerSideEncryption="aws:kms", SSEKMSEncryptionContext=base64.b64encode(b'{"a": 1}').decode()) == ("InvalidArgument", 400)
    assert put(ServerSideEncryption="aws:fsx") == ("InvalidArgument", 400)
    error, status = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms:dsse")
    assert (error["Code"], status) == ("NotImplemented", 501) and "aws:kms:dsse" in error["Message"]
    assert error_of(s3.head_object, Bucket=bucket, Key="k") == ("404", 404)


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html: the header is not sent to read; nor with a part.
def test_what_is_encrypted_already_takes_no_header(aws, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    for method, path in (("GET", "k"), ("HEAD", "k"), ("PUT", f"m?partNumber=1&uploadId={upload}")):
        answer = send(aws, method, f"/{bucket}/{path}", {"x-amz-server-side-encryption": "AES256"}, b"x" if method == "PUT" else None)
        assert answer.status == 400 and (method == "HEAD" or b"<Code>InvalidArgument</Code>" in answer.body)
    s3.abort_multipart_upload(Bucket=bucket, Key="m", UploadId=upload)


def test_ranges_and_parts(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=LARGE)
    for first, last in [(0, 0), (65_479, 65_480), (65_480, 131_000), (1_000_000, 2_999_999), (2_999_999, 2_999_999)]:
        got = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")
        assert got["Body"].read() == LARGE[first:last + 1] and got["ContentRange"] == f"bytes {first}-{last}/{len(LARGE)}"
    assert s3.get_object(Bucket=bucket, Key="k", PartNumber=1)["Body"].read() == LARGE


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
@pytest.mark.parametrize("how", [{}, {"ServerSideEncryption": "aws:kms", "BucketKeyEnabled": True, "SSEKMSEncryptionContext": CONTEXT}])
def test_multipart_uploads(s3, bucket, how):
    parts = [os.urandom(5 << 20), os.urandom(5 << 20), b"end"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **how)
    expected = shown(upload)
    assert expected["ServerSideEncryption"] == how.get("ServerSideEncryption", "AES256")
    assert expected.get("BucketKeyEnabled") == how.get("BucketKeyEnabled")
    done = []
    for number, part in enumerate(parts, 1):
        answer = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload["UploadId"], PartNumber=number, Body=part)
        assert shown(answer) == expected and (answer["ETag"] == md5(part)) == (not how)
        done.append({"PartNumber": number, "ETag": answer["ETag"]})
    for _ in range(2):  # Asked again, the same.
        completed = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload["UploadId"], MultipartUpload={"Parts": done})
        assert shown(completed) == expected and completed["ETag"].endswith('-3"')
    body = b"".join(parts)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    assert s3.get_object(Bucket=bucket, Key="k", PartNumber=2)["Body"].read() == parts[1]
    assert s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={(5 << 20) - 3}-{(5 << 20) + 2}")["Body"].read() == body[(5 << 20) - 3:(5 << 20) + 3]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="copied", **how)["UploadId"]
    copied = s3.upload_part_copy(Bucket=bucket, Key="copied", UploadId=upload, PartNumber=1, CopySource=f"{bucket}/k",
                                 CopySourceRange="bytes=5242870-5242889")
    assert shown(copied) == expected
    s3.complete_multipart_upload(Bucket=bucket, Key="copied", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}]})
    assert s3.get_object(Bucket=bucket, Key="copied")["Body"].read() == body[5242870:5242890]


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html: a copy is encrypted as it is asked for, else as its bucket says.
def test_copies_between_all_forms(secure, bucket, customer, key):
    s3 = secure
    forms = {"own": {}, "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}, "customer": customer}
    expect = {"own": {"ServerSideEncryption": "AES256"}, "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key},
              "customer": {"SSECustomerAlgorithm": "AES256"}}
    needed = lambda form: customer if form == "customer" else {}
    for source, how in forms.items():
        s3.put_object(Bucket=bucket, Key=source, Body=LARGE, **how)
        for target, how in forms.items():
            asked = {"CopySource" + name: value for name, value in needed(source).items()}
            copy = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/{source}", **asked, **how)
            assert shown(copy) == expect[target]
            got = s3.get_object(Bucket=bucket, Key="copy", **needed(target))
            assert got["Body"].read() == LARGE and shown(got) == expect[target], (source, target)
            assert (got["ETag"] == md5(LARGE)) == (target == "own")
    s3.copy_object(Bucket=bucket, Key="own", CopySource=f"{bucket}/own", ServerSideEncryption="aws:kms")  # Onto itself.
    assert s3.get_object(Bucket=bucket, Key="own")["ServerSideEncryption"] == "aws:kms"


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
def test_customer_keys(secure, bucket, customer):
    s3 = secure
    put = s3.put_object(Bucket=bucket, Key="k", Body=LARGE, **customer)
    digest = base64.b64encode(hashlib.md5(customer["SSECustomerKey"]).digest()).decode()
    assert put["SSECustomerAlgorithm"] == "AES256" and put["SSECustomerKeyMD5"] == digest
    assert "ServerSideEncryption" not in put and put["ETag"] != md5(LARGE)
    got = s3.get_object(Bucket=bucket, Key="k", **customer)
    assert got["Body"].read() == LARGE and got["SSECustomerKeyMD5"] == digest
    assert s3.head_object(Bucket=bucket, Key="k", **customer)["ContentLength"] == len(LARGE)
    assert s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize"], SSECustomerKeyMD5=digest,
                                    **encoded(customer))["ObjectSize"] == len(LARGE)
    other = {**customer, "SSECustomerKey": os.urandom(32)}
    for read, without in ((s3.get_object, ("InvalidRequest", 400)), (s3.head_object, ("400", 400))):
        assert error_of(read, Bucket=bucket, Key="k") == without
        assert error_of(read, Bucket=bucket, Key="k", **other)[1] == 403
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    assert error_of(s3.get_object, Bucket=bucket, Key="plain", **customer) == ("InvalidRequest", 400)


def test_customer_keys_that_are_none_are_refused(aws, secure, bucket, customer):
    put = lambda **given: error_of(secure.put_object, Bucket=bucket, Key="k", Body=b"x", **given)
    assert put(**{**customer, "SSECustomerKey": os.urandom(16)}) == ("InvalidArgument", 400)
    assert put(**{**customer, "SSECustomerAlgorithm": "AES128"}) == ("InvalidEncryptionAlgorithmError", 400)
    assert put(**encoded(customer), SSECustomerKeyMD5="AAAAAAAAAAAAAAAAAAAAAA==") == ("InvalidArgument", 400)
    assert put(**customer, ServerSideEncryption="AES256") == ("InvalidArgument", 400)
    whole = {**encoded(customer), "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(customer["SSECustomerKey"]).digest()).decode()}
    assert secure.put_object(Bucket=bucket, Key="whole", Body=b"x", **whole)["SSECustomerAlgorithm"] == "AES256"
    for missing in whole:
        assert put(**{name: value for name, value in whole.items() if name != missing}) == ("InvalidArgument", 400), missing
    assert error_of(aws.client("s3").put_object, Bucket=bucket, Key="k", Body=b"x", **customer) == ("InvalidRequest", 400)  # Not over TLS.
    assert error_of(secure.head_object, Bucket=bucket, Key="k") == ("404", 404)


def test_new_buckets_block_customer_keys(secure, bucket):
    given = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
    assert error_of(secure.put_object, Bucket=bucket, Key="k", Body=b"x", **given) == ("AccessDenied", 403)
    assert error_of(secure.create_multipart_upload, Bucket=bucket, Key="k", **given) == ("AccessDenied", 403)


def test_multipart_uploads_with_customer_keys(secure, bucket, customer):
    s3, other = secure, {**customer, "SSECustomerKey": os.urandom(32)}
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **customer)["UploadId"]
    part = {"Bucket": bucket, "Key": "k", "UploadId": upload, "PartNumber": 1, "Body": LARGE}
    assert error_of(s3.upload_part, **part) == error_of(s3.upload_part, **part, **other) == ("InvalidRequest", 400)
    tag = s3.upload_part(**part, **customer)["ETag"]
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert s3.get_object(Bucket=bucket, Key="k", **customer)["Body"].read() == LARGE
    assert error_of(s3.get_object, Bucket=bucket, Key="k")[0] == "InvalidRequest"


# The jobs' way, by SDKs that encrypt what they upload with the key of S3 (script mode does): channels are read and outputs written
# as the job's role. https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
def test_a_job_reads_and_writes_what_kms_encrypts(server):
    s3, kms = server.client("s3"), server.client("kms")
    bucket = make_bucket(server, "sagemaker-kms-job")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=bucket, Key="train/part-0.csv", Body=csv_rows(200), ServerSideEncryption="aws:kms")
    default(s3, bucket, "aws:kms")
    train(server, bucket, "encrypted")
    model = s3.head_object(Bucket=bucket, Key="output/encrypted/output/model.tar.gz")
    assert shown(model) == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": s3.head_object(Bucket=bucket, Key="train/part-0.csv")["SSEKMSKeyId"]}
    default(s3, bucket, "aws:kms", key)

    def failure(name):
        server.client("sagemaker").create_training_job(**job_request(server, bucket, name))
        return wait_for_job(server, name).get("FailureReason", "")

    assert "kms:GenerateDataKey" in failure("not-allowed")
    kms.create_grant(KeyId=key, GranteePrincipal=server.role, Operations=["GenerateDataKey", "Decrypt"])
    assert failure("allowed") == ""
    kms.disable_key(KeyId=key)
    assert "KMS.DisabledException" in failure("closed")


def test_a_channel_lies_decrypted_in_the_job_only(server):
    s3 = server.client("s3")
    bucket = make_bucket(server, "sagemaker-channel")
    s3.put_object(Bucket=bucket, Key="train/more", Body=b"to be read by the job alone")
    script = "cat /opt/ml/input/data/train/more; head -c 2 /opt/ml/input/data/train/part-0.csv; ! echo x >> /opt/ml/input/data/train/more"
    job = run_shell_job(server, bucket, "reader", script)
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    assert log_lines(server, "reader")[0].startswith("to be read by the job alone")
    wait_until(lambda: not list((server.data / "jobs").iterdir()), "the files of the job to be deleted")
    assert b"to be read by the job alone" not in stored(server)


def doctor(server):
    return subprocess.run([SAGEBRUSH, "doctor", "--data", server.data], capture_output=True, text=True).stdout


# Where the operator vouches for the disk, files are plain and channels are links to them; KMS's are encrypted all the same.
def test_a_disk_that_is_encrypted(tmp_path):
    server = Server(tmp_path / "data")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="sagemaker-disk")
    s3.put_object(Bucket="sagemaker-disk", Key="before", Body=b"written before the flag" * 10_000)
    server.stop()
    server.options = ("--disk-is-encrypted",)
    server.start()
    s3 = server.client("s3")
    put = s3.put_object(Bucket="sagemaker-disk", Key="k", Body=b"may be read by the disk" * 10_000)
    assert shown(put) == {"ServerSideEncryption": "AES256"} and b"may be read by the disk" in stored(server)
    s3.put_object(Bucket="sagemaker-disk", Key="kms", Body=b"this may not" * 10_000, ServerSideEncryption="aws:kms")
    assert b"this may not" not in stored(server)
    assert "--disk-is-encrypted" in doctor(server)
    server.stop()
    server.options = ()
    server.start()
    s3 = server.client("s3")
    for key, body in (("before", b"written before the flag"), ("k", b"may be read by the disk"), ("kms", b"this may not")):
        assert s3.get_object(Bucket="sagemaker-disk", Key=key)["Body"].read() == body * 10_000
    assert "Objects are stored encrypted" in doctor(server)
    server.end()


# A server that finds bits flipped answers an error, or breaks off where the good bytes end.
def test_flipped_bits_are_never_served(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="sagemaker-flip")
    s3.put_object(Bucket="sagemaker-flip", Key="k", Body=LARGE)
    (path,) = [path for path in (server.data / "objects/data").rglob("*") if path.is_file()]
    for position, whole in ((100, 0), (2_000_000, 1_700_000)):
        intact = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(intact[:position] + bytes([intact[position] ^ 1]) + intact[position + 1:])
        if whole == 0:
            assert error_of(s3.get_object, Bucket="sagemaker-flip", Key="k") == ("InternalError", 500)
        else:
            url = s3.generate_presigned_url("get_object", Params={"Bucket": "sagemaker-flip", "Key": "k"})
            reply = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url)
            with pytest.raises(Exception) as cut:
                reply.read()
            got = cut.value.partial
            assert whole < len(got) < position and got == LARGE[:len(got)]
        path.write_bytes(intact)
    assert s3.get_object(Bucket="sagemaker-flip", Key="k")["Body"].read() == LARGE


def test_encrypted_objects_survive_a_kill(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="sagemaker-kill")
    for form in ("AES256", "aws:kms"):
        s3.put_object(Bucket="sagemaker-kill", Key=form, Body=b"small", ServerSideEncryption=form)
        s3.put_object(Bucket="sagemaker-kill", Key="large" + form, Body=LARGE, ServerSideEncryption=form)
    server.kill()
    server.start()
    s3 = server.client("s3")
    for form in ("AES256", "aws:kms"):
        assert s3.get_object(Bucket="sagemaker-kill", Key=form)["Body"].read() == b"small"
        assert s3.get_object(Bucket="sagemaker-kill", Key="large" + form)["Body"].read() == LARGE
