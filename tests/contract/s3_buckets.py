"""What the tests of S3 share: a bucket of the test's own, what a call was refused with, requests that no SDK would send."""

import urllib.error
import urllib.request
import uuid

import botocore
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def s3(aws):
    return aws.client("s3")


def empty(s3, bucket):
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [{"Key": entry["Key"], "VersionId": entry["VersionId"]}
                    for kind in ("Versions", "DeleteMarkers") for entry in page.get(kind, [])]
        if versions:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": versions})


@pytest.fixture
def bucket(s3):
    name = f"sagemaker-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    yield name
    empty(s3, name)
    s3.delete_bucket(Bucket=name)


def refused(call, **arguments):
    """The error that the call ends with and its status: (Error, 400)."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"], response["ResponseMetadata"]["HTTPStatusCode"]


def error_of(call, **arguments):
    error, status = refused(call, **arguments)
    return error["Code"], status


def unsigned(aws):
    """A client of nobody."""
    return aws.client("s3", config=botocore.config.Config(signature_version=botocore.UNSIGNED, proxies={}))


class Answer:
    def __init__(self, reply):
        self.status, self.headers, self.body = reply.status, reply.headers, reply.read()


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def send(aws, method, path, headers=None, data=None, sign=True):
    """One request as it is written here, redirects not followed, and signed with the owner's key."""
    headers = dict(headers or {})
    if sign:
        request = botocore.awsrequest.AWSRequest(method, aws.endpoint + path, headers, data)
        keys = botocore.credentials.Credentials(aws.environment["AWS_ACCESS_KEY_ID"], aws.environment["AWS_SECRET_ACCESS_KEY"])
        botocore.auth.S3SigV4Auth(keys, "s3", aws.region).add_auth(request)
        headers = dict(request.headers)
    headers = {name: value.encode() for name, value in headers.items()}  # As it was signed; urllib would send Latin-1.
    opener = urllib.request.build_opener(NoRedirects, urllib.request.ProxyHandler({}))
    try:
        return Answer(opener.open(urllib.request.Request(aws.endpoint + path, data=data, headers=headers, method=method)))
    except urllib.error.HTTPError as error:
        return Answer(error)
