"""S3 lifecycle rules through boto3 on live servers, one of which has short days. Source, where no other is named:
docs.aws.amazon.com/AmazonS3/latest/userguide/ intro-lifecycle-rules.html and lifecycle-configuration-examples.html."""

import datetime
import email.utils
import uuid

import pytest

from live_server import Server, wait_until
from test_s3_lock import later
from test_s3_versions import empty, error_of, failure, put, set_versioning, versions_of

DAY = 2  # Seconds, on the server with short days.


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("quick") / "data", "--lifecycle-day", str(DAY))
    yield server
    server.end()


@pytest.fixture
def s3(aws):
    return aws.client("s3")


@pytest.fixture
def bucket(s3):
    name = f"sagemaker-lifecycle-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    yield name
    empty(s3, name)
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def fast(quick):
    return quick.client("s3")


@pytest.fixture
def short(fast):
    """A bucket of the server with short days."""
    name = f"sagemaker-lifecycle-{uuid.uuid4()}"
    fast.create_bucket(Bucket=name)
    return name


def set_rules(s3, bucket, *rules, **arguments):
    return s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"Status": "Enabled", **({} if "Prefix" in rule else {"Filter": {"Prefix": ""}}), **rule} for rule in rules]}, **arguments)


# API/API_PutBucketLifecycleConfiguration.html, API/API_GetBucketLifecycleConfiguration.html, API/API_DeleteBucketLifecycle.html
def test_rules_are_kept(s3, bucket):
    assert error_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == ("NoSuchLifecycleConfiguration", 404)
    rules = [
        {"ID": "a", "Status": "Enabled", "Filter": {"And": {"Prefix": "x", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeLessThan": 9}},
         "Expiration": {"Date": datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)}},
        {"ID": "b", "Status": "Disabled", "Prefix": "old", "NoncurrentVersionExpiration": {"NoncurrentDays": 3},
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
        {"ID": "c", "Status": "Enabled", "Filter": {}, "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]},
    ]
    put_rules = s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert put_rules["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules
    set_rules(s3, bucket, {"Expiration": {"Days": 1}}, TransitionDefaultMinimumObjectSize="varies_by_storage_class")
    again = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert again["Rules"][0]["ID"] and again["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert error_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == ("NoSuchLifecycleConfiguration", 404)


@pytest.mark.parametrize("rule, code, text", [
    ({"Expiration": {"Days": 0}}, "InvalidArgument", "positive integer"),
    ({"Expiration": {"Date": datetime.datetime(2030, 1, 1, 12)}}, "InvalidArgument", "midnight GMT"),
    ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML", ""),
    ({"Filter": {"Prefix": "a", "Tag": {"Key": "k", "Value": "v"}}, "Expiration": {"Days": 1}}, "MalformedXML", "And"),
    ({}, "InvalidRequest", "At least one action"),
    ({"Status": "enabled", "Expiration": {"Days": 1}}, "MalformedXML", ""),
    ({"Filter": {"Tag": {"Key": "k", "Value": "v"}}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}, "InvalidRequest", "Tags"),
    ({"ID": "x" * 256, "Expiration": {"Days": 1}}, "InvalidArgument", "255"),
    ({"Transitions": [{"Days": 1, "StorageClass": "ODD"}]}, "MalformedXML", ""),
])
def test_rules_that_contradict_themselves_are_refused(s3, bucket, rule, code, text):
    refused = failure(lambda: set_rules(s3, bucket, rule))
    assert refused["Error"]["Code"] == code and text in refused["Error"]["Message"]
    assert error_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == ("NoSuchLifecycleConfiguration", 404)


# API/API_GetObject.html: x-amz-expiration has expiry-date and rule-id, the latter URL-encoded.
def test_an_answer_tells_when_the_object_ends(s3, bucket):
    set_rules(s3, bucket, {"ID": "a rule", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}})
    written = s3.put_object(Bucket=bucket, Key="logs/1", Body=b"x")
    midnight = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=4)
    expected = f'expiry-date="{email.utils.format_datetime(midnight, usegmt=True)}", rule-id="a%20rule"'
    assert written["Expiration"] == expected
    for call in (s3.get_object, s3.head_object):
        assert call(Bucket=bucket, Key="logs/1")["Expiration"] == expected
    assert s3.copy_object(Bucket=bucket, Key="logs/2", CopySource=f"{bucket}/logs/1")["Expiration"] == expected
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="other", Body=b"x")
    assert "Expiration" not in s3.head_object(Bucket=bucket, Key="other")


def test_uploads_tell_when_they_are_aborted(s3, bucket):
    set_rules(s3, bucket, {"ID": "stale", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")
    assert upload["AbortRuleId"] == "stale" and upload["AbortDate"] > later(days=2)
    assert s3.list_parts(Bucket=bucket, Key="k", UploadId=upload["UploadId"])["AbortDate"] == upload["AbortDate"]


def test_objects_end(fast, short):
    set_rules(fast, short, {"Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 1}},
              {"Filter": {"Tag": {"Key": "keep", "Value": "no"}}, "Expiration": {"Days": 1}},
              {"Filter": {"ObjectSizeGreaterThan": 500}, "Expiration": {"Days": 1}})
    for key, tags, size in (("logs/1", "", 1), ("tagged", "keep=no", 1), ("large", "", 1000), ("kept", "keep=yes", 500)):
        fast.put_object(Bucket=short, Key=key, Body=b"x" * size, Tagging=tags)
    wait_until(lambda: fast.list_objects_v2(Bucket=short)["KeyCount"] == 1, "what has ended to be deleted")
    assert fast.list_objects_v2(Bucket=short)["Contents"][0]["Key"] == "kept"


def test_a_versioned_key_ends_step_by_step(fast, short):
    set_versioning(fast, short, "Enabled")
    set_rules(fast, short, {"Filter": {"Prefix": "k"}, "Expiration": {"Days": 1}, "NoncurrentVersionExpiration": {"NoncurrentDays": 3}})
    put(fast, short, "k", b"1")
    put(fast, short, "other", b"1")
    wait_until(lambda: versions_of(fast, short)[1], "a delete marker")
    assert [version[0] for version in versions_of(fast, short)[0]] == ["k", "other"]  # Hidden, not yet gone.
    wait_until(lambda: len(versions_of(fast, short)[0]) == 1, "the noncurrent version to go")
    wait_until(lambda: not versions_of(fast, short)[1], "the marker that hides nothing to go")


def test_what_is_locked_stays(fast):
    bucket = f"sagemaker-lifecycle-{uuid.uuid4()}"
    fast.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    held = fast.put_object(Bucket=bucket, Key="k", Body=b"1", ObjectLockLegalHoldStatus="ON")["VersionId"]
    for _ in range(2):
        put(fast, bucket, "k", b"2")
    set_rules(fast, bucket, {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}})
    wait_until(lambda: len(versions_of(fast, bucket)[0]) == 2, "the version that is not held to go")
    assert fast.get_object(Bucket=bucket, Key="k", VersionId=held)["Body"].read() == b"1"


def test_stale_uploads_are_aborted(fast, short):
    upload = fast.create_multipart_upload(Bucket=short, Key="k")["UploadId"]
    fast.upload_part(Bucket=short, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
    set_rules(fast, short, {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}})
    wait_until(lambda: "Uploads" not in fast.list_multipart_uploads(Bucket=short), "the upload to be aborted")
    assert error_of(fast.list_parts, Bucket=short, Key="k", UploadId=upload) == ("NoSuchUpload", 404)


# API/API_Transition.html: its effect here is the storage class that is shown.
def test_objects_move_to_another_storage_class(fast, short):
    set_rules(fast, short, {"Transitions": [{"Days": 1, "StorageClass": "GLACIER_IR"}]})
    fast.put_object(Bucket=short, Key="k", Body=b"x" * 200_000)
    wait_until(lambda: fast.head_object(Bucket=short, Key="k").get("StorageClass") == "GLACIER_IR", "the object to move")
    assert fast.list_objects_v2(Bucket=short)["Contents"][0]["StorageClass"] == "GLACIER_IR"


def test_a_killed_server_goes_on(tmp_path):
    server = Server(tmp_path / "data", "--lifecycle-day", str(DAY))
    s3 = server.client("s3")
    bucket = "sagemaker-lifecycle-kill"
    s3.create_bucket(Bucket=bucket)
    set_rules(s3, bucket, {"Expiration": {"Days": 1}})
    for number in range(20):
        s3.put_object(Bucket=bucket, Key=str(number))
    server.kill()
    server.start()
    wait_until(lambda: s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0, "all objects to end")
    server.end()
