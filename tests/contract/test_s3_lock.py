"""S3 Object Lock through boto3 on a live server. Source, where no other is named: docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
and object-lock-managing.html; codes: AmazonS3/latest/API/ErrorResponses.html and the page of each operation."""

import datetime
import uuid

import botocore.config
import pytest
from botocore.exceptions import ClientError

from test_access import Users, statement
from test_s3_versions import error_of, failure, get, put, versions_of

DENIED = ("AccessDenied", 403)


def later(**time):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**time)).replace(microsecond=0)


@pytest.fixture
def s3(aws):
    return aws.client("s3")


@pytest.fixture
def plain(s3):
    name = f"sagemaker-unlocked-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def bucket(s3):
    """A bucket with object lock; what is locked in it stays for the life of the server."""
    name = f"sagemaker-lock-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture
def users(aws):
    made = Users(aws)
    yield made
    made.end()


def default_retention(**rule):
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": rule}}


def locked(s3, bucket, key="k", mode="GOVERNANCE", **arguments):
    return s3.put_object(Bucket=bucket, Key=key, Body=b"locked", ObjectLockMode=mode,
                         ObjectLockRetainUntilDate=later(days=1), **arguments)["VersionId"]


# API/API_CreateBucket.html, API/API_PutObjectLockConfiguration.html
def test_a_bucket_with_object_lock_keeps_versions(s3, bucket, plain):
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    suspend = {"Bucket": bucket, "VersioningConfiguration": {"Status": "Suspended"}}
    assert error_of(s3.put_bucket_versioning, **suspend) == ("InvalidBucketState", 409)
    assert error_of(s3.get_object_lock_configuration, Bucket=plain) == ("ObjectLockConfigurationNotFoundError", 404)
    enable = {"Bucket": plain, "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
    assert error_of(s3.put_object_lock_configuration, **enable) == ("InvalidBucketState", 409)
    s3.put_bucket_versioning(Bucket=plain, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(**enable)
    assert s3.get_object_lock_configuration(Bucket=plain)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}


@pytest.mark.parametrize("configuration, error", [
    (default_retention(Mode="GOVERNANCE"), "MalformedXML"),
    (default_retention(Mode="GOVERNANCE", Days=1, Years=1), "MalformedXML"),
    (default_retention(Days=1), "MalformedXML"),
    (default_retention(Mode="governance", Days=1), "MalformedXML"),
    (default_retention(Mode="COMPLIANCE", Days=0), "InvalidRetentionPeriod"),
    (default_retention(Mode="COMPLIANCE", Years=-1), "InvalidRetentionPeriod"),
    (default_retention(Mode="COMPLIANCE", Days=36501), "InvalidRetentionPeriod"),
    (default_retention(Mode="COMPLIANCE", Years=101), "InvalidRetentionPeriod"),
    ({"ObjectLockEnabled": "Enabled", "Rule": {}}, "MalformedXML"),
    ({"ObjectLockEnabled": "Disabled"}, "MalformedXML"),
    ({}, "MalformedXML"),
])
def test_configurations_that_are_none_are_refused(s3, bucket, configuration, error):
    assert error_of(s3.put_object_lock_configuration, Bucket=bucket, ObjectLockConfiguration=configuration) == (error, 400)


def test_default_retention_locks_what_is_written(s3, bucket):
    before = put(s3, bucket, "before", b"1")
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=default_retention(Mode="COMPLIANCE", Days=2))
    put(s3, bucket, "put", b"1")
    s3.copy_object(Bucket=bucket, Key="copied", CopySource=f"{bucket}/before")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="joined")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="joined", UploadId=upload, PartNumber=1, Body=b"1")
    s3.complete_multipart_upload(Bucket=bucket, Key="joined", UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    for key in ("put", "copied", "joined"):
        head = s3.head_object(Bucket=bucket, Key=key)
        assert head["ObjectLockMode"] == "COMPLIANCE"
        assert abs(head["ObjectLockRetainUntilDate"] - later(days=2)) < datetime.timedelta(minutes=2)
    assert "ObjectLockMode" not in s3.head_object(Bucket=bucket, Key="before")
    own = locked(s3, bucket, "own")
    assert s3.head_object(Bucket=bucket, Key="own")["ObjectLockMode"] == "GOVERNANCE"
    s3.delete_object(Bucket=bucket, Key="before", VersionId=before)
    s3.delete_object(Bucket=bucket, Key="own", VersionId=own, BypassGovernanceRetention=True)


def attempts(s3, bucket, key, version, **bypass):
    """Each way to be rid of a version, and what it answers."""
    yield error_of(s3.delete_object, Bucket=bucket, Key=key, VersionId=version, **bypass)
    several = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key, "VersionId": version}]}, **bypass)
    yield several["Errors"][0]["Code"], 403
    s3.put_object(Bucket=bucket, Key=key, Body=b"over it")
    s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key, "VersionId": version}, MetadataDirective="REPLACE")
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"joined")
    s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    s3.delete_object(Bucket=bucket, Key=key)
    assert error_of(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)


@pytest.mark.parametrize("mode, bypass", [("GOVERNANCE", {}), ("COMPLIANCE", {}), ("COMPLIANCE", {"BypassGovernanceRetention": True})])
def test_a_locked_version_outlives_every_way_to_delete_it(s3, bucket, mode, bypass):
    version = locked(s3, bucket, mode=mode)
    for answer in attempts(s3, bucket, "k", version, **bypass):
        assert answer == DENIED
    assert get(s3, bucket, "k", VersionId=version) == b"locked"
    assert len(versions_of(s3, bucket)[0]) == 4


def test_governance_is_bypassed_by_those_who_may(s3, bucket, users):
    version = locked(s3, bucket)
    everything_else = [statement("Allow", "s3:*"), statement("Deny", "s3:BypassGovernanceRetention")]
    other = users.client("s3", "lock-no-bypass", *everything_else)
    assert error_of(other.delete_object, Bucket=bucket, Key="k", VersionId=version, BypassGovernanceRetention=True) == DENIED
    assert error_of(s3.delete_object, Bucket=bucket, Key="k", VersionId=version) == DENIED
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version, BypassGovernanceRetention=True)
    assert versions_of(s3, bucket) == ([], [])


def test_a_legal_hold_has_no_bypass(s3, bucket):
    version = put(s3, bucket, "k", b"held")
    assert error_of(s3.get_object_legal_hold, Bucket=bucket, Key="k") == ("NoSuchObjectLockConfiguration", 404)
    s3.put_object_legal_hold(Bucket=bucket, Key="k", VersionId=version, LegalHold={"Status": "ON"})
    assert s3.get_object_legal_hold(Bucket=bucket, Key="k")["LegalHold"] == {"Status": "ON"}
    assert s3.head_object(Bucket=bucket, Key="k")["ObjectLockLegalHoldStatus"] == "ON"
    assert error_of(s3.delete_object, Bucket=bucket, Key="k", VersionId=version, BypassGovernanceRetention=True) == DENIED
    assert error_of(s3.put_object_legal_hold, Bucket=bucket, Key="k", LegalHold={"Status": "MAYBE"}) == ("MalformedXML", 400)
    s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(Bucket=bucket, Key="k")["LegalHold"] == {"Status": "OFF"}
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)


# API/API_PutObjectRetention.html
def test_retention_is_prolonged_and_not_shortened(s3, bucket):
    def retain(mode, until, **arguments):
        return dict(Bucket=bucket, Key="k", Retention={"Mode": mode, "RetainUntilDate": until}, **arguments)

    version = put(s3, bucket, "k", b"1")
    assert error_of(s3.get_object_retention, Bucket=bucket, Key="k") == ("NoSuchObjectLockConfiguration", 404)
    until = later(days=2)
    s3.put_object_retention(**retain("GOVERNANCE", until))
    assert s3.get_object_retention(Bucket=bucket, Key="k", VersionId=version)["Retention"] == {"Mode": "GOVERNANCE", "RetainUntilDate": until}
    assert error_of(s3.put_object_retention, **retain("GOVERNANCE", later(days=1))) == DENIED
    assert error_of(s3.put_object_retention, Bucket=bucket, Key="k", Retention={}) == DENIED
    s3.put_object_retention(**retain("GOVERNANCE", later(days=1), BypassGovernanceRetention=True))
    s3.put_object_retention(**retain("COMPLIANCE", later(days=1), BypassGovernanceRetention=True))
    s3.put_object_retention(**retain("COMPLIANCE", later(days=3)))
    assert error_of(s3.put_object_retention, **retain("COMPLIANCE", later(days=2), BypassGovernanceRetention=True)) == DENIED
    assert error_of(s3.put_object_retention, **retain("GOVERNANCE", later(days=9), BypassGovernanceRetention=True)) == DENIED
    assert error_of(s3.put_object_retention, Bucket=bucket, Key="k", Retention={}, BypassGovernanceRetention=True) == DENIED
    assert error_of(s3.put_object_retention, **retain("COMPLIANCE", later(days=-1))) == ("InvalidArgument", 400)
    assert error_of(s3.put_object_retention, **retain("odd", later(days=5))) == ("MalformedXML", 400)
    assert error_of(s3.put_object_retention, Bucket=bucket, Key="k", Retention={"Mode": "COMPLIANCE"}) == ("MalformedXML", 400)
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    assert error_of(s3.put_object_retention, **retain("GOVERNANCE", later(days=1), VersionId=marker)) == ("MethodNotAllowed", 405)


@pytest.mark.parametrize("headers, message", [
    ({"ObjectLockMode": "GOVERNANCE"}, "must both be supplied"),
    ({"ObjectLockRetainUntilDate": datetime.datetime(2099, 1, 1)}, "must both be supplied"),
    ({"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": datetime.datetime(2020, 1, 1)}, "must be in the future"),
])
def test_locks_that_are_not_whole_are_refused(s3, bucket, headers, message):
    refused = failure(s3.put_object, Bucket=bucket, Key="k", Body=b"1", **headers)
    assert refused["Error"]["Code"] == "InvalidArgument" and message in refused["Error"]["Message"]


def test_a_bucket_without_object_lock_locks_nothing(s3, plain):
    s3.put_object(Bucket=plain, Key="k")
    missing = ("InvalidRequest", 400)
    until = later(days=1)
    assert error_of(s3.put_object, Bucket=plain, Key="k", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until) == missing
    assert error_of(s3.put_object, Bucket=plain, Key="k", ObjectLockLegalHoldStatus="ON") == missing
    assert error_of(s3.put_object_retention, Bucket=plain, Key="k", Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until}) == missing
    assert error_of(s3.get_object_retention, Bucket=plain, Key="k") == missing
    assert error_of(s3.put_object_legal_hold, Bucket=plain, Key="k", LegalHold={"Status": "ON"}) == missing
    assert error_of(s3.get_object_legal_hold, Bucket=plain, Key="k") == missing


# API/API_PutObject.html, API_PutObjectRetention.html and its siblings: what locks needs Content-MD5 or a checksum.
def test_a_locked_upload_brings_a_checksum(aws, bucket):
    def strip(request, **_):
        for name in list(request.headers):
            if name.lower().startswith(("x-amz-checksum", "x-amz-sdk-checksum", "content-md5")):
                del request.headers[name]

    bare = aws.client("s3", config=botocore.config.Config(request_checksum_calculation="when_required", proxies={}))
    bare.meta.events.register("before-sign.s3", strip)
    for call, arguments in ((bare.put_object_lock_configuration, {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}),
                            (bare.put_object_legal_hold, {"Key": "k", "LegalHold": {"Status": "ON"}}),
                            (bare.put_object_retention, {"Key": "k", "Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": later(days=1)}})):
        refused = failure(call, Bucket=bucket, **arguments)["Error"]
        assert refused["Code"] == "InvalidRequest" and "Content-MD5" in refused["Message"]
    refused = failure(bare.put_object, Bucket=bucket, Key="k", Body=b"1", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=later(days=1))
    assert refused["Error"]["Code"] == "InvalidRequest" and "Content-MD5" in refused["Error"]["Message"]


def test_copies_and_multipart_uploads_bring_locks_of_their_own(s3, bucket):
    source = locked(s3, bucket, "source")
    s3.copy_object(Bucket=bucket, Key="free", CopySource=f"{bucket}/source")
    assert "ObjectLockMode" not in s3.head_object(Bucket=bucket, Key="free")
    until = later(days=1)
    s3.copy_object(Bucket=bucket, Key="held", CopySource=f"{bucket}/source", ObjectLockLegalHoldStatus="ON")
    assert s3.head_object(Bucket=bucket, Key="held")["ObjectLockLegalHoldStatus"] == "ON"
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, Body=b"1")
    done = s3.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload,
                                        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert s3.head_object(Bucket=bucket, Key="m")["ObjectLockRetainUntilDate"] == until
    assert error_of(s3.delete_object, Bucket=bucket, Key="m", VersionId=done["VersionId"], BypassGovernanceRetention=True) == DENIED
    assert source


# userguide/object-lock-managing.html: condition keys; the lock is shown to those who may see it.
def test_what_a_user_may_do_about_locks(s3, bucket, users):
    version = locked(s3, bucket)
    reader = users.client("s3", "lock-reader", statement("Allow", ["s3:GetObject", "s3:PutObject"]))
    assert "ObjectLockMode" not in reader.head_object(Bucket=bucket, Key="k")
    assert error_of(reader.put_object, Bucket=bucket, Key="x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=later(days=1)) == DENIED
    assert error_of(reader.get_object_retention, Bucket=bucket, Key="k") == DENIED
    short = users.client("s3", "lock-short", statement("Allow", ["s3:PutObject", "s3:PutObjectRetention"]), statement(
        "Deny", "s3:PutObjectRetention", NumericGreaterThan={"s3:object-lock-remaining-retention-days": "10"}), statement(
        "Deny", "s3:*", StringEquals={"s3:object-lock-mode": "COMPLIANCE"}))

    def retain(mode, days):
        return dict(Bucket=bucket, Key="k", VersionId=version, Retention={"Mode": mode, "RetainUntilDate": later(days=days)})

    short.put_object_retention(**retain("GOVERNANCE", 5))
    assert error_of(short.put_object_retention, **retain("GOVERNANCE", 20)) == DENIED
    assert error_of(short.put_object_retention, **retain("COMPLIANCE", 5)) == DENIED


def test_locks_outlive_a_kill(server):
    s3 = server.client("s3")
    bucket = "sagemaker-lock-kill"
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    version = locked(s3, bucket, mode="COMPLIANCE", ObjectLockLegalHoldStatus="OFF")
    server.kill()
    server.start()
    with pytest.raises(ClientError):
        s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ObjectLockMode"], head["ObjectLockLegalHoldStatus"]) == ("COMPLIANCE", "OFF")
