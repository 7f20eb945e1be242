"""Buckets as web sites. docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html and the pages below it."""

import json

import pytest

from s3_buckets import bucket, error_of, s3, send

CONFIGURATION = {
    "IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"},
    "RoutingRules": [
        {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}},
        {"Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "old/"},
         "Redirect": {"HostName": "example.com", "Protocol": "https", "HttpRedirectCode": "302"}}]}


@pytest.fixture
def site(s3, bucket):
    """A public one; `hidden.html` of it is not."""
    s3.delete_public_access_block(Bucket=bucket)
    everything, hidden = f"arn:aws:s3:::{bucket}/*", f"arn:aws:s3:::{bucket}/hidden.html"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": everything},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": hidden}]}))
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=CONFIGURATION)
    for key in ("index.html", "sub dir/index.html", "error.html", "page.html", "hidden.html"):
        s3.put_object(Bucket=bucket, Key=key, Body=f"<p>{key}".encode(), ContentType="text/html")
    return bucket


@pytest.fixture
def visit(aws, site):
    return lambda path, method="GET", **headers: send(
        aws, method, path, {"Host": f"{site}.s3-website.localhost:{aws.port}"} | headers, sign=False)


def test_the_configuration(s3, bucket):
    assert error_of(s3.get_bucket_website, Bucket=bucket) == ("NoSuchWebsiteConfiguration", 404)
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=CONFIGURATION)
    answer = s3.get_bucket_website(Bucket=bucket)
    assert {name: answer[name] for name in CONFIGURATION} == CONFIGURATION
    for wrong in ({}, {"IndexDocument": {"Suffix": "a/b"}}, {"RedirectAllRequestsTo": {"HostName": "a"}, "IndexDocument": {"Suffix": "i"}}):
        assert error_of(s3.put_bucket_website, Bucket=bucket, WebsiteConfiguration=wrong) == ("InvalidArgument", 400)
    s3.delete_bucket_website(Bucket=bucket)
    assert error_of(s3.get_bucket_website, Bucket=bucket) == ("NoSuchWebsiteConfiguration", 404)


@pytest.mark.parametrize("path, document", [("/", "index.html"), ("/page.html", "page.html"), ("/sub%20dir/", "sub dir/index.html")])
def test_documents(visit, path, document):
    answer = visit(path)
    assert (answer.status, answer.body.decode(), answer.headers["Content-Type"]) == (200, f"<p>{document}", "text/html")
    head = visit(path, "HEAD")
    assert head.status == 200 and head.headers["ETag"] == answer.headers["ETag"] and head.body == b""
    assert visit(path, **{"If-None-Match": answer.headers["ETag"]}).status == 304
    assert visit(path, **{"Range": "bytes=0-2"}).body == b"<p>"


def test_errors(visit, s3, site):
    answer = visit("/none.html")
    assert (answer.status, answer.body) == (404, b"<p>error.html")
    assert (visit("/hidden.html").status, visit("/hidden.html").body) == (403, b"<p>error.html")
    assert visit("/page.html", "PUT").status == 405
    s3.delete_object(Bucket=site, Key="error.html")
    answer = visit("/none%3Cb%3E.html")
    assert answer.status == 404 and b"<h1>404 Not Found</h1>" in answer.body and b"Code: NoSuchKey" in answer.body and b"<b>" not in answer.body


def test_redirects(aws, visit, s3, site):
    host = f"{site}.s3-website.localhost:{aws.port}"

    def redirect(path):
        answer = visit(path)
        return answer.status, answer.headers["Location"]

    assert redirect("/docs/a%20b") == (301, f"http://{host}/documents/a%20b")
    assert redirect("/old/page") == (302, "https://example.com/old/page")
    assert redirect("/sub%20dir") == (302, "/sub%20dir/")
    s3.put_object(Bucket=site, Key="moved", WebsiteRedirectLocation="/page.html")
    assert s3.head_object(Bucket=site, Key="moved")["WebsiteRedirectLocation"] == "/page.html"
    assert redirect("/moved") == (301, "/page.html")
    s3.copy_object(Bucket=site, Key="copy", CopySource={"Bucket": site, "Key": "moved"})
    assert "WebsiteRedirectLocation" not in s3.head_object(Bucket=site, Key="copy")
    assert error_of(s3.put_object, Bucket=site, Key="k", WebsiteRedirectLocation="page.html") == ("InvalidRedirectLocation", 400)
    s3.put_bucket_website(Bucket=site, WebsiteConfiguration={"RedirectAllRequestsTo": {"HostName": "example.org", "Protocol": "https"}})
    assert redirect("/a/b") == (301, "https://example.org/a/b")


def test_what_is_not_public_is_not_shown(aws, visit, s3, site):
    s3.put_public_access_block(Bucket=site, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert visit("/page.html").status == 403
    signed = send(aws, "GET", "/page.html", {"Host": f"{site}.s3-website.localhost:{aws.port}"})
    assert signed.status == 403  # A site knows nobody.


@pytest.mark.parametrize("name, code", [("sagemaker-no-such-bucket", b"NoSuchBucket"), ("", b"NoSuchBucket")])
def test_where_no_site_is(aws, name, code):
    answer = send(aws, "GET", "/", {"Host": f"{name}.s3-website.localhost"}, sign=False)
    assert answer.status == 404 and code in answer.body


def test_a_bucket_that_is_no_site(aws, bucket):
    answer = send(aws, "GET", "/", {"Host": f"{bucket}.s3-website.localhost"}, sign=False)
    assert answer.status == 404 and b"NoSuchWebsiteConfiguration" in answer.body
