"""What waits, fails, crashes or is restarted holds nothing else and leaves a way on. The states and failures one by one are in
src/sagemaker/hosting/endpoint_walk_test.cc and src/sagemaker/training/training_job_walk_test.cc; here is what a client sees."""

import os
import signal
import threading
import time

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from live_server import wait_until
from training import (IMAGE, create_config, create_model, delete_endpoint, make_bucket, shell_job, train, wait_for_endpoint,
                      wait_for_job)


@pytest.fixture
def bucket(server):
    return make_bucket(server, "sagemaker-stuck")


def serve(server, bucket, name):
    create_model(server, name, train(server, bucket, f"trained-{name}"))
    create_config(server, name, name)
    server.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    return wait_for_endpoint(server, name)


def create_large_config(server, name, model, count):
    variant = {"VariantName": "AllTraffic", "ModelName": model, "InstanceType": "ml.m5.24xlarge", "InitialInstanceCount": count}
    server.client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def set_count(server, endpoint, count):
    server.client("sagemaker").update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=[
        {"VariantName": "AllTraffic", "DesiredInstanceCount": count}])


def invoke(server, endpoint):
    reply = server.client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="0.9,0.1\n")
    return float(reply["Body"].read())


# The FailureReason begins with AWS's words for it: https://repost.aws/knowledge-center/sagemaker-insufficient-capacity-error.
def test_what_the_machine_can_never_give_fails_alone_and_leaves_a_way_on(server, bucket):
    sagemaker = server.client("sagemaker")
    serve(server, bucket, "e")
    set_count(server, "e", 90)
    given_up = wait_for_endpoint(server, "e", seconds=10)
    assert given_up["FailureReason"].startswith("Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error")
    assert "90 x ml.t2.medium need" in given_up["FailureReason"] and "free are" in given_up["FailureReason"]
    variant = given_up["ProductionVariants"][0]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (1, 1)
    assert invoke(server, "e") > 0.5
    create_large_config(server, "huge", "e", 60)
    sagemaker.create_endpoint(EndpointName="huge", EndpointConfigName="huge")
    assert "InsufficientInstanceCapacity" in wait_for_endpoint(server, "huge", "Failed", seconds=10)["FailureReason"]
    delete_endpoint(server, "huge")
    train(server, bucket, "beside")
    set_count(server, "e", 2)
    after = wait_for_endpoint(server, "e")
    assert after["ProductionVariants"][0]["CurrentInstanceCount"] == 2 and "FailureReason" not in after


def test_an_endpoint_that_waits_for_room_holds_no_job_and_can_be_deleted(server, bucket):
    sagemaker = server.client("sagemaker")
    create_model(server, "m", train(server, bucket, "trained"))
    create_large_config(server, "half", "m", 1)
    create_large_config(server, "all", "m", 2)
    sagemaker.create_endpoint(EndpointName="half", EndpointConfigName="half")
    wait_for_endpoint(server, "half")
    sagemaker.create_endpoint(EndpointName="all", EndpointConfigName="all")

    def why_it_waits():
        endpoint = sagemaker.describe_endpoint(EndpointName="all")
        assert endpoint["EndpointStatus"] == "Creating"
        return endpoint["ProductionVariants"][0].get("VariantStatus", [{}])[0].get("StatusMessage")
    assert wait_until(why_it_waits, "a reason for waiting").startswith("Waiting for room on this machine: 2 x ml.m5.24xlarge need")
    train(server, bucket, "behind")
    delete_endpoint(server, "all")
    assert invoke(server, "half") > 0.5


def test_after_a_failed_update_the_next_operation_goes_on_from_what_serves(server, bucket):
    sagemaker = server.client("sagemaker")
    serve(server, bucket, "e")
    server.client("s3").put_object(Bucket=bucket, Key="corrupt.tar.gz", Body=b"this is no archive")
    create_model(server, "corrupt", f"s3://{bucket}/corrupt.tar.gz")
    create_config(server, "corrupt", "corrupt")
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="corrupt")
    assert "corrupt.tar.gz" in wait_for_endpoint(server, "e")["FailureReason"]
    set_count(server, "e", 2)
    weighted = wait_for_endpoint(server, "e")
    assert weighted["EndpointConfigName"] == "e" and weighted["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    create_config(server, "next", "e")
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="next")
    updated = wait_for_endpoint(server, "e")
    assert updated["EndpointConfigName"] == "next" and "FailureReason" not in updated
    assert invoke(server, "e") > 0.5


# Once 399 starts in 10 seconds.
def test_a_container_that_crashes_fails_its_endpoint_in_time_with_its_last_lines(stand_in):
    server = stand_in('[ "$1" = serve ] && { echo "no such model: sorry"; exit 3; }; exit 0')
    server.client("sagemaker").create_model(ModelName="m", ExecutionRoleArn=server.role, PrimaryContainer={"Image": IMAGE})
    create_config(server, "c", "m")
    server.client("sagemaker").create_endpoint(EndpointName="e", EndpointConfigName="c")
    reason = wait_for_endpoint(server, "e", "Failed", seconds=20)["FailureReason"]
    assert "exited with code 3" in reason and "Its last lines: no such model: sorry" in reason
    streams = server.client("logs").describe_log_streams(logGroupName="/aws/sagemaker/Endpoints/e")["logStreams"]
    events = server.client("logs").get_log_events(logGroupName="/aws/sagemaker/Endpoints/e", logStreamName=streams[0]["logStreamName"],
                                                  startFromHead=True)["events"]
    assert sum(event["message"] == "no such model: sorry" for event in events) == 4


def test_the_first_request_that_a_restarted_server_accepts_is_answered(server, bucket):
    serve(server, bucket, "e")
    once = server.client("sagemaker-runtime", config=Config(retries={"total_max_attempts": 1}, proxies={}))
    for _ in range(5):
        server.kill()
        starting = []

        def first_answer():
            try:
                return once.invoke_endpoint(EndpointName="e", ContentType="text/csv", Body="0.9,0.1\n")
            except (ConnectionError, HTTPClientError):  # Nothing listens yet.
                return None
        thread = threading.Thread(target=lambda: starting.append(wait_until(first_answer, "the first accepted request")))
        thread.start()
        server.start()
        thread.join()
        assert float(starting[0]["Body"].read()) > 0.5


def test_an_endpoint_whose_instance_went_with_the_server_is_known_and_comes_back(server, bucket):
    serve(server, bucket, "e")
    server.kill()
    for supervisor in server.workloads():
        os.kill(supervisor, signal.SIGKILL)
    server.start()

    def answers():
        try:
            return invoke(server, "e") > 0.5
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("ServiceUnavailable", "ModelError"), error
            return False
    wait_until(answers, "the endpoint to answer again")


def test_a_server_that_stops_waits_for_no_upload(server, bucket):
    script = "head -c 100000000 /dev/urandom > /opt/ml/model/m"
    for number in range(4):
        server.client("sagemaker").create_training_job(**shell_job(server, bucket, f"j{number}", script))

    def uploads():
        return any(server.client("sagemaker").describe_training_job(TrainingJobName=f"j{number}")["SecondaryStatus"] == "Uploading"
                   for number in range(4))
    wait_until(uploads, "an upload")
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 3
    server.start()
    for number in range(4):
        assert wait_for_job(server, f"j{number}")["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize("member, value", [
    ("ContainerMetricsConfig", {"MetricsEndpoints": [{"MetricsEndpointPath": "/metrics"}]}),
    ("ImageConfig", {"RepositoryAccessMode": "Platform", "RepositoryAuthConfig": {
        "RepositoryCredentialsProviderArn": "arn:aws:lambda:us-east-1:123456789012:function:f"}}),
])
def test_a_model_refuses_what_would_have_no_effect(aws, member, value):
    with pytest.raises(ClientError, match=member):
        aws.client("sagemaker").create_model(ModelName="refused", ExecutionRoleArn=aws.role,
                                             PrimaryContainer={"Image": IMAGE, member: value})


def test_routing_strategies_have_their_effect_or_are_refused(aws):
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(ModelName="routed", ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE})
    variant = {"VariantName": "v", "ModelName": "routed", "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}
    for strategy in ("PREFIX_AWARE", "KV_AWARE"):
        with pytest.raises(ClientError, match="RoutingConfig of variant v"):
            sagemaker.create_endpoint_config(EndpointConfigName="routed", ProductionVariants=[
                {**variant, "RoutingConfig": {"RoutingStrategy": strategy}}])
    sagemaker.create_endpoint_config(EndpointConfigName="routed", ProductionVariants=[
        {**variant, "RoutingConfig": {"RoutingStrategy": "RANDOM"}}])
    described = sagemaker.describe_endpoint_config(EndpointConfigName="routed")["ProductionVariants"][0]
    assert described["RoutingConfig"] == {"RoutingStrategy": "RANDOM"}
