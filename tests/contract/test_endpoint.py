"""Model, EndpointConfig, Endpoint, InvokeEndpoint. Facts: Developer Guide your-algorithms-inference-code, API_InvokeEndpoint; the
phrases that clients match ("Could not find", "Cannot create already existing")."""

import io
import tarfile
import threading

import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from test_training_job import error_of
from training import (IMAGE, create_config, create_model, delete_endpoint, make_bucket, train, wait_for_endpoint)


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "sagemaker-endpoint")


@pytest.fixture(scope="module")
def artifact(aws, bucket):
    return train(aws, bucket, "model-for-endpoints")


@pytest.fixture(scope="module")
def sagemaker(aws):
    return aws.client("sagemaker")


@pytest.fixture(scope="module")
def runtime(aws):
    return aws.client("sagemaker-runtime")


@pytest.fixture
def endpoint(aws, sagemaker, artifact, request):
    name = request.node.name.replace("_", "-")[:50].strip("-")
    create_model(aws, name, artifact)
    create_config(aws, name, name)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_for_endpoint(aws, name)
    yield name
    delete_endpoint(aws, name)


class calling:
    """Invokes the endpoint all the time from three threads, and counts answers and errors."""

    def __init__(self, runtime, endpoint):
        self.runtime, self.endpoint = runtime, endpoint
        self.answers, self.errors, self.stop = 0, [], threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(3)]

    def work(self):
        while not self.stop.is_set():
            try:
                self.runtime.invoke_endpoint(EndpointName=self.endpoint, ContentType="text/csv", Body="0.9,0.1\n")
                self.answers += 1
            except Exception as error:
                self.errors.append(error)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def arn(aws, kind, name):
    return f"arn:aws:sagemaker:{aws.region}:{aws.account}:{kind}/{name}"


def test_missing_and_taken_names(aws, sagemaker, artifact):
    for call, member, noun, kind in [
        (sagemaker.describe_model, "ModelName", "model", "model"),
        (sagemaker.describe_endpoint_config, "EndpointConfigName", "endpoint configuration", "endpoint-config"),
        (sagemaker.describe_endpoint, "EndpointName", "endpoint", "endpoint"),
        (sagemaker.delete_endpoint, "EndpointName", "endpoint", "endpoint"),
    ]:
        expected = f'Could not find {noun} "{arn(aws, kind, "nobody")}".'
        assert error_of(call, **{member: "nobody"}) == ("ValidationException", expected, 400)
    create_model(aws, "twice", artifact)
    with pytest.raises(ClientError, match='Cannot create already existing model "arn:'):
        create_model(aws, "twice", artifact)
    create_config(aws, "twice", "twice")
    with pytest.raises(ClientError, match='Cannot create already existing endpoint configuration "arn:'):
        create_config(aws, "twice", "twice")


# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListEndpoints.html: "defaults to 10"; the others do the same.
def test_a_page_of_a_list_has_ten_by_default(aws, sagemaker):
    for number in range(11):
        sagemaker.create_model(ModelName=f"ten-by-default-{number}", ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE})
    page = sagemaker.list_models(NameContains="ten-by-default-")
    assert len(page["Models"]) == 10
    assert len(sagemaker.list_models(NameContains="ten-by-default-", NextToken=page["NextToken"])["Models"]) == 1


def test_model_and_config_are_described_listed_and_deleted(aws, sagemaker, artifact):
    assert create_model(aws, "Described", artifact)["ModelArn"] == arn(aws, "model", "described")
    model = sagemaker.describe_model(ModelName="Described")
    assert model["PrimaryContainer"]["ModelDataUrl"] == artifact and model["ModelName"] == "Described"
    assert [m["ModelName"] for m in sagemaker.list_models(NameContains="described")["Models"]] == ["Described"]
    create_config(aws, "described", "Described", count=2)
    config = sagemaker.describe_endpoint_config(EndpointConfigName="described")
    assert config["ProductionVariants"][0]["InitialInstanceCount"] == 2
    assert [c["EndpointConfigName"] for c in sagemaker.list_endpoint_configs(NameContains="described")["EndpointConfigs"]] == ["described"]
    sagemaker.delete_endpoint_config(EndpointConfigName="described")
    sagemaker.delete_model(ModelName="Described")
    assert error_of(sagemaker.describe_model, ModelName="Described")[0] == "ValidationException"


@pytest.mark.parametrize("container, expected", [
    ({"Image": "example.com/mine:1"}, "example.com/mine:1"),
    ({"Mode": "MultiModel"}, "MultiModel"),
    ({"ModelDataUrl": "s3://sagemaker-endpoint/nothing.tar.gz"}, "Could not find model data"),
])
def test_model_refuses_what_cannot_be_hosted(aws, artifact, container, expected):
    with pytest.raises(ClientError, match=expected):
        create_model(aws, "refused", **{"artifact": artifact, **{k: v for k, v in container.items() if k != "ModelDataUrl"}}
                     if "ModelDataUrl" not in container else {"artifact": container["ModelDataUrl"]})


def test_endpoint_answers(aws, sagemaker, runtime, endpoint):
    description = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert description["EndpointConfigName"] == endpoint
    variant = description["ProductionVariants"][0]
    assert (variant["VariantName"], variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == ("AllTraffic", 1, 1)
    reply = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="0.9,0.1\n", CustomAttributes="trace=1")
    assert reply["InvokedProductionVariant"] == "AllTraffic"
    assert float(reply["Body"].read()) > 0.5
    reply = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Accept="application/json", Body="0.1,0.9\n")
    assert reply["ContentType"] == "application/json"
    with pytest.raises(ClientError) as raised:
        runtime.invoke_endpoint(EndpointName=endpoint, ContentType="application/x-nothing", Body="x")
    error = raised.value.response
    assert error["Error"]["Code"] == "ModelError" and error["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert error["OriginalStatusCode"] == 415 and error["LogStreamArn"].startswith("arn:aws:logs:")


def test_invoking_nothing_is_a_validation_error(aws, runtime):
    code, message, status = error_of(runtime.invoke_endpoint, EndpointName="nobody", Body=b"x")
    assert (code, status) == ("ValidationError", 400) and message == f"Endpoint nobody of account {aws.account} not found."


def test_update_moves_traffic_without_an_error(aws, sagemaker, runtime, endpoint):
    create_config(aws, endpoint + "-2", endpoint, count=2)
    with calling(runtime, endpoint) as calls:
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint + "-2")
        now = sagemaker.describe_endpoint(EndpointName=endpoint)
        assert now["EndpointStatus"] == "Updating" or now["EndpointConfigName"] == endpoint + "-2"  # Or done already.
        wait_for_endpoint(aws, endpoint)
        after = calls.answers
        wait_until(lambda: calls.answers > after + 20, "answers after the update")
    assert calls.errors == []
    description = sagemaker.describe_endpoint(EndpointName=endpoint)
    assert description["EndpointConfigName"] == endpoint + "-2"
    assert description["ProductionVariants"][0]["CurrentInstanceCount"] == 2


def test_more_instances_than_any_machine_holds_are_refused(aws, sagemaker, endpoint):
    create_config(aws, endpoint + "-many", endpoint, count=2_000_000_000)
    calls = [(sagemaker.create_endpoint, {"EndpointName": "many", "EndpointConfigName": endpoint + "-many"}),
             (sagemaker.update_endpoint, {"EndpointName": endpoint, "EndpointConfigName": endpoint + "-many"}),
             (sagemaker.update_endpoint_weights_and_capacities, {"EndpointName": endpoint, "DesiredWeightsAndCapacities": [
                 {"VariantName": "AllTraffic", "DesiredInstanceCount": 2_000_000_000}]})]
    for call, arguments in calls:
        code, message, status = error_of(call, **arguments)
        assert (code, status) == ("ResourceLimitExceeded", 400) and "'ml.t2.medium for endpoint usage' is 100 Instances" in message


def test_capacity_changes_in_place(aws, sagemaker, runtime, endpoint):
    sagemaker.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=[
        {"VariantName": "AllTraffic", "DesiredInstanceCount": 3}])
    wait_for_endpoint(aws, endpoint)
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"][0]["CurrentInstanceCount"] == 3
    code, message, _ = error_of(sagemaker.update_endpoint_weights_and_capacities, EndpointName=endpoint,
                                DesiredWeightsAndCapacities=[{"VariantName": "nobody", "DesiredWeight": 1}])
    assert code == "ValidationException" and "nobody" in message


def test_corrupt_model_archive_fails_the_endpoint_and_an_update_rolls_back(aws, sagemaker, runtime, bucket, endpoint):
    aws.client("s3").put_object(Bucket=bucket, Key="corrupt.tar.gz", Body=b"this is no archive")
    create_model(aws, "corrupt", f"s3://{bucket}/corrupt.tar.gz")
    create_config(aws, "corrupt", "corrupt")
    sagemaker.create_endpoint(EndpointName="corrupt", EndpointConfigName="corrupt")
    failed = wait_for_endpoint(aws, "corrupt", "Failed")
    assert "corrupt.tar.gz" in failed["FailureReason"] and "tar czf" in failed["FailureReason"]
    delete_endpoint(aws, "corrupt")
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName="corrupt")
    rolled_back = wait_for_endpoint(aws, endpoint)
    assert rolled_back["EndpointConfigName"] == endpoint and "corrupt.tar.gz" in rolled_back["FailureReason"]
    runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="0.9,0.1\n")


def test_archive_that_leaves_its_directory_is_refused(aws, sagemaker, bucket):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("../../escaped")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    aws.client("s3").put_object(Bucket=bucket, Key="escape.tar.gz", Body=buffer.getvalue())
    create_model(aws, "escape", f"s3://{bucket}/escape.tar.gz")
    create_config(aws, "escape", "escape")
    sagemaker.create_endpoint(EndpointName="escape", EndpointConfigName="escape")
    assert "outside" in wait_for_endpoint(aws, "escape", "Failed")["FailureReason"]
    delete_endpoint(aws, "escape")


def test_endpoint_lists_with_filters(sagemaker, endpoint):
    found = sagemaker.list_endpoints(NameContains=endpoint, StatusEquals="InService")["Endpoints"]
    assert [e["EndpointName"] for e in found] == [endpoint]
    assert sagemaker.list_endpoints(NameContains=endpoint, StatusEquals="Failed")["Endpoints"] == []
