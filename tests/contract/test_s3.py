"""S3 through boto3 on a live server: what clients send and read, errors' code, status and message included."""

import hashlib
import io
import os
import urllib.error
import urllib.request
import uuid

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import pytest
from boto3.s3.transfer import TransferConfig

from s3_buckets import bucket, error_of, s3


def test_object_comes_back_with_all_that_was_put(s3, bucket):
    key = "dir/ä ö+&<>\"'/k"
    put = s3.put_object(Bucket=bucket, Key=key, Body=b"hello", ContentType="text/plain", CacheControl="no-cache",
                        Metadata={"color": "blue"}, Tagging="team=ml")
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    got = s3.get_object(Bucket=bucket, Key=key)
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["CacheControl"], got["Metadata"]) == ("text/plain", "no-cache", {"color": "blue"})
    assert got["TagCount"] == 1 and got["ContentLength"] == 5 and got["AcceptRanges"] == "bytes"
    assert got["ChecksumCRC32"] == "NhCmhg=="
    head = s3.head_object(Bucket=bucket, Key=key)
    assert head["ContentLength"] == 5 and head["ETag"] == put["ETag"] and head["LastModified"] == got["LastModified"]


def test_empty_object(s3, bucket):
    s3.put_object(Bucket=bucket, Key="empty")
    assert s3.get_object(Bucket=bucket, Key="empty")["Body"].read() == b""
    assert s3.head_object(Bucket=bucket, Key="empty")["ContentLength"] == 0
    assert error_of(s3.get_object, Bucket=bucket, Key="empty", Range="bytes=0-") == ("InvalidRange", 416)


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_checksums(s3, bucket, algorithm):
    try:
        put = s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 1000, ChecksumAlgorithm=algorithm)
    except Exception as error:  # CRC32C needs the optional package awscrt.
        if "awscrt" in str(error) or "CRT" in str(error):
            pytest.skip(str(error))
        raise
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"x" * 1000
    assert got["Checksum" + algorithm] == put["Checksum" + algorithm]
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectSize", "ETag"])
    assert attributes["Checksum"]["Checksum" + algorithm] == put["Checksum" + algorithm]
    assert attributes["ObjectSize"] == 1000 and attributes["ETag"] == hashlib.md5(b"x" * 1000).hexdigest()


def test_wrong_digest_is_refused(s3, bucket):
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"hello", ChecksumCRC32="AAAAAA==") == ("BadDigest", 400)
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"hello",
                    ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==") == ("BadDigest", 400)
    assert error_of(s3.head_object, Bucket=bucket, Key="k") == ("404", 404)


def test_ranges(s3, bucket):
    body = os.urandom(300_000)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    for header, part in [("bytes=0-0", body[:1]), ("bytes=100-200000", body[100:200001]), ("bytes=-5", body[-5:]),
                         ("bytes=299999-", body[-1:])]:
        got = s3.get_object(Bucket=bucket, Key="k", Range=header)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206 and got["Body"].read() == part
    assert error_of(s3.get_object, Bucket=bucket, Key="k", Range="bytes=300000-") == ("InvalidRange", 416)


def test_missing_things(s3, bucket):
    assert error_of(s3.get_object, Bucket=bucket, Key="none") == ("NoSuchKey", 404)
    assert error_of(s3.head_object, Bucket=bucket, Key="none") == ("404", 404)
    assert error_of(s3.get_object, Bucket="no-such-bucket-here", Key="k") == ("NoSuchBucket", 404)
    assert error_of(s3.head_bucket, Bucket="no-such-bucket-here") == ("404", 404)
    assert error_of(s3.list_objects_v2, Bucket="no-such-bucket-here") == ("NoSuchBucket", 404)
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="none")
    s3.delete_object(Bucket=bucket, Key="none")


def test_conditions(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag) == ("304", 304)
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfMatch='"other"') == ("PreconditionFailed", 412)
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == b"1"
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*") == ("PreconditionFailed", 412)
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag)
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"3", IfMatch=etag) == ("PreconditionFailed", 412)


def test_buckets(s3, aws, bucket):
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert bucket in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]
    assert s3.list_buckets(Prefix=bucket)["Buckets"][0]["CreationDate"]
    s3.create_bucket(Bucket=bucket)
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=aws.account)
    assert error_of(s3.head_bucket, Bucket=bucket, ExpectedBucketOwner="999999999999") == ("403", 403)
    s3.put_object(Bucket=bucket, Key="k")
    assert error_of(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)


def test_buckets_of_another_region(aws):
    frankfurt = aws.client("s3", region_name="eu-central-1")
    name = f"contract-{uuid.uuid4()}"
    assert error_of(frankfurt.create_bucket, Bucket=name) == ("IllegalLocationConstraintException", 400)
    constraint = {"LocationConstraint": "eu-central-1"}
    frankfurt.create_bucket(Bucket=name, CreateBucketConfiguration=constraint)
    assert error_of(frankfurt.create_bucket, Bucket=name,
                    CreateBucketConfiguration=constraint) == ("BucketAlreadyOwnedByYou", 409)
    assert frankfurt.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-central-1"
    frankfurt.delete_bucket(Bucket=name)


# S3 answers so, and its clients go on from there: botocore's S3RegionRedirector asks again for the region that is named.
def test_a_client_of_the_wrong_region_is_shown_the_right_one(aws, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    oregon = aws.client("s3", region_name="us-west-2")
    assert oregon.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"
    fresh = [aws.client("s3", region_name="us-west-2") for _ in range(4)]  # They remember.
    assert fresh[0].head_object(Bucket=bucket, Key="k")["ContentLength"] == 5
    assert fresh[1].head_bucket(Bucket=bucket)["BucketRegion"] == aws.region
    assert fresh[2].list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    fresh[3].put_object(Bucket=bucket, Key="k2", Body=b"x" * 100_000)
    assert s3.head_object(Bucket=bucket, Key="k2")["ContentLength"] == 100_000


@pytest.mark.parametrize("method, path", [("GET", "/"), ("PUT", "/no-region-bucket"), ("GET", "/no-such-bucket/k")])
def test_what_is_no_region_is_told_which_one_is(aws, method, path):
    """s3cmd signs its first request for US, and goes on with the region that it is told."""
    request = botocore.awsrequest.AWSRequest(method, aws.endpoint + path)
    keys = botocore.credentials.Credentials(aws.environment["AWS_ACCESS_KEY_ID"], aws.environment["AWS_SECRET_ACCESS_KEY"])
    botocore.auth.S3SigV4Auth(keys, "s3", "US").add_auth(request)
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers), method=method))
    answer = raised.value.read().decode()
    assert raised.value.code == 400 and raised.value.headers["x-amz-bucket-region"] == aws.region
    assert "<Code>AuthorizationHeaderMalformed</Code>" in answer and f"<Region>{aws.region}</Region>" in answer
    assert f"the region 'US' is wrong; expecting '{aws.region}'" in answer


def test_listing(s3, bucket):
    keys = ["a b/c+d", "a b/e", "top", "z/1", "z/2", "ü"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == keys
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == keys
    pages = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == keys
    grouped = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in grouped["CommonPrefixes"]] == ["a b/", "z/"]
    assert [entry["Key"] for entry in grouped["Contents"]] == ["top", "ü"] and grouped["KeyCount"] == 4
    after = s3.list_objects_v2(Bucket=bucket, StartAfter="top", MaxKeys=1)
    assert [entry["Key"] for entry in after["Contents"]] == ["z/1"] and after["IsTruncated"]
    first = s3.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=1)
    assert first["NextMarker"] == "a b/"
    assert s3.list_objects(Bucket=bucket, Delimiter="/", Marker="a b/")["CommonPrefixes"] == [{"Prefix": "z/"}]
    assert s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]["Owner"]["ID"]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0


def test_delete_many(s3, bucket):
    for key in ("1", "2", "3"):
        s3.put_object(Bucket=bucket, Key=key)
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "1"}, {"Key": "none"}]})
    assert {entry["Key"] for entry in deleted["Deleted"]} == {"1", "none"}
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "2"}], "Quiet": True})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_copy(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from +", Body=b"x" * 100_000, Metadata={"a": "1"}, Tagging="t=1")
    copy = s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from +"})
    assert copy["CopyObjectResult"]["ETag"] == s3.head_object(Bucket=bucket, Key="from +")["ETag"]
    assert s3.head_object(Bucket=bucket, Key="to")["Metadata"] == {"a": "1"}
    assert s3.get_object_tagging(Bucket=bucket, Key="to")["TagSet"] == [{"Key": "t", "Value": "1"}]
    s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "to"}, MetadataDirective="REPLACE",
                   Metadata={"b": "2"}, ContentType="text/csv")
    head = s3.head_object(Bucket=bucket, Key="to")
    assert head["Metadata"] == {"b": "2"} and head["ContentType"] == "text/csv"
    assert error_of(s3.copy_object, Bucket=bucket, Key="to",
                    CopySource={"Bucket": bucket, "Key": "to"}) == ("InvalidRequest", 400)
    assert error_of(s3.copy_object, Bucket=bucket, Key="to",
                    CopySource={"Bucket": bucket, "Key": "none"}) == ("NoSuchKey", 404)
    assert error_of(s3.copy_object, Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from +"},
                    CopySourceIfMatch='"other"') == ("PreconditionFailed", 412)


def test_managed_transfer_of_a_large_file(s3, bucket):
    body = os.urandom(20 << 20)
    config = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20)
    s3.upload_fileobj(io.BytesIO(body), bucket, "large", Config=config)
    head = s3.head_object(Bucket=bucket, Key="large")
    md5s = b"".join(hashlib.md5(body[i : i + (8 << 20)]).digest() for i in range(0, len(body), 8 << 20))
    assert head["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-3"'
    out = io.BytesIO()
    s3.download_fileobj(bucket, "large", out, Config=config)
    assert out.getvalue() == body
    s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copy", Config=config)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == body
    part = s3.get_object(Bucket=bucket, Key="large", PartNumber=3)
    assert part["PartsCount"] == 3 and part["Body"].read() == body[16 << 20 :]


def test_multipart_by_hand(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    arguments = dict(Bucket=bucket, Key="k", UploadId=upload)
    etags = [s3.upload_part(PartNumber=number, Body=b"x" * (5 << 20), **arguments)["ETag"] for number in (1, 2)]
    small = s3.upload_part(PartNumber=3, Body=b"end", **arguments)["ETag"]
    listed = s3.list_parts(**arguments)
    assert [part["PartNumber"] for part in listed["Parts"]] == [1, 2, 3] and not listed["IsTruncated"]
    assert s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["UploadId"] == upload
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in zip((1, 2, 3), [*etags, small])]

    def complete(parts):
        return s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **arguments)

    assert error_of(complete, parts=parts[::-1]) == ("InvalidPartOrder", 400)
    assert error_of(complete, parts=[{"PartNumber": 9, "ETag": small}]) == ("InvalidPart", 400)
    assert error_of(complete, parts=[parts[2], {"PartNumber": 4, "ETag": small}]) == ("InvalidPart", 400)
    done = complete(parts)
    assert done["ETag"].endswith('-3"') and done["Key"] == "k"
    assert complete(parts)["ETag"] == done["ETag"]
    assert error_of(s3.list_parts, **arguments) == ("NoSuchUpload", 404)


def test_abort(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    arguments = dict(Bucket=bucket, Key="k", UploadId=upload)
    s3.upload_part(PartNumber=1, Body=b"x", **arguments)
    s3.abort_multipart_upload(**arguments)
    assert error_of(s3.upload_part, PartNumber=2, Body=b"x", **arguments) == ("NoSuchUpload", 404)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_tagging(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x y"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert error_of(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=bucket)
    assert error_of(s3.put_object_tagging, Bucket=bucket, Key="k",
                    Tagging={"TagSet": [tags[0], tags[0]]}) == ("InvalidTag", 400)


def test_bucket_policy(s3, bucket):
    assert error_of(s3.get_bucket_policy, Bucket=bucket) == ("NoSuchBucketPolicy", 404)
    policy = ('{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject",'
              f'"Resource":"arn:aws:s3:::{bucket}/secret"}}]}}')
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    s3.put_object(Bucket=bucket, Key="secret", Body=b"x")
    assert error_of(s3.get_object, Bucket=bucket, Key="secret") == ("AccessDenied", 403)
    s3.delete_bucket_policy(Bucket=bucket)
    assert s3.get_object(Bucket=bucket, Key="secret")["Body"].read() == b"x"
    assert error_of(s3.put_bucket_policy, Bucket=bucket, Policy="{}") == ("MalformedPolicy", 400)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls(aws, bucket, version):
    s3 = aws.client("s3", config=botocore.config.Config(signature_version=version, proxies={}))
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k y"})
    # Without its own Content-Type, urllib would add one that was not signed (version 2 signs it).
    request = urllib.request.Request(url, data=b"presigned", method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request) as reply:
        assert reply.status == 200
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k y",
                                                          "ResponseContentType": "text/csv"})
    with urllib.request.urlopen(url) as reply:
        assert reply.read() == b"presigned" and reply.headers["Content-Type"] == "text/csv"


@pytest.mark.parametrize("arguments", [{"ServerSideEncryption": "aws:kms:dsse"}, {"ObjectLockEventHold": "ON"}])
def test_what_cannot_be_honoured_is_refused(s3, bucket, arguments):
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **arguments) == ("NotImplemented", 501)
    assert error_of(s3.head_object, Bucket=bucket, Key="k") == ("404", 404)


def test_objects_survive_a_kill_of_the_server(aws):
    # Not the shared bucket fixture: the server is another one after the restart, on another port.
    s3 = aws.client("s3")
    name = f"contract-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="small", Body=b"s")
    s3.put_object(Bucket=name, Key="large", Body=b"l" * 1_000_000)
    aws.kill()
    aws.start()
    s3 = aws.client("s3")
    assert s3.get_object(Bucket=name, Key="small")["Body"].read() == b"s"
    assert s3.get_object(Bucket=name, Key="large")["Body"].read() == b"l" * 1_000_000
    s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "small"}, {"Key": "large"}]})
    s3.delete_bucket(Bucket=name)
