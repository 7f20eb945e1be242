"""What S3 answers where a server easily answers otherwise: each as the page that is named with it says, or shows it."""

import botocore.config
import pytest
from botocore.exceptions import ClientError

from s3_buckets import bucket, error_of, refused, s3, send, unsigned

MEGABYTE = 1 << 20


def with_headers(aws, operation, **headers):
    """A client whose calls of the operation carry these headers, and no checksum that was not asked for."""
    client = aws.client("s3", config=botocore.config.Config(retries={"max_attempts": 1}, proxies={},
                                                            request_checksum_calculation="when_required"))
    client.meta.events.register(f"before-call.s3.{operation}", lambda params, **_: params["headers"].update(
        {name.replace("_", "-"): value for name, value in headers.items()}))
    return client


# docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: BadDigest and InvalidDigest.
@pytest.mark.parametrize("digest, code", [
    ({"ContentMD5": "rL0Y20xC+Fzt72VPzMSk2A=="}, "BadDigest"), ({"ContentMD5": "YWJyYWNhZGFicmE="}, "InvalidDigest"),
    ({"ChecksumSHA256": "A" * 43 + "="}, "BadDigest"), ({"ChecksumSHA256": "bad"}, "InvalidDigest"),
    ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"), ({"ChecksumCRC32": "AAAAAAAA"}, "InvalidDigest"),
    ({"ChecksumSHA1": "?"}, "InvalidDigest"), ({"ChecksumCRC64NVME": "AAAA"}, "InvalidDigest")])
def test_digests(s3, bucket, digest, code):
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"bar", **digest) == (code, 400)
    assert error_of(s3.head_object, Bucket=bucket, Key="k") == ("404", 404)


def test_an_empty_content_md5_is_no_digest(aws, bucket):
    client = with_headers(aws, "PutObject", Content_MD5="")
    assert error_of(client.put_object, Bucket=bucket, Key="k", Body=b"bar") == ("InvalidDigest", 400)


# docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: partNumber is between 1 and 10,000.
def test_part_numbers(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    assert s3.get_object(Bucket=bucket, Key="k", PartNumber=1)["Body"].read() == b"hello"
    assert error_of(s3.get_object, Bucket=bucket, Key="k", PartNumber=2) == ("InvalidPartNumber", 416)
    assert error_of(s3.head_object, Bucket=bucket, Key="k", PartNumber=2) == ("416", 416)
    for number in (0, -1, 10_001):
        assert error_of(s3.get_object, Bucket=bucket, Key="k", PartNumber=number) == ("InvalidArgument", 400)


@pytest.mark.parametrize("sent, kept", [("deflate, gzip", "deflate, gzip"), ("aws-chunked, gzip", "gzip"),
                                        ("gzip,aws-chunked,  br", "gzip,  br"), ("aws-chunked", None)])
def test_content_encoding_is_kept_as_it_was_sent(s3, bucket, sent, kept):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentEncoding=sent)
    assert s3.head_object(Bucket=bucket, Key="k").get("ContentEncoding") == kept


# docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html: an encoded word of RFC 2047 comes back as one.
@pytest.mark.parametrize("value", ["ÄMÄZÕÑ S3", "=?UTF-8?B?w4RNw4RaxZHDkSBTMw==?="])
def test_metadata_comes_back_as_it_was_sent(aws, s3, bucket, value):
    assert send(aws, "PUT", f"/{bucket}/k", {"x-amz-meta-name": value}, b"x").status == 200
    for key in ("k", "copy"):
        answer = s3.head_object(Bucket=bucket, Key=key)
        assert answer["Metadata"]["name"].encode("latin-1") == value.encode()  # The SDK reads bytes as Latin-1.
        s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})


def test_keys_with_line_ends(s3, bucket):
    keys = sorted(["\n", "a\nb", "a\rb", "c%0Ad", "tab\tkey"])
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for call in (s3.list_objects_v2, s3.list_objects):
        assert [entry["Key"] for entry in call(Bucket=bucket)["Contents"]] == keys
        assert [entry["Prefix"] for entry in call(Bucket=bucket, Delimiter="\n")["CommonPrefixes"]] == ["\n", "a\n"]
    s3.copy_object(Bucket=bucket, Key="copy\n", CopySource={"Bucket": bucket, "Key": "a\nb"})
    assert s3.get_object(Bucket=bucket, Key="copy\n")["Body"].read() == b"a\nb"
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert sorted(entry["Key"] for entry in deleted["Deleted"]) == keys
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


# docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
@pytest.mark.parametrize("name", ["sagemaker.-x", "sagemaker-.x", "sagemaker..x", "xn--sagemaker", "sagemaker-s3alias", "192.168.5.4"])
def test_bucket_names(aws, name):
    assert b"<Code>InvalidBucketName</Code>" in send(aws, "PUT", f"/{name}").body


# docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html: up to 10 tags, keys of 128 and values of 256 characters.
def test_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Tagging="foo=bar&bar")
    tags = [{"Key": "bar", "Value": ""}, {"Key": "foo", "Value": "bar"}]
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags[::-1]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    many = [{"Key": f"k{i}", "Value": "v"} for i in range(51)]
    assert error_of(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": many[:11]}) == ("InvalidTag", 400)
    assert error_of(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": many}) == ("InvalidTag", 400)
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Tagging="&".join(f"k{i}=v" for i in range(11))) == ("InvalidTag", 400)
    for tag in ({"Key": "k" * 129, "Value": ""}, {"Key": "k", "Value": "v" * 257}):
        assert error_of(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": [tag]}) == ("InvalidTag", 400)
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags


def test_an_empty_continuation_token_is_the_first_page(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    page = s3.list_objects_v2(Bucket=bucket, ContinuationToken="")
    assert page["KeyCount"] == 1 and page["ContinuationToken"] == "" and not page["IsTruncated"]
    assert error_of(s3.list_objects_v2, Bucket=bucket, ContinuationToken="x") == ("InvalidArgument", 400)


class Upload:
    def __init__(self, s3, bucket, key="k", **options):
        self.s3 = s3
        self.names = dict(Bucket=bucket, Key=key)
        self.names["UploadId"] = s3.create_multipart_upload(**self.names, **options)["UploadId"]

    def part(self, number, body):
        return {"PartNumber": number, "ETag": self.s3.upload_part(PartNumber=number, Body=body, **self.names)["ETag"]}

    def complete(self, parts):
        return self.s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **self.names)


def test_a_part_uploaded_twice_is_the_last_one_that_was_finished(s3, bucket):
    upload = Upload(s3, bucket)

    class Slow:
        """The first part's body, in the middle of which the second one is uploaded whole."""

        second = None

        def __init__(self):
            self.at = 0

        def __len__(self):
            return 100_000

        def tell(self):
            return self.at

        def seek(self, at, whence=0):
            self.at = at if whence == 0 else 100_000

        def read(self, size=-1):
            if self.at == 50_000 and Slow.second is None:
                Slow.second = upload.part(1, b"B" * 100_000)
            size = min(50_000, 100_000 - self.at) if size else 0
            self.at += size
            return b"A" * size

    url = s3.generate_presigned_url("upload_part", Params={**upload.names, "PartNumber": 1})
    import requests
    session = requests.Session()
    session.trust_env = False
    first = session.put(url, data=Slow())
    assert first.status_code == 200 and Slow.second is not None
    upload.complete([Slow.second, {"PartNumber": 1, "ETag": first.headers["ETag"]}])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"A" * 100_000


def test_completing_without_parts(s3, bucket):
    upload = Upload(s3, bucket)
    for arguments in ({}, {"MultipartUpload": {}}, {"MultipartUpload": {"Parts": []}}):
        assert error_of(s3.complete_multipart_upload, **arguments, **upload.names) == ("MalformedXML", 400)
    assert s3.list_parts(**upload.names)["IsTruncated"] is False
    s3.abort_multipart_upload(**upload.names)


# github.com/versity/versitygw/issues/610 and github.com/gaul/s3proxy/issues/304 show S3's own answers.
def test_ranges_to_copy(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=b"hello")
    upload = Upload(s3, bucket)
    for header in ("bytes=0-21", "0-2", "bytes=0", "bytes=hello-world", "bytes=0-bar", "bytes=hello-", "bytes=0-2,3-5", "bytes=3-1"):
        assert error_of(s3.upload_part_copy, PartNumber=1, CopySource={"Bucket": bucket, "Key": "source"},
                        CopySourceRange=header, **upload.names) == ("InvalidArgument", 400)
    s3.abort_multipart_upload(**upload.names)


# docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
def test_attributes_list_parts_by_pages(s3, bucket):
    upload = Upload(s3, bucket)
    upload.complete([upload.part(number, b"x" * 5 * MEGABYTE) for number in (1, 2, 3)])

    def parts(**arguments):
        return s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts"], **arguments)["ObjectParts"]

    whole = parts()
    assert whole["TotalPartsCount"] == 3 and whole["MaxParts"] == 1000 and whole["IsTruncated"] is False
    assert [(part["PartNumber"], part["Size"]) for part in whole["Parts"]] == [(n, 5 * MEGABYTE) for n in (1, 2, 3)]
    first = parts(MaxParts=2)
    assert first["IsTruncated"] and first["NextPartNumberMarker"] == 2 and first["MaxParts"] == 2 and len(first["Parts"]) == 2
    rest = parts(PartNumberMarker=2)
    assert [part["PartNumber"] for part in rest["Parts"]] == [3] and rest["PartNumberMarker"] == 2 and not rest["IsTruncated"]


# docs.aws.amazon.com/AmazonS3/latest/API/API_Owner.html: since November 2025 S3 returns no DisplayName.
def test_owners_have_an_id_and_no_name(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    owner = s3.list_buckets()["Owner"]
    assert set(owner) == {"ID"} and len(owner["ID"]) == 64
    assert s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]["Owner"] == owner


# github.com/localstack/localstack/issues/13894 and github.com/ministackorg/ministack/issues/1475, both measured against S3: If-Match of
# what is not there is NoSuchKey, also behind a delete marker. docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html: the
# conditions of size and time hold then.
def test_conditional_deletes_of_what_is_not_there(s3, bucket):
    for tag in ("*", '"0123"'):
        assert error_of(s3.delete_object, Bucket=bucket, Key="none", IfMatch=tag) == ("NoSuchKey", 404)
    assert s3.delete_object(Bucket=bucket, Key="none", IfMatchSize=5)["ResponseMetadata"]["HTTPStatusCode"] == 204
    failed, = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "none", "ETag": "0123"}]})["Errors"]
    assert (failed["Key"], failed["Code"]) == ("none", "NoSuchKey")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="gone")
    marker = s3.delete_object(Bucket=bucket, Key="gone")["VersionId"]
    for tag in ("*", version["ETag"]):
        assert error_of(s3.delete_object, Bucket=bucket, Key="gone", IfMatch=tag) == ("NoSuchKey", 404)
    for made in (version["VersionId"], marker):
        s3.delete_object(Bucket=bucket, Key="gone", VersionId=made)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=bucket, Key="k")
    error, status = refused(s3.delete_object, Bucket=bucket, Key="k", IfMatch='"0123"')
    assert (error["Code"], error["Condition"], status) == ("PreconditionFailed", "If-Match", 412)
    s3.delete_object(Bucket=bucket, Key="k", IfMatch="*")
    assert error_of(s3.head_object, Bucket=bucket, Key="k") == ("404", 404)


# docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html shows the element for uploads; it is the same for all.
def test_a_failed_precondition_is_named(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    source = {"Bucket": bucket, "Key": "k"}
    etag = s3.head_object(**source)["ETag"]
    long_ago = "Thu, 01 Jan 2015 00:00:00 GMT"

    def condition(call, **arguments):
        error, status = refused(call, **arguments)
        assert (error["Code"], status) == ("PreconditionFailed", 412)
        return error["Condition"]

    assert condition(s3.get_object, IfMatch='"0"', **source) == "If-Match"
    assert condition(s3.get_object, IfUnmodifiedSince=long_ago, **source) == "If-Unmodified-Since"
    assert condition(s3.put_object, IfNoneMatch="*", **source) == "If-None-Match"
    assert condition(s3.put_object, IfMatch='"0"', **source) == "If-Match"
    for name, value in {"IfMatch": '"0"', "IfNoneMatch": etag, "IfUnmodifiedSince": long_ago}.items():
        header = {"IfMatch": "If-Match", "IfNoneMatch": "If-None-Match", "IfUnmodifiedSince": "If-Unmodified-Since"}[name]
        arguments = {f"CopySource{name}": value}
        assert condition(s3.copy_object, Bucket=bucket, Key="to", CopySource=source, **arguments) == f"x-amz-copy-source-{header}"


# Unsigned, s3.amazonaws.com itself sends whoever asks there.
def test_nobody_has_no_buckets(aws):
    answer = send(aws, "GET", "/", sign=False)
    assert answer.status == 307 and answer.headers["Location"] == "https://aws.amazon.com/s3/"


# docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
@pytest.mark.parametrize("name", ["REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "GLACIER_IR", "DEEP_ARCHIVE"])
def test_storage_classes_are_kept_and_shown(s3, bucket, name):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass=name)
    assert s3.head_object(Bucket=bucket, Key="k")["StorageClass"] == name
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["StorageClass"])["StorageClass"] == name
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    s3.copy_object(Bucket=bucket, Key="moved", CopySource={"Bucket": bucket, "Key": "k"}, StorageClass="ONEZONE_IA")
    upload = Upload(s3, bucket, "upload", StorageClass=name)
    assert s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["StorageClass"] == name
    part = upload.part(1, b"x")
    assert s3.list_parts(**upload.names)["StorageClass"] == name
    upload.complete([part])
    shown = {entry["Key"]: entry["StorageClass"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert shown == {"k": name, "copy": "STANDARD", "moved": "ONEZONE_IA", "upload": name}
    s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k"}, StorageClass="STANDARD")
    assert "StorageClass" not in s3.head_object(Bucket=bucket, Key="k")


def test_an_unknown_storage_class_is_refused(s3, bucket):
    for call in (s3.put_object, s3.create_multipart_upload):
        for name in ("COLD", "OUTPOSTS", "EXPRESS_ONEZONE"):
            assert error_of(call, Bucket=bucket, Key="k", StorageClass=name) == ("InvalidStorageClass", 400)


# docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html: 404 with s3:ListBucket, else 403.
def test_who_may_not_list_is_not_told_what_is_missing(aws, bucket):
    from test_access import Users, statement
    users = Users(aws)
    reads = statement("Allow", "s3:GetObject")
    reader = users.client("s3", "reader", reads)
    lister = users.client("s3", "lister", reads, statement("Allow", "s3:ListBucket"))
    assert error_of(reader.head_object, Bucket=bucket, Key="none") == ("403", 403)
    assert error_of(reader.get_object, Bucket=bucket, Key="none") == ("AccessDenied", 403)
    assert error_of(lister.head_object, Bucket=bucket, Key="none") == ("404", 404)
    assert error_of(unsigned(aws).head_object, Bucket=bucket, Key="none") == ("403", 403)
    users.end()
