"""UpdateEndpoint with DeploymentConfig, several production variants, and waiting for instances. Facts: Developer Guide deployment-guardrails*.md,
API_UpdateEndpoint, API_UpdateEndpointWeightsAndCapacities, API_InvokeEndpoint."""

import pytest
from botocore.exceptions import ClientError

from live_server import Server, wait_until
from test_endpoint import calling
from test_training_job import error_of
from training import create_config, create_model, delete_endpoint, make_bucket, train, wait_for_endpoint

QUIET = {"Namespace": "test", "MetricName": "nothing", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
         "ComparisonOperator": "GreaterThanThreshold"}


@pytest.fixture(scope="module")
def artifact(aws):
    return train(aws, make_bucket(aws, "sagemaker-deployment"), "model-to-deploy")


@pytest.fixture(scope="module")
def sagemaker(aws):
    return aws.client("sagemaker")


@pytest.fixture(scope="module")
def runtime(aws):
    return aws.client("sagemaker-runtime")


@pytest.fixture
def endpoint(aws, sagemaker, artifact, request):
    """Two instances in service, and a configuration NAME-2 of as many."""
    name = request.node.name.replace("_", "-").replace("[", "-").replace("]", "")[:50].strip("-")
    create_model(aws, name, artifact)
    create_config(aws, name, name, count=2)
    create_config(aws, name + "-2", name, count=2)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_for_endpoint(aws, name)
    yield name
    delete_endpoint(aws, name)


def blue_green(kind, bake=1, **size):
    size = {member: {"Type": "CAPACITY_PERCENT", "Value": value} for member, value in size.items()}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": bake, **size}}}


ROLLING = {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 1}}


@pytest.mark.parametrize("config", [
    pytest.param(blue_green("ALL_AT_ONCE"), id="all-at-once"),
    pytest.param(blue_green("CANARY", CanarySize=25), id="canary"),
    pytest.param(blue_green("LINEAR", LinearStepSize=50), id="linear"),
    pytest.param(ROLLING, id="rolling"),
])
def test_each_way_to_deploy_loses_no_request(aws, sagemaker, runtime, endpoint, config):
    with calling(runtime, endpoint) as calls:
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint + "-2", DeploymentConfig=config)
        baking = wait_until(lambda: next((d for d in [sagemaker.describe_endpoint(EndpointName=endpoint)] if "Baking" in str(d)), None), "baking")
        assert baking["EndpointStatus"] == "Updating" and baking["EndpointConfigName"] == endpoint
        pending = baking["PendingDeploymentSummary"]
        assert pending["EndpointConfigName"] == endpoint + "-2"
        assert pending["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Baking"
        done = wait_for_endpoint(aws, endpoint)
        after = calls.answers
        wait_until(lambda: calls.answers > after + 20, "answers after the update")
    assert calls.errors == []
    assert done["EndpointConfigName"] == endpoint + "-2" and done["LastDeploymentConfig"] == config
    assert "FailureReason" not in done and "PendingDeploymentSummary" not in done


def test_an_alarm_rolls_a_deployment_back(aws, sagemaker, runtime, endpoint):
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="too-many-errors", **QUIET)
    config = {**blue_green("CANARY", bake=600, CanarySize=25), "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "too-many-errors"}]}}
    with calling(runtime, endpoint) as calls:
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint + "-2", DeploymentConfig=config)
        wait_until(lambda: "Baking" in str(sagemaker.describe_endpoint(EndpointName=endpoint)), "baking")
        cloudwatch.set_alarm_state(AlarmName="too-many-errors", StateValue="ALARM", StateReason="the test says so")
        back = wait_for_endpoint(aws, endpoint)
    assert calls.errors == []
    assert back["EndpointConfigName"] == endpoint and "alarm too-many-errors" in back["FailureReason"]
    cloudwatch.delete_alarms(AlarmNames=["too-many-errors"])
    code, message, _ = error_of(sagemaker.update_endpoint, EndpointName=endpoint, EndpointConfigName=endpoint + "-2", DeploymentConfig=config)
    assert code == "ValidationException" and "the alarm too-many-errors, which does not exist" in message


def test_what_a_deployment_cannot_do_is_refused(sagemaker, endpoint):
    for config, expected in [
        (blue_green("CANARY", CanarySize=75), "CanarySize is 75 %"),
        (blue_green("LINEAR", LinearStepSize=5), "LinearStepSize is 5 %"),
        (blue_green("LINEAR"), "needs a LinearStepSize"),
        (blue_green("ALL_AT_ONCE", CanarySize=25), "CanarySize belongs to the type CANARY"),
        ({"RollingUpdatePolicy": {**ROLLING["RollingUpdatePolicy"], "RollbackMaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}}},
         "RollbackMaximumBatchSize is not supported"),
    ]:
        with pytest.raises(ClientError, match=expected):
            sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint + "-2", DeploymentConfig=config)
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService"


def test_an_update_keeps_variant_properties_and_its_way_when_asked(aws, sagemaker, endpoint):
    update = {"EndpointName": endpoint, "EndpointConfigName": endpoint + "-2"}
    sagemaker.update_endpoint(**update, DeploymentConfig=blue_green("ALL_AT_ONCE", bake=0))
    wait_for_endpoint(aws, endpoint)
    sagemaker.update_endpoint(**update, RetainDeploymentConfig=True)
    assert wait_for_endpoint(aws, endpoint)["LastDeploymentConfig"] == blue_green("ALL_AT_ONCE", bake=0)
    sagemaker.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=[
        {"VariantName": "AllTraffic", "DesiredInstanceCount": 1, "DesiredWeight": 7}])
    wait_for_endpoint(aws, endpoint)
    sagemaker.update_endpoint(**update, RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}])
    variant = wait_for_endpoint(aws, endpoint)["ProductionVariants"][0]
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (1, 1)
    sagemaker.update_endpoint(**update)
    assert wait_for_endpoint(aws, endpoint)["ProductionVariants"][0]["CurrentInstanceCount"] == 2


def test_variants_share_the_traffic_by_their_weights(aws, sagemaker, runtime, artifact):
    create_model(aws, "shared", artifact)
    variant = lambda name, weight, count: {"VariantName": name, "ModelName": "shared", "InstanceType": "ml.t2.medium",
                                           "InitialInstanceCount": count, "InitialVariantWeight": weight}
    sagemaker.create_endpoint_config(EndpointConfigName="shared", ProductionVariants=[variant("a", 3, 1), variant("b", 1, 1)])
    sagemaker.create_endpoint(EndpointName="shared", EndpointConfigName="shared")
    wait_for_endpoint(aws, "shared")
    invoke = lambda **more: runtime.invoke_endpoint(EndpointName="shared", ContentType="text/csv", Body="0.9,0.1\n",
                                                    **more)["InvokedProductionVariant"]
    assert 73 <= [invoke() for _ in range(100)].count("a") <= 77
    assert {invoke(TargetVariant="b") for _ in range(10)} == {"b"}
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="shared", DesiredWeightsAndCapacities=[
        {"VariantName": "a", "DesiredWeight": 0}, {"VariantName": "b", "DesiredInstanceCount": 2}])
    variants = {v["VariantName"]: v for v in wait_for_endpoint(aws, "shared")["ProductionVariants"]}
    assert (variants["a"]["CurrentWeight"], variants["b"]["CurrentInstanceCount"]) == (0, 2)
    assert {invoke() for _ in range(20)} == {"b"}
    assert invoke(TargetVariant="a") == "a"
    delete_endpoint(aws, "shared")


def test_what_waits_for_instances_says_so_and_can_be_deleted_at_once(aws, sagemaker, artifact):
    create_model(aws, "waits", artifact)
    # More than half of the machine each, whatever it has: one instance gets half of its memory at most.
    for name in ("holds", "waits"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[
            {"VariantName": "v", "ModelName": "waits", "InstanceType": "ml.r5.24xlarge", "InitialInstanceCount": 2}])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        wait_until(lambda: sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
                   or "Waiting" in str(sagemaker.describe_endpoint(EndpointName=name)), "an answer of the capacity")
    waiting = sagemaker.describe_endpoint(EndpointName="waits")
    assert waiting["EndpointStatus"] == "Creating"
    assert "Waiting for room" in waiting["ProductionVariants"][0]["VariantStatus"][0]["StatusMessage"]
    sagemaker.delete_endpoint(EndpointName="waits")
    wait_until(lambda: not sagemaker.list_endpoints(NameContains="waits")["Endpoints"], "what waited to go", 5)
    delete_endpoint(aws, "holds")


def test_the_wait_for_instances_is_bounded_by_an_option(tmp_path):
    server = Server(tmp_path / "data", "--instance-wait-max", "1")
    try:
        sagemaker = server.client("sagemaker")
        create_model(server, "waits", train(server, make_bucket(server, "sagemaker-waits"), "model-that-waits"))
        sagemaker.create_endpoint_config(EndpointConfigName="all", ProductionVariants=[
            {"VariantName": "v", "ModelName": "waits", "InstanceType": "ml.r5.24xlarge", "InitialInstanceCount": 2}])
        sagemaker.create_endpoint(EndpointName="holds", EndpointConfigName="all")
        wait_for_endpoint(server, "holds")
        sagemaker.create_endpoint(EndpointName="waits", EndpointConfigName="all")
        reason = wait_for_endpoint(server, "waits", "Failed")["FailureReason"]
        assert "InsufficientInstanceCapacity error: no instances became free within 1 seconds" in reason
    finally:
        server.end()
