"""What is in a service model and not built answers UnknownOperationException: never a made-up success."""

import json
import subprocess
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.session
import botocore.exceptions
import pytest

from live_server import ROOT, SAGEBRUSH

def operations(*options):
    return subprocess.run([SAGEBRUSH, "operations", *options], check=True, capture_output=True, text=True).stdout


def post(aws, signing_name, target, version, body="{}"):
    """Sends a signed request without the checks that a client's model would make; returns status and document."""
    request = botocore.awsrequest.AWSRequest("POST", aws.endpoint + "/", data=body, headers={
        "X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"})
    keys = botocore.credentials.Credentials(aws.environment["AWS_ACCESS_KEY_ID"], aws.environment["AWS_SECRET_ACCESS_KEY"])
    botocore.auth.SigV4Auth(keys, signing_name, aws.region).add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(request.url, body.encode(), dict(request.headers))) as reply:
            return reply.status, json.loads(reply.read() or b"{}")
    except urllib.error.HTTPError as error:
        assert error.headers["x-amzn-requestid"]
        return error.code, json.loads(error.read())


def test_every_sagemaker_operation_is_built_or_says_that_it_is_not(aws):
    model = botocore.session.get_session().get_service_model("sagemaker")
    built, empty = (set(json.loads(operations("--json", *more))["sagemaker"]) for more in ([], ["--empty"]))
    assert {"CreateTrainingJob", "ListTags", "UpdateEndpoint"} < built < set(model.operation_names)
    for name in model.operation_names:
        status, document = post(aws, "sagemaker", f"SageMaker.{name}", "1.1")
        unknown = document.get("__type", "").endswith("UnknownOperationException")
        assert unknown == (name not in built | empty), (name, status, document)


def test_the_lists_of_nouns_that_are_not_built_are_empty(aws):
    """A clean-up of SDK v2 asks for monitoring schedules before it deletes an endpoint."""
    sagemaker = aws.client("sagemaker")
    names = json.loads(operations("--json", "--empty"))["sagemaker"]
    assert "ListMonitoringSchedules" in names and len(names) > 20
    for name in names:
        reply = getattr(sagemaker, botocore.xform_name(name))(MaxResults=10)
        assert [value for key, value in reply.items() if key != "ResponseMetadata"] == [[]], name
    with pytest.raises(botocore.exceptions.ClientError, match="NextToken"):
        sagemaker.list_monitoring_schedules(NextToken="abc")
    status, document = post(aws, "sagemaker", "SageMaker.ListPipelines", "1.1", '{"MaxResults": 1000}')
    assert status == 400 and document["__type"].endswith("ValidationException")


def test_the_page_of_nouns_is_current():
    assert (ROOT / "docs" / "nouns.md").read_text() == operations("--nouns"), "run: build/bin/sagebrush operations --nouns > docs/nouns.md"


def test_the_page_of_what_is_built_is_current():
    page = ROOT / "docs" / "compatibility.md"
    assert page.read_text() == operations(), "run: build/bin/sagebrush operations > docs/compatibility.md"


@pytest.mark.parametrize("signing_name, target, version", [
    ("sagemaker", "SageMaker.NoSuchOperation", "1.1"),
    ("logs", "Logs_20140328.StartQuery", "1.1"),
    ("ecr", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken", "1.1"),
    ("kms", "TrentService.CreateCustomKeyStore", "1.1"),
    ("secretsmanager", "secretsmanager.RotateSecret", "1.1"),
    ("ssm", "AmazonSSM.ListDocuments", "1.1"),
    ("monitoring", "GraniteServiceVersion20100801.GetInsightRuleReport", "1.0"),
])
def test_other_services_say_so_too(aws, signing_name, target, version):
    status, document = post(aws, signing_name, target, version)
    assert document["__type"].endswith("UnknownOperationException") and 400 <= status < 500
