"""What a client that means harm sends S3, byte by byte: each request is refused, or does what was signed and nothing more."""

import base64
import hashlib
import json
import socket
import time
import zlib

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from botocore.exceptions import ClientError

from s3_buckets import bucket, error_of, s3
from training import IMAGE

KEY = b"0123456789"
HELLO = base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
TRAILER = f"x-amz-checksum-crc32:{HELLO}\r\n"


def signed(aws, method, path, body=b"", payload=None, **headers):
    """The headers of the request; with `payload`, that is signed in the place of the body's digest."""
    host = aws.endpoint.removeprefix("http://")
    request = botocore.awsrequest.AWSRequest(method, aws.endpoint + path, {"Host": host, **headers}, body)
    keys = botocore.credentials.Credentials(aws.environment["AWS_ACCESS_KEY_ID"], aws.environment["AWS_SECRET_ACCESS_KEY"])
    auth = botocore.auth.S3SigV4Auth(keys, "s3", aws.region)
    if payload is not None:
        auth.payload = lambda request: payload
    auth.add_auth(request)
    return [(name, value) for name, value in request.headers.items() if name != "Content-Length"]


def exchange(aws, method, target, headers, body=b""):
    """Status line and all that follows, sent as it is written here; the sending side is closed behind it."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in [*headers, ("Content-Length", len(body))])
    with socket.create_connection(("127.0.0.1", aws.port), timeout=30) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\n{fields}\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        reply = b""
        while part := connection.recv(65536):
            reply += part
    return reply.decode("latin-1")


def outcome(reply):
    """(status, code of the error)."""
    return int(reply.split()[1]), reply.partition("<Code>")[2].partition("</Code>")[0]


def test_the_target_may_name_a_host_and_changes_nothing(aws, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=KEY)
    headers = signed(aws, "GET", f"/{bucket}/k")
    for host in ("other.example", "169.254.170.2", "s3.amazonaws.com"):
        assert exchange(aws, "GET", f"http://{host}/{bucket}/k", headers).endswith(KEY.decode())
        assert outcome(exchange(aws, "GET", f"http://{host}/another/k", headers)) == (403, "SignatureDoesNotMatch")
    assert outcome(exchange(aws, "GET", f"//{bucket}/k", headers)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("name", ["Authorization", "X-Amz-Date", "X-Amz-Content-SHA256", "Host"])
def test_a_part_of_the_signature_comes_once(aws, s3, bucket, name):
    s3.put_object(Bucket=bucket, Key="k", Body=KEY)
    headers = signed(aws, "GET", f"/{bucket}/k")
    twice = [(name, value) for found, value in headers if found.lower() == name.lower()]
    assert twice and outcome(exchange(aws, "GET", f"/{bucket}/k", headers + twice))[0] in (400, 403)


@pytest.mark.parametrize("value, answer", [
    ("", (400, "InvalidArgument")), ("unsigned-payload", (400, "InvalidArgument")), ("e3b0", (400, "InvalidArgument")),
    ("0" * 64, (400, "XAmzContentSHA256Mismatch")), ("UNSIGNED-PAYLOAD, UNSIGNED-PAYLOAD", (400, "InvalidArgument")),
    ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", (411, "MissingContentLength")), ("STREAMING-OTHER", (501, "NotImplemented"))])
def test_a_body_is_signed_or_says_that_it_is_not(aws, s3, bucket, value, answer):
    headers = [pair for pair in signed(aws, "PUT", f"/{bucket}/k", payload=value, **{"X-Amz-Content-SHA256": value})]
    headers = [(name, value if name == "X-Amz-Content-SHA256" else text) for name, text in headers]
    assert outcome(exchange(aws, "PUT", f"/{bucket}/k", headers, b"abc")) == answer
    assert error_of(s3.head_object, Bucket=bucket, Key="k") == ("404", 404)


@pytest.mark.parametrize("body, length, code", [
    ("5\r\nhello\r\n0\r\n\r\n", "5", "MalformedTrailerError"),  # The checksum that was announced is left out.
    ("5\r\nhello\r\n0\r\n" + TRAILER + TRAILER + "\r\n", "5", "MalformedTrailerError"),
    ("5\r\nhello\r\n0\r\nx-amz-acl:public-read\r\n" + TRAILER + "\r\n", "5", "MalformedTrailerError"),
    ("5\r\nhello\r\n0\r\n" + TRAILER + "x-amz-meta-a:b\r\n\r\n", "5", "MalformedTrailerError"),
    ("5\r\nhullo\r\n0\r\n" + TRAILER + "\r\n", "5", "BadDigest"),
    ("ffffffffffffffff\r\nhello\r\n0\r\n" + TRAILER + "\r\n", "5", "IncompleteBody"),
    ("10000000000000005\r\nhello\r\n0\r\n" + TRAILER + "\r\n", "5", "InvalidRequest"),
    ("-5\r\nhello\r\n0\r\n" + TRAILER + "\r\n", "5", "InvalidRequest"),
    ("5\nhello\n0\n" + TRAILER + "\r\n", "5", "InvalidRequest"),
    ("5\r\nhello\r\n0\r\n" + TRAILER + "\r\n", "6", "IncompleteBody"),
    ("5\r\nhello\r\n0\r\n" + TRAILER + "\r\n", "4", "IncompleteBody"),
    ("5\r\nhello\r\n0\r\n" + TRAILER + "\r\n", "18446744073709551621", "MissingContentLength"),
    ("5\r\nhello\r\n0\r\n" + TRAILER + "\r\n", "9223372036854775808", "EntityTooLarge"),
    ("5\r\nhello\r\n0\r\n" + TRAILER + "\r\nGET / HTTP/1.1\r\n\r\n", "5", "InvalidRequest"),
    ("5\r\nhel", "5", "IncompleteBody")])
def test_chunks_and_trailers_that_lie(aws, s3, bucket, body, length, code):
    kind = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    headers = signed(aws, "PUT", f"/{bucket}/k", payload=kind, **{
        "Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": length, "x-amz-content-sha256": kind, "x-amz-trailer": "x-amz-checksum-crc32"})
    assert outcome(exchange(aws, "PUT", f"/{bucket}/k", headers, body.encode()))[1] == code
    assert error_of(s3.head_object, Bucket=bucket, Key="k") == ("404", 404)


def test_unsigned_trailers_are_not_taken_where_they_are_signed(aws, s3, bucket):
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
    headers = signed(aws, "PUT", f"/{bucket}/k", payload=kind, **{
        "Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": "5", "x-amz-content-sha256": kind, "x-amz-trailer": "x-amz-checksum-crc32"})
    body = f"5\r\nhello\r\n0\r\n{TRAILER}\r\n".encode()
    assert outcome(exchange(aws, "PUT", f"/{bucket}/k", headers, body)) == (403, "SignatureDoesNotMatch")
    assert error_of(s3.head_object, Bucket=bucket, Key="k") == ("404", 404)


def test_many_ranges_are_none(aws, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=KEY)
    for ranges in ("bytes=0-0,2-2", "bytes=" + ",".join(["0-"] * 500)):
        reply = exchange(aws, "GET", f"/{bucket}/k", signed(aws, "GET", f"/{bucket}/k", Range=ranges))
        assert outcome(reply)[0] == 200 and reply.endswith("\r\n\r\n0123456789")
    headers = signed(aws, "GET", f"/{bucket}/k", Range="bytes=" + ",".join(["0-"] * 40_000))
    assert outcome(exchange(aws, "GET", f"/{bucket}/k", headers))[0] == 431


@pytest.mark.parametrize("body, code", [
    (b'<!DOCTYPE a [<!ENTITY a "' + b"a" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">]><Delete><Object><Key>&b;</Key></Object></Delete>', "MalformedXML"),
    (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>', "MalformedXML"),
    (b"<Delete>" + b"<Object>" * 50_000 + b"</Object>" * 50_000 + b"</Delete>", "MalformedXML"),
    (b"<Delete " + b" ".join(b'a%d="b"' % i for i in range(50_000)) + b"/>", "MalformedXML"),
    (b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>", "MalformedXML")])
def test_documents_that_grow(aws, bucket, body, code):
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    began = time.monotonic()
    reply = exchange(aws, "POST", f"/{bucket}?delete=", signed(aws, "POST", f"/{bucket}?delete=", body, **{"Content-MD5": digest}), body)
    assert outcome(reply) == (400, code) and time.monotonic() - began < 10


@pytest.mark.parametrize("query", ["max-parts=-1", "max-parts=99999999999999999999", "part-number-marker=-1", "part-number-marker=9223372036854775808",
                                   "part-number-marker=abc"])
def test_numbers_of_pages_of_parts(aws, s3, bucket, query):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    path = f"/{bucket}/k?{query}&uploadId={upload}"
    assert outcome(exchange(aws, "GET", path, signed(aws, "GET", path))) == (400, "InvalidArgument")
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)


@pytest.mark.parametrize("query", ["max-keys=-1", "list-type=2&max-keys=-1", "max-keys=-1&versions=", "max-uploads=-1&uploads="])
def test_numbers_of_pages_of_a_bucket(aws, bucket, query):
    path = f"/{bucket}?{query}"
    assert outcome(exchange(aws, "GET", path, signed(aws, "GET", path))) == (400, "InvalidArgument")


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_policies_that_are_too_much(aws, s3, bucket):
    """Too many statements, too deep a document, and conditions that would take for ever."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    began = time.monotonic()
    assert error_of(s3.put_bucket_policy, Bucket=bucket, Policy=policy(*[statement] * 100_000))[1] in (400, 413)
    assert error_of(s3.put_bucket_policy, Bucket=bucket, Policy="[" * 10_000 + "]" * 10_000) == ("MalformedPolicy", 400)
    sts = aws.client("sts")
    for text in (policy(*[{"Effect": "Allow", "Action": "*", "Resource": "*"}] * 100_000), "[" * 2000 + "]" * 2000):
        assert error_of(sts.assume_role, RoleArn=aws.role, RoleSessionName="session", Policy=text)[1] in (400, 413)
    slow = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": {"StringLike": {"s3:prefix": "*a" * 500 + "b"}}}
    keys = sts.assume_role(RoleArn=aws.role, RoleSessionName="session", Policy=policy(slow))["Credentials"]
    client = aws.client("s3", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
    for _ in range(10):
        assert error_of(client.list_objects_v2, Bucket=bucket, Prefix="a" * 1000) == ("AccessDenied", 403)
    assert time.monotonic() - began < 30


def test_passing_every_role_to_one_service_passes_none_to_another(aws):
    """iam:PassRole on all roles, held to SageMaker by iam:PassedToService, with and without wildcards."""
    for service in ("sagemaker.amazonaws.com", "sagemaker.*"):
        allow = [{"Effect": "Allow", "Action": ["sagemaker:CreateModel", "sagemaker:DeleteModel", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:AddRoleToInstanceProfile"], "Resource": "*"},
                 {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringLike": {"iam:PassedToService": service}}}]
        iam = aws.client("iam")
        iam.create_user(UserName="service-passer")
        iam.put_user_policy(UserName="service-passer", PolicyName="p", PolicyDocument=policy(*allow))
        key = iam.create_access_key(UserName="service-passer")["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        sagemaker, mine = aws.client("sagemaker", **keys), aws.client("iam", **keys)
        sagemaker.create_model(ModelName="service-passed", ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE})
        sagemaker.delete_model(ModelName="service-passed")
        mine.create_instance_profile(InstanceProfileName="passed")
        assert error_of(mine.add_role_to_instance_profile, InstanceProfileName="passed", RoleName=aws.role.rsplit("/")[-1]) == ("AccessDenied", 403)
        mine.delete_instance_profile(InstanceProfileName="passed")
        for other in (aws.role.replace(":role/", ":user/"), "arn:aws:iam::*:role/*"):
            with pytest.raises(ClientError):
                sagemaker.create_model(ModelName="service-passed", ExecutionRoleArn=other, PrimaryContainer={"Image": IMAGE})
        iam.delete_access_key(UserName="service-passer", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="service-passer", PolicyName="p")
        iam.delete_user(UserName="service-passer")
