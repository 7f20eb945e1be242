"""Uploads by HTML forms. docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html, sigv4-HTTPPOSTConstructPolicy.html"""

import base64
import hmac
import json
import uuid

import botocore.config
import pytest

from s3_buckets import bucket, error_of, s3, send


def form(fields, file=b"hello", filename="a.txt", after=()):
    """The body of a form and its type."""
    boundary = uuid.uuid4().hex
    body = b""
    for name, value in fields.items():
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    if file is not None:
        body += (f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
                 "Content-Type: text/plain\r\n\r\n").encode() + file + b"\r\n"
    for name, value in after:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def post(aws, bucket, fields, **options):
    body, content_type = form(fields, **options)
    return send(aws, "POST", f"/{bucket}", {"Content-Type": content_type}, body, sign=False)


def code(answer):
    return answer.body.decode().split("<Code>")[1].split("</Code>")[0], answer.status


@pytest.fixture(params=["s3v4", "s3"])
def signer(aws, request):
    """A client that signs forms by version 4 or 2: boto3 still does the latter in us-east-1."""
    return aws.client("s3", config=botocore.config.Config(signature_version=request.param, proxies={}))


def signed(signer, bucket, key, fields=None, conditions=(), **options):
    fields = fields or {}
    return signer.generate_presigned_post(bucket, key, Fields=dict(fields), Conditions=[{n: v} for n, v in fields.items()] + list(conditions),
                                          **options)["fields"]


def test_a_signed_form(aws, s3, signer, bucket):
    fields = signed(signer, bucket, "dir/${filename}", {"Content-Type": "text/csv", "x-amz-meta-a": "1", "x-amz-tagging": "t=1",
                                                        "x-amz-storage-class": "STANDARD_IA"})
    answer = post(aws, bucket, fields, file=b"a\r\n--b\r\n", filename="C:\\here\\a b.csv")
    assert answer.status == 204 and answer.body == b"" and answer.headers["ETag"]
    got = s3.get_object(Bucket=bucket, Key="dir/a b.csv")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"], got["StorageClass"]) == (b"a\r\n--b\r\n", "text/csv", {"a": "1"}, "STANDARD_IA")
    assert got["TagCount"] == 1


def test_a_large_file(aws, s3, signer, bucket):
    body = bytes(range(256)) * 80_000
    assert post(aws, bucket, signed(signer, bucket, "k"), file=body).status == 204
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


@pytest.mark.parametrize("status, answered", [("200", 200), ("201", 201), ("204", 204), ("404", 204)])
def test_the_status_that_is_asked_for(aws, signer, bucket, status, answered):
    answer = post(aws, bucket, signed(signer, bucket, "a/b", {"success_action_status": status}))
    assert answer.status == answered
    if answered == 201:
        assert b"<Key>a/b</Key>" in answer.body and f"<Bucket>{bucket}</Bucket>".encode() in answer.body and b"<ETag>" in answer.body


def test_the_page_to_go_on_to(aws, signer, bucket):
    answer = post(aws, bucket, signed(signer, bucket, "a b", {"success_action_redirect": "http://example.com/done?x=1"}))
    assert answer.status == 303
    assert answer.headers["Location"].startswith(f"http://example.com/done?x=1&bucket={bucket}&key=a%20b&etag=%22")
    assert post(aws, bucket, signed(signer, bucket, "k", {"success_action_redirect": "javascript:alert(1)"})).status == 204


@pytest.mark.parametrize("change", [
    {"key": "other"}, {"acl": "private"}, {"x-amz-meta-b": "2"}, {"x-amz-meta-a": "2"}, {"Content-Type": "text/html"}])
def test_what_the_policy_does_not_say(aws, s3, signer, bucket, change):
    fields = signed(signer, bucket, "k", {"x-amz-meta-a": "1"}) | change
    assert code(post(aws, bucket, fields)) == ("AccessDenied", 403)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_another_bucket(aws, s3, signer, bucket):
    fields = signed(signer, "sagemaker-some-other", "k")
    assert code(post(aws, bucket, fields)) == ("AccessDenied", 403)


def test_fields_that_need_no_condition_and_one_behind_the_file(aws, s3, signer, bucket):
    fields = signed(signer, bucket, "k") | {"x-ignore-me": "1"}
    assert post(aws, bucket, fields, after=[("key", "other"), ("x-amz-meta-a", "1")]).status == 204
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Key"] == "k" and s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {}


@pytest.mark.parametrize("size, outcome", [(4, ("EntityTooSmall", 400)), (5, 204), (10, 204), (11, ("EntityTooLarge", 400))])
def test_sizes(aws, s3, signer, bucket, size, outcome):
    answer = post(aws, bucket, signed(signer, bucket, "k", conditions=[["content-length-range", 5, 10]]), file=b"x" * size)
    assert (answer.status if outcome == 204 else code(answer)) == outcome
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == (outcome == 204)


def test_signatures_that_are_wrong(aws, s3, signer, bucket):
    fields = signed(signer, bucket, "k")
    name = "x-amz-signature" if "x-amz-signature" in fields else "signature"
    assert code(post(aws, bucket, fields | {name: "0" * 64})) == ("SignatureDoesNotMatch", 403)
    document = json.loads(base64.b64decode(fields["policy"]))
    document["conditions"] = [["starts-with", "$" + field, ""] for field in fields if field not in ("policy", name, "AWSAccessKeyId")]
    forged = base64.b64encode(json.dumps(document).encode()).decode()
    assert code(post(aws, bucket, fields | {"policy": forged})) == ("SignatureDoesNotMatch", 403)
    without = {field: value for field, value in fields.items() if field != "policy"}
    assert code(post(aws, bucket, without)) == ("AccessDenied", 403)
    for field in fields:
        if field not in ("key", "policy"):
            assert post(aws, bucket, {n: v for n, v in fields.items() if n != field}).status in (400, 403)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_form_whose_time_is_over(aws, signer, bucket):
    assert code(post(aws, bucket, signed(signer, bucket, "k", ExpiresIn=-1))) == ("AccessDenied", 403)


def test_who_signs_needs_the_right_to_write(aws, s3, bucket):
    from test_access import Users, statement
    users = Users(aws)
    v4 = botocore.config.Config(signature_version="s3v4", proxies={})
    reader = users.client("s3", "form-reader", statement("Allow", "s3:GetObject"), config=v4)
    writer = users.client("s3", "form-writer", statement("Allow", "s3:PutObject"), config=v4)
    assert code(post(aws, bucket, signed(reader, bucket, "k"))) == ("AccessDenied", 403)
    assert post(aws, bucket, signed(writer, bucket, "k")).status == 204
    users.end()


def test_forms_of_nobody(aws, s3, bucket):
    assert code(post(aws, bucket, {"key": "k"})) == ("AccessDenied", 403)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    assert post(aws, bucket, {"key": "k"}).status == 204
    assert code(post(aws, bucket, {"key": "copy", "x-amz-copy-source": f"/{bucket}/k"})) == ("InvalidArgument", 400)


@pytest.mark.parametrize("fields, file, outcome", [
    ({}, b"x", ("InvalidArgument", 400)), ({"key": "k"}, None, ("InvalidArgument", 400)),
    ({"key": "k", "x-ignore": "x" * 30_000}, b"x", ("MaxPostPreDataLengthExceeded", 400))])
def test_forms_that_are_none(aws, bucket, fields, file, outcome):
    assert code(post(aws, bucket, fields, file=file)) == outcome


def test_where_no_form_goes(aws, bucket):
    body, content_type = form({"key": "k"})
    for path in ("/", f"/{bucket}/key", f"/{bucket}?acl"):
        assert send(aws, "POST", path, {"Content-Type": content_type}, body, sign=False).status == 405
    assert send(aws, "POST", f"/{bucket}", {"Content-Type": "multipart/form-data"}, body, sign=False).status == 400
    assert send(aws, "POST", f"/{bucket}", {"Content-Type": content_type}, body[:-20], sign=False).status in (400, 403)


def test_a_form_that_is_signed_as_a_request_is_for_the_service_that_it_names(aws):
    """An endpoint may be sent multipart/form-data."""
    runtime = aws.client("sagemaker-runtime")
    body, content_type = form({"key": "k"})
    assert error_of(runtime.invoke_endpoint, EndpointName="none", ContentType=content_type, Body=body)[0] == "ValidationError"
