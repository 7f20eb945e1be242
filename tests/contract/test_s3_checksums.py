"""Checksums of every algorithm in every form. docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html"""

import base64
import hashlib
import zlib

import awscrt.checksums
import botocore.config
import pytest

from s3_buckets import bucket, error_of, refused, s3


def of_bytes(value, size):
    return value.to_bytes(size, "big")


SUMS = {
    "CRC32": lambda data: of_bytes(zlib.crc32(data), 4),
    "CRC32C": lambda data: of_bytes(awscrt.checksums.crc32c(data), 4),
    "CRC64NVME": lambda data: of_bytes(awscrt.checksums.crc64nvme(data), 8),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}
PARTS = [b"a" * (5 << 20), b"b" * 100]


def text(algorithm, data):
    return base64.b64encode(SUMS[algorithm](data)).decode()


def composite(algorithm, parts):
    return base64.b64encode(SUMS[algorithm](b"".join(SUMS[algorithm](part) for part in parts))).decode() + f"-{len(parts)}"


@pytest.mark.parametrize("algorithm", SUMS)
def test_one_request(s3, bucket, algorithm):
    member, body = "Checksum" + algorithm, b"x" * 1000
    for arguments in ({"ChecksumAlgorithm": algorithm}, {member: text(algorithm, body)}):
        put = s3.put_object(Bucket=bucket, Key="k", Body=body, **arguments)
        assert (put[member], put["ChecksumType"]) == (text(algorithm, body), "FULL_OBJECT")
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[member] == text(algorithm, body)
    assert member not in s3.get_object(Bucket=bucket, Key="k", Range="bytes=0-9", ChecksumMode="ENABLED")
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == ([algorithm], "FULL_OBJECT")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"y", **{member: text(algorithm, body)}) == ("BadDigest", 400)


# A trailer, behind a body whose length is all that is known before: over TLS not signed, over HTTP signed.
@pytest.mark.parametrize("algorithm", SUMS)
def test_trailers(aws, bucket, algorithm):
    for payload in ({}, {"payload_signing_enabled": True}):
        s3 = aws.client("s3", config=botocore.config.Config(s3=payload, proxies={}))
        put = s3.put_object(Bucket=bucket, Key="k", Body=iter_body(b"x" * 100_000), ChecksumAlgorithm=algorithm, ContentLength=100_000)
        assert put["Checksum" + algorithm] == text(algorithm, b"x" * 100_000)


def iter_body(data):
    import io
    return io.BufferedReader(io.BytesIO(data))


TYPES = [(algorithm, kind) for algorithm in SUMS for kind in ("FULL_OBJECT", "COMPOSITE")
         if not (kind == "FULL_OBJECT" and algorithm.startswith("SHA")) and not (kind == "COMPOSITE" and algorithm == "CRC64NVME")]


class Upload:
    def __init__(self, s3, bucket, **options):
        self.s3 = s3
        self.created = s3.create_multipart_upload(Bucket=bucket, Key="k", **options)
        self.names = dict(Bucket=bucket, Key="k", UploadId=self.created["UploadId"])

    def part(self, number, body, **options):
        sent = self.s3.upload_part(PartNumber=number, Body=body, **self.names, **options)
        return {"PartNumber": number, "ETag": sent["ETag"]} | {name: value for name, value in sent.items() if name.startswith("Checksum")}

    def complete(self, parts, **options):
        return self.s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **self.names, **options)


@pytest.mark.parametrize("algorithm, kind", TYPES)
def test_parts(s3, bucket, algorithm, kind):
    member = "Checksum" + algorithm
    upload = Upload(s3, bucket, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    assert (upload.created["ChecksumAlgorithm"], upload.created["ChecksumType"]) == (algorithm, kind)
    parts = [upload.part(number, body, ChecksumAlgorithm=algorithm) for number, body in enumerate(PARTS, 1)]
    assert [part[member] for part in parts] == [text(algorithm, body) for body in PARTS]
    whole = text(algorithm, b"".join(PARTS)) if kind == "FULL_OBJECT" else composite(algorithm, PARTS)
    wrong = [parts[0] | {member: text(algorithm, b"")}, parts[1]]
    assert error_of(upload.complete, parts=wrong) == ("InvalidPart", 400)
    assert error_of(upload.complete, parts=parts, ChecksumType="COMPOSITE" if kind == "FULL_OBJECT" else "FULL_OBJECT") == ("BadDigest", 400)
    assert error_of(upload.complete, parts=parts, **{member: text(algorithm, b"")}) == ("BadDigest", 400)
    assert error_of(upload.complete, parts=parts, MpuObjectSize=5) == ("InvalidRequest", 400)
    done = upload.complete(parts, ChecksumType=kind, MpuObjectSize=sum(map(len, PARTS)), **{member: whole})
    assert (done[member], done["ChecksumType"]) == (whole, kind)
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectParts"])
    assert attributes["Checksum"] == {member: whole, "ChecksumType": kind}
    assert [part[member] for part in attributes["ObjectParts"]["Parts"]] == [part[member] for part in parts]
    assert s3.get_object(Bucket=bucket, Key="k", PartNumber=2, ChecksumMode="ENABLED")[member] == parts[1][member]


# docs.aws.amazon.com/AmazonS3/latest/API/API_CompletedPart.html
def test_composite_parts_are_numbered_one_by_one_and_bring_their_checksums(s3, bucket):
    upload = Upload(s3, bucket, ChecksumAlgorithm="SHA256")
    part = upload.part(3, b"x", ChecksumAlgorithm="SHA256")
    assert error_of(upload.complete, parts=[part]) == ("InvalidPartOrder", 400)
    error, status = refused(upload.complete, parts=[{"PartNumber": 3, "ETag": part["ETag"]}])
    assert (error["Code"], status) == ("InvalidRequest", 400) and "missing for part 3" in error["Message"]
    s3.abort_multipart_upload(**upload.names)


# docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html: without an algorithm it is CRC64NVME of the full object.
def test_an_upload_without_an_algorithm_gets_one(s3, bucket):
    upload = Upload(s3, bucket)
    parts = [upload.part(number, body, ChecksumAlgorithm="SHA1") for number, body in enumerate(PARTS, 1)]
    assert [part["ChecksumSHA1"] for part in parts] == [text("SHA1", body) for body in PARTS]
    assert upload.complete(parts)["ChecksumCRC64NVME"] == text("CRC64NVME", b"".join(PARTS))


def test_forms_that_do_not_go_together(s3, bucket):
    for algorithm, kind in (("SHA1", "FULL_OBJECT"), ("SHA256", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")):
        assert error_of(s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm,
                        ChecksumType=kind) == ("InvalidRequest", 400)
    assert error_of(s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumType="COMPOSITE") == ("InvalidRequest", 400)
    upload = Upload(s3, bucket, ChecksumAlgorithm="CRC32C")
    error, status = refused(upload.part, number=1, body=b"x", ChecksumAlgorithm="SHA256")
    assert (error["Code"], status) == ("InvalidRequest", 400) and "CRC32C" in error["Message"]
    s3.abort_multipart_upload(**upload.names)


@pytest.mark.parametrize("algorithm", ["SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"])
def test_algorithms_that_are_not_computed_are_refused(s3, bucket, algorithm):
    error, status = refused(s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm)
    assert (error["Code"], status) == ("NotImplemented", 501) and algorithm in error["Message"]
    error, status = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **{"Checksum" + algorithm: "AAAA"})
    assert (error["Code"], status) == ("NotImplemented", 501) and algorithm.lower() in error["Message"]


def test_a_copy_is_summed_as_it_is_asked(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ChecksumAlgorithm="CRC32")
    source = {"Bucket": bucket, "Key": "k"}
    assert s3.copy_object(Bucket=bucket, Key="same", CopySource=source)["CopyObjectResult"]["ChecksumCRC32"] == text("CRC32", b"x")
    other = s3.copy_object(Bucket=bucket, Key="other", CopySource=source, ChecksumAlgorithm="SHA256")["CopyObjectResult"]
    assert other["ChecksumSHA256"] == text("SHA256", b"x")
