"""Versions of S3 objects through boto3 on a live server. Sources: pages of docs.aws.amazon.com/AmazonS3/latest/ that each test names."""

import uuid

import pytest
from botocore.exceptions import ClientError

from test_access import Users, statement


@pytest.fixture
def s3(aws):
    return aws.client("s3")


def empty(s3, bucket):
    """Deletes all versions, as clean-up scripts do."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [{"Key": entry["Key"], "VersionId": entry["VersionId"]}
                    for entry in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        if versions:
            assert "Errors" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": versions})


@pytest.fixture
def plain(s3):
    name = f"sagemaker-versions-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    yield name
    empty(s3, name)
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def bucket(s3, plain):
    set_versioning(s3, plain, "Enabled")
    return plain


@pytest.fixture
def users(aws):
    made = Users(aws)
    yield made
    made.end()


def set_versioning(s3, bucket, status):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def put(s3, bucket, key, body):
    return s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]


def get(s3, bucket, key, **version):
    return s3.get_object(Bucket=bucket, Key=key, **version)["Body"].read()


def failure(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response


def error_of(call, **arguments):
    response = failure(call, **arguments)
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def versions_of(s3, bucket, **query):
    page = s3.list_object_versions(Bucket=bucket, **query)
    return ([(entry["Key"], entry["VersionId"], entry["IsLatest"]) for entry in page.get("Versions", [])],
            [(entry["Key"], entry["VersionId"], entry["IsLatest"]) for entry in page.get("DeleteMarkers", [])])


# API/API_GetBucketVersioning.html: a bucket that never had versioning has no status.
def test_a_bucket_says_whether_it_keeps_versions(s3, plain):
    assert "Status" not in s3.get_bucket_versioning(Bucket=plain)
    for status in ("Enabled", "Suspended", "Enabled"):
        set_versioning(s3, plain, status)
        assert s3.get_bucket_versioning(Bucket=plain)["Status"] == status
    assert error_of(s3.put_bucket_versioning, Bucket=plain, VersioningConfiguration={}) == ("IllegalVersioningConfigurationException", 400)
    refused = failure(s3.put_bucket_versioning, Bucket=plain, VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"})
    assert refused["Error"]["Code"] == "NotImplemented" and "MFA devices" in refused["Error"]["Message"]


# userguide/AddingObjectstoVersioningEnabledBuckets.html, userguide/RetrievingObjectVersions.html
def test_each_put_makes_a_version_that_is_read_by_its_id(s3, bucket):
    first, second = put(s3, bucket, "k", b"1"), put(s3, bucket, "k", b"22")
    assert first != second
    assert get(s3, bucket, "k") == b"22"
    assert get(s3, bucket, "k", VersionId=first) == b"1"
    for call in (s3.get_object, s3.head_object, s3.get_object_tagging):
        assert call(Bucket=bucket, Key="k")["VersionId"] == second
        assert call(Bucket=bucket, Key="k", VersionId=first)["VersionId"] == first
    assert s3.head_object(Bucket=bucket, Key="k", VersionId=first)["ContentLength"] == 1
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", VersionId=first, ObjectAttributes=["ObjectSize"])
    assert (attributes["ObjectSize"], attributes["VersionId"]) == (1, first)
    s3.get_object_acl(Bucket=bucket, Key="k", VersionId=first)


# userguide/DeletingObjectVersions.html, userguide/DeleteMarker.html, userguide/RemDelMarker.html
def test_a_delete_leaves_a_marker_that_can_be_taken_away(s3, bucket):
    first = put(s3, bucket, "k", b"1")
    deleted = s3.delete_object(Bucket=bucket, Key="k")
    assert deleted["DeleteMarker"] is True
    marker = deleted["VersionId"]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert get(s3, bucket, "k", VersionId=first) == b"1"
    assert versions_of(s3, bucket) == ([("k", first, False)], [("k", marker, True)])
    undone = s3.delete_object(Bucket=bucket, Key="k", VersionId=marker)
    assert (undone["DeleteMarker"], undone["VersionId"]) == (True, marker)
    assert get(s3, bucket, "k") == b"1"
    gone = s3.delete_object(Bucket=bucket, Key="k", VersionId=first)
    assert "DeleteMarker" not in gone and gone["VersionId"] == first
    assert versions_of(s3, bucket) == ([], [])
    assert s3.delete_object(Bucket=bucket, Key="never")["DeleteMarker"] is True


# API/API_GetObject.html and API_HeadObject.html: 404 with x-amz-delete-marker for the current one, 405 with Last-Modified for its id.
@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_a_delete_marker_cannot_be_read(s3, bucket, operation):
    put(s3, bucket, "k", b"1")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    call = getattr(s3, operation)
    current = failure(call, Bucket=bucket, Key="k")
    headers = current["ResponseMetadata"]["HTTPHeaders"]
    assert current["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert (headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == ("true", marker)
    named = failure(call, Bucket=bucket, Key="k", VersionId=marker)
    headers = named["ResponseMetadata"]["HTTPHeaders"]
    assert named["ResponseMetadata"]["HTTPStatusCode"] == 405
    assert named["Error"]["Code"] == ("405" if operation == "head_object" else "MethodNotAllowed")
    assert (headers["x-amz-delete-marker"], headers["allow"]) == ("true", "DELETE") and headers["last-modified"].endswith("GMT")


def test_tags_of_a_marker_are_refused_and_of_a_version_its_own(s3, bucket):
    first, second = put(s3, bucket, "k", b"1"), put(s3, bucket, "k", b"2")
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    assert s3.put_object_tagging(Bucket=bucket, Key="k", VersionId=first, Tagging=tags)["VersionId"] == first
    assert s3.get_object_tagging(Bucket=bucket, Key="k", VersionId=first)["TagSet"] == tags["TagSet"]
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert s3.delete_object_tagging(Bucket=bucket, Key="k", VersionId=first)["VersionId"] == first
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    assert error_of(s3.put_object_tagging, Bucket=bucket, Key="k", VersionId=marker, Tagging=tags) == ("MethodNotAllowed", 405)
    assert error_of(s3.get_object_acl, Bucket=bucket, Key="k", VersionId=marker) == ("MethodNotAllowed", 405)
    assert second


# API/ErrorResponses.html: InvalidArgument and NoSuchVersion; the issue: HEAD of an invalid id is 400.
def test_ids_that_name_nothing(s3, bucket):
    version, other = put(s3, bucket, "k", b"1"), put(s3, bucket, "other", b"2")
    assert error_of(s3.get_object, Bucket=bucket, Key="k", VersionId=other) == ("NoSuchVersion", 404)
    assert error_of(s3.get_object, Bucket=bucket, Key="k", VersionId="null") == ("NoSuchVersion", 404)
    for odd in ("no-id", "NULL", version.upper() + "x", "ä", "../k", "a b", version + "\n", "%00", "f" * 32):
        assert error_of(s3.get_object, Bucket=bucket, Key="k", VersionId=odd) == ("InvalidArgument", 400), odd
        assert error_of(s3.head_object, Bucket=bucket, Key="k", VersionId=odd) == ("400", 400), odd
        assert error_of(s3.delete_object, Bucket=bucket, Key="k", VersionId=odd) == ("InvalidArgument", 400), odd
    assert s3.delete_object(Bucket=bucket, Key="k", VersionId=other)["VersionId"] == other  # Of another key: deletes nothing.
    assert get(s3, bucket, "other") == b"2"


# userguide/AddingObjectstoVersionSuspendedBuckets.html, userguide/DeletingObjectsfromVersioningSuspendedBuckets.html
def test_suspended_there_is_one_null_version(s3, plain):
    before = s3.put_object(Bucket=plain, Key="k", Body=b"before")
    assert "VersionId" not in before
    set_versioning(s3, plain, "Enabled")
    kept = put(s3, plain, "k", b"kept")
    assert get(s3, plain, "k", VersionId="null") == b"before"
    set_versioning(s3, plain, "Suspended")
    assert put(s3, plain, "k", b"null again") == "null"
    assert get(s3, plain, "k", VersionId="null") == b"null again"
    assert versions_of(s3, plain) == ([("k", "null", True), ("k", kept, False)], [])
    assert s3.delete_object(Bucket=plain, Key="k")["VersionId"] == "null"
    assert versions_of(s3, plain) == ([("k", kept, False)], [("k", "null", True)])
    assert get(s3, plain, "k", VersionId=kept) == b"kept"


# API/API_ListObjectVersions.html
def test_versions_are_listed_in_exact_pages(s3, bucket):
    expected = []
    for key in ("a", "b/1", "b/2", "c", "d ä"):
        ids = [put(s3, bucket, key, b"x") for _ in range(3)]
        if key == "c":
            ids.append(s3.delete_object(Bucket=bucket, Key=key)["VersionId"])
        expected += [(key, version) for version in reversed(ids)]
    for size in (1, 2, 3, 7, 1000):
        seen, query = [], {}
        while True:
            page = s3.list_object_versions(Bucket=bucket, MaxKeys=size, **query)
            entries = page.get("Versions", []) + page.get("DeleteMarkers", [])
            assert len(entries) <= size
            assert all(entry["Owner"]["ID"] for entry in entries)
            seen += [(entry["Key"], entry["VersionId"]) for entry in entries]
            if not page["IsTruncated"]:
                break
            query = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
        assert sorted(seen) == sorted(expected) and len(seen) == len(expected)
    latest = [entry["Key"] for entry in s3.list_object_versions(Bucket=bucket)["Versions"] if entry["IsLatest"]]
    assert latest == ["a", "b/1", "b/2", "d ä"]
    assert len(versions_of(s3, bucket, KeyMarker="c")[0]) == 3  # Without an id: behind all of that key.
    grouped = s3.list_object_versions(Bucket=bucket, Delimiter="/")
    assert grouped["CommonPrefixes"] == [{"Prefix": "b/"}]
    assert {entry["Key"] for entry in grouped["Versions"]} == {"a", "c", "d ä"}
    assert {entry["Key"] for entry in s3.list_object_versions(Bucket=bucket, Prefix="b/")["Versions"]} == {"b/1", "b/2"}
    assert error_of(s3.list_object_versions, Bucket=bucket, VersionIdMarker="null") == ("InvalidArgument", 400)
    assert error_of(s3.list_object_versions, Bucket=bucket, KeyMarker="a", VersionIdMarker="odd") == ("InvalidArgument", 400)


# API/API_DeleteObjects.html, API/API_DeletedObject.html
def test_several_are_deleted_at_once(s3, bucket):
    first = put(s3, bucket, "a", b"1")
    put(s3, bucket, "b", b"1")
    marker = s3.delete_object(Bucket=bucket, Key="c")["VersionId"]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [
        {"Key": "a", "VersionId": first}, {"Key": "b"}, {"Key": "c", "VersionId": marker}, {"Key": "d", "VersionId": "odd"}]})
    assert answer["Deleted"][0] == {"Key": "a", "VersionId": first}
    assert answer["Deleted"][1]["DeleteMarker"] is True and answer["Deleted"][1]["DeleteMarkerVersionId"]
    assert answer["Deleted"][2] == {"Key": "c", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker}
    assert [(error["Key"], error["Code"], error["VersionId"]) for error in answer["Errors"]] == [("d", "InvalidArgument", "odd")]


# userguide/RestoringPreviousVersions.html, API/API_CopyObject.html, API/API_UploadPartCopy.html
def test_a_version_is_copied(s3, bucket):
    first = put(s3, bucket, "k", b"1" * 10)
    put(s3, bucket, "k", b"2")
    source = {"Bucket": bucket, "Key": "k", "VersionId": first}
    copied = s3.copy_object(Bucket=bucket, Key="k", CopySource=source)  # Onto itself: it is current again.
    assert copied["CopySourceVersionId"] == first and copied["VersionId"] not in (first, None)
    assert get(s3, bucket, "k") == b"1" * 10
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    part = s3.upload_part_copy(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, CopySource=source)
    assert part["CopySourceVersionId"] == first
    done = s3.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload,
                                        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]})
    assert get(s3, bucket, "m", VersionId=done["VersionId"]) == b"1" * 10
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    assert error_of(s3.copy_object, Bucket=bucket, Key="x", CopySource={**source, "VersionId": marker}) == ("InvalidRequest", 400)
    assert error_of(s3.copy_object, Bucket=bucket, Key="x", CopySource=f"{bucket}/k") == ("NoSuchKey", 404)
    assert error_of(s3.copy_object, Bucket=bucket, Key="x", CopySource={**source, "VersionId": "odd"}) == ("InvalidArgument", 400)


# userguide/conditional-writes.html: a delete marker is as if there were no object.
def test_conditional_writes_look_at_the_current_version(s3, bucket):
    put(s3, bucket, "k", b"1")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*") == ("PreconditionFailed", 412)
    s3.delete_object(Bucket=bucket, Key="k")
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")["VersionId"]


# API/API_DeleteBucket.html: all versions and delete markers have to go first.
def test_a_bucket_with_versions_is_not_empty(s3, bucket):
    put(s3, bucket, "k", b"1")
    s3.delete_object(Bucket=bucket, Key="k")
    assert error_of(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)


# userguide/security_iam_service-with-iam.html: what names a version has actions of its own; s3:VersionId.
def test_versions_have_actions_of_their_own(s3, bucket, users):
    first = put(s3, bucket, "k", b"1")
    put(s3, bucket, "k", b"2")
    reader = users.client("s3", "versions-reader", statement("Allow", ["s3:GetObject", "s3:DeleteObject"]))
    assert get(reader, bucket, "k") == b"2"
    assert error_of(reader.get_object, Bucket=bucket, Key="k", VersionId=first) == ("AccessDenied", 403)
    assert error_of(reader.delete_object, Bucket=bucket, Key="k", VersionId=first) == ("AccessDenied", 403)
    assert error_of(reader.list_object_versions, Bucket=bucket) == ("AccessDenied", 403)
    refused = reader.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", "VersionId": first}]})
    assert refused["Errors"][0]["Code"] == "AccessDenied"
    one = users.client("s3", "versions-one", statement("Allow", "s3:GetObjectVersion", StringEquals={"s3:VersionId": first}),
                       statement("Allow", "s3:ListBucketVersions", StringLike={"s3:prefix": "k*"}))
    assert get(one, bucket, "k", VersionId=first) == b"1"
    assert error_of(one.get_object, Bucket=bucket, Key="k", VersionId="null") == ("AccessDenied", 403)
    assert len(one.list_object_versions(Bucket=bucket, Prefix="k")["Versions"]) == 2
    assert error_of(one.list_object_versions, Bucket=bucket) == ("AccessDenied", 403)


def test_versions_outlive_a_kill(server):
    s3 = server.client("s3")
    bucket = "sagemaker-versions-kill"
    s3.create_bucket(Bucket=bucket)
    set_versioning(s3, bucket, "Enabled")
    first, second = put(s3, bucket, "k", b"1"), put(s3, bucket, "k", b"2" * 100_000)
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    server.kill()
    server.start()
    assert versions_of(s3, bucket) == ([("k", second, False), ("k", first, False)], [("k", marker, True)])
    assert get(s3, bucket, "k", VersionId=second) == b"2" * 100_000
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
