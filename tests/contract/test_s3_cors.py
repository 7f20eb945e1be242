"""Pages of other origins. docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html, API/RESTOPTIONSobject.html"""

import pytest

from s3_buckets import bucket, error_of, refused, s3, send

RULES = [{"ID": "app", "AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.example.com"],
          "AllowedHeaders": ["x-amz-*", "content-type"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3000},
         {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]


@pytest.fixture
def shared(s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": RULES})
    return bucket


def preflight(aws, path, origin="https://app.example.com", method="PUT", headers=None):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return send(aws, "OPTIONS", path, {name: value for name, value in asked.items() if value}, sign=False)


def test_the_configuration(s3, bucket):
    assert error_of(s3.get_bucket_cors, Bucket=bucket) == ("NoSuchCORSConfiguration", 404)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": RULES})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == RULES
    s3.delete_bucket_cors(Bucket=bucket)
    s3.delete_bucket_cors(Bucket=bucket)
    assert error_of(s3.get_bucket_cors, Bucket=bucket) == ("NoSuchCORSConfiguration", 404)


@pytest.mark.parametrize("change, what", [
    ({"AllowedMethods": ["PATCH"]}, "unsupported HTTP method"), ({"AllowedOrigins": ["https://*.*"]}, "more than one wildcard"),
    ({"AllowedHeaders": ["x*y*"]}, "more than one wildcard"), ({"ExposeHeaders": ["x-*"]}, "wildcard for ExposeHeader")])
def test_rules_that_are_refused(s3, bucket, change, what):
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]} | change
    error, status = refused(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert (error["Code"], status) == ("InvalidRequest", 400) and what in error["Message"]
    assert error_of(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": []}) == ("MalformedXML", 400)


@pytest.mark.parametrize("key", ["", "/some/key"])
def test_preflight(aws, shared, key):
    answer = preflight(aws, f"/{shared}{key}", headers="X-Amz-Date, content-type")
    assert answer.status == 200 and answer.body == b""
    assert {name: answer.headers[f"Access-Control-{name}"] for name in (
        "Allow-Origin", "Allow-Methods", "Allow-Headers", "Expose-Headers", "Max-Age", "Allow-Credentials")} == {
        "Allow-Origin": "https://app.example.com", "Allow-Methods": "GET, PUT", "Allow-Headers": "X-Amz-Date, content-type",
        "Expose-Headers": "ETag", "Max-Age": "3000", "Allow-Credentials": "true"}
    assert answer.headers["Vary"] == "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
    anybody = preflight(aws, f"/{shared}{key}", origin="http://other.org", method="GET")
    assert anybody.headers["Access-Control-Allow-Origin"] == "*" and not anybody.headers["Access-Control-Allow-Credentials"]


def test_preflight_by_the_name_of_the_host(aws, shared):
    answer = send(aws, "OPTIONS", "/key", {"Host": f"{shared}.localhost", "Origin": "http://a", "Access-Control-Request-Method": "GET"}, sign=False)
    assert answer.status == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("change", [{"origin": "http://other.org"}, {"method": "DELETE"}, {"headers": "authorization"}])
def test_preflight_of_what_no_rule_has(aws, shared, change):
    answer = preflight(aws, f"/{shared}/k", **change)
    assert answer.status == 403 and b"<Code>AccessForbidden</Code>" in answer.body and b"CORSResponse" in answer.body
    assert not answer.headers["Access-Control-Allow-Origin"]


def test_preflight_that_asks_nothing(aws, bucket):
    assert preflight(aws, f"/{bucket}/k", origin=None).status == 400
    assert preflight(aws, f"/{bucket}/k", method=None).status == 400
    for path in (f"/{bucket}/k", "/sagemaker-no-such-bucket/k", "/"):
        answer = preflight(aws, path)
        assert answer.status == 403 and b"CORS is not enabled for this bucket" in answer.body


def test_replies_say_who_may_read_them(aws, s3, shared):
    s3.put_object(Bucket=shared, Key="k", Body=b"x")
    origin = {"Origin": "https://app.example.com"}
    for method, path, signed, status in (("GET", "/k", True, 200), ("GET", "/none", True, 404), ("GET", "/k", False, 403)):
        answer = send(aws, method, f"/{shared}{path}", origin, sign=signed)
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
        assert answer.headers["Access-Control-Expose-Headers"] == "ETag" and answer.headers["Vary"].startswith("Origin")
    assert not send(aws, "DELETE", f"/{shared}/k", origin).headers["Access-Control-Allow-Origin"]
    assert not send(aws, "GET", f"/{shared}/k").headers["Access-Control-Allow-Origin"]
    forged = send(aws, "GET", f"/{shared}/k", origin | {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}, sign=False)
    assert forged.status in (400, 403) and forged.headers["Access-Control-Allow-Origin"]


def test_replies_of_other_services_are_not_those_of_buckets(aws, s3):
    """A bucket may be called as the path of another service begins."""
    s3.create_bucket(Bucket="endpoints")
    s3.put_bucket_cors(Bucket="endpoints", CORSConfiguration={"CORSRules": RULES})
    runtime = aws.client("sagemaker-runtime")
    seen = []
    runtime.meta.events.register("before-send.*", lambda request, **_: request.headers.__setitem__("Origin", "http://a"))
    runtime.meta.events.register("after-call.*", lambda http_response, **_: seen.append(http_response.headers))
    with pytest.raises(runtime.exceptions.ClientError):
        runtime.invoke_endpoint(EndpointName="none", Body=b"x")
    assert seen and "access-control-allow-origin" not in seen[0]
    s3.delete_bucket(Bucket="endpoints")
