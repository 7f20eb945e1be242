"""TrainingJob: every operation, the /opt/ml contract, how jobs end. Facts: SageMaker Developer Guide, pages
your-algorithms-training-algo*, API_DescribeTrainingJob, API_ListTrainingJobs; error phrases that clients match."""

import datetime
import io
import json
import tarfile

import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from training import channel, job_request, log_lines, make_bucket, shell_job, train, wait_for_job


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "sagemaker-training-job")


@pytest.fixture(scope="module")
def sagemaker(aws):
    return aws.client("sagemaker")


def error_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def run_shell(aws, bucket, name, script, **changes):
    aws.client("sagemaker").create_training_job(**shell_job(aws, bucket, name, script, **changes))
    return wait_for_job(aws, name)


def read_tar(aws, uri):
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    body = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive.getmembers() if m.isfile()}


def test_runs_to_completion_and_tells_what_clients_read(aws, sagemaker, bucket):
    arn = sagemaker.create_training_job(**job_request(aws, bucket, "complete"))["TrainingJobArn"]
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:training-job/complete"
    job = wait_for_job(aws, "complete")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed"), job.get("FailureReason")
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{bucket}/output/complete/output/model.tar.gz"
    assert job["OutputDataConfig"]["KmsKeyId"] == ""
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"] <= job["LastModifiedTime"]
    assert job["BillableTimeInSeconds"] >= 1
    transitions = job["SecondaryStatusTransitions"]
    assert [t["Status"] for t in transitions] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all(a["EndTime"] == b["StartTime"] for a, b in zip(transitions, transitions[1:]))
    metrics = {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]}
    definitions = {d["Name"] for d in job["AlgorithmSpecification"]["MetricDefinitions"]}  # Read by TrainingJobAnalytics.
    assert {"train:logloss", "validation:auc"} <= definitions
    assert set(metrics) == {"train:logloss", "validation:logloss"} and 0 < metrics["validation:logloss"] < 0.7
    assert "xgboost-model" in read_tar(aws, job["ModelArtifacts"]["S3ModelArtifacts"])


def test_refuses_a_name_that_is_taken(aws, sagemaker, bucket):
    run_shell(aws, bucket, "taken", "true")
    code, message, status = error_of(sagemaker.create_training_job, **job_request(aws, bucket, "taken"))
    assert (code, status) == ("ResourceInUse", 400) and "already exists" in message


def test_missing_job_is_a_validation_exception(sagemaker):
    for call in (sagemaker.describe_training_job, sagemaker.stop_training_job, sagemaker.delete_training_job):
        assert error_of(call, TrainingJobName="nobody") == ("ValidationException", "Requested resource not found.", 400)


def test_reports_every_constraint_that_fails(aws, sagemaker, bucket):
    code, message, _ = error_of(sagemaker.describe_training_job, TrainingJobName="no_underscore")
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value 'no_underscore' at 'trainingJobName' failed to satisfy constraint: "
                              "Member must satisfy regular expression pattern: ")


@pytest.mark.parametrize("changes, expected", [
    ({"AlgorithmSpecification": {"TrainingImage": "example.com/mine:1", "TrainingInputMode": "File"}}, "example.com/mine:1"),
    ({"RoleArn": "arn:aws:iam::123456789012:role/NoSuchRole"}, "NoSuchRole"),
    ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, "VpcConfig"),
    ({"ResourceConfig": {"InstanceType": "ml.g7.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}}, "ml.g7.2xlarge"),  # Waited for ever once.
    ({"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}}, "InstanceCount"),
    ({"StoppingCondition": {"MaxRuntimeInSeconds": 29 * 86400}}, "MaxRuntimeInSeconds"),
    ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds"),
    ({"OutputDataConfig": {"S3OutputPath": "https://example.com/x"}}, "S3OutputPath"),
])
def test_refuses_what_it_cannot_do_and_says_why(aws, sagemaker, bucket, changes, expected):
    code, message, status = error_of(sagemaker.create_training_job, **job_request(aws, bucket, "refused", **changes))
    assert code in ("ValidationException", "ResourceLimitExceeded") and status == 400
    assert expected in message


def test_lays_out_opt_ml(aws, bucket):
    script = """
      cat /opt/ml/input/config/hyperparameters.json /opt/ml/input/config/inputdataconfig.json /opt/ml/input/config/resourceconfig.json
      echo; cd /opt/ml/input/data; find train validation -type f | sort; echo $TRAINING_JOB_NAME $TRAINING_JOB_ARN $AWS_REGION $MINE
      echo model > /opt/ml/model/m; mkdir /opt/ml/output/data/sub; echo data > /opt/ml/output/data/sub/d"""
    job = run_shell(aws, bucket, "layout", script, Environment={"MINE": "yes"})
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    lines = log_lines(aws, "layout")
    text = "".join(lines[:1])
    hyperparameters, position = json.JSONDecoder().raw_decode(text)
    inputs, length = json.JSONDecoder().raw_decode(text[position:])
    resources, _ = json.JSONDecoder().raw_decode(text[position + length:])
    assert hyperparameters == {}
    assert inputs["train"] == {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None",
                               "ContentType": "text/csv"}
    assert resources["current_host"] == "algo-1" and resources["hosts"] == ["algo-1"]
    assert lines[1:3] == ["train/part-0.csv", "validation/part-0.csv"]
    assert lines[3] == f"layout arn:aws:sagemaker:{aws.region}:{aws.account}:training-job/layout {aws.region} yes"
    assert read_tar(aws, f"s3://{bucket}/output/layout/output/model.tar.gz") == {"m": b"model\n"}
    assert read_tar(aws, f"s3://{bucket}/output/layout/output/output.tar.gz") == {"sub/d": b"data\n"}


def test_reads_a_manifest(aws, sagemaker, bucket):
    aws.client("s3").put_object(Bucket=bucket, Key="list.manifest", Body=json.dumps([{"prefix": f"s3://{bucket}/"}, "train/part-0.csv"]))
    manifest = channel(bucket, "train", S3DataType="ManifestFile", S3Uri=f"s3://{bucket}/list.manifest")
    run_shell(aws, bucket, "manifest", "find /opt/ml/input/data/train -type f", InputDataConfig=[manifest])
    assert log_lines(aws, "manifest") == ["/opt/ml/input/data/train/train/part-0.csv"]


def test_failure_file_becomes_the_failure_reason(aws, bucket):
    job = run_shell(aws, bucket, "failure-file", "echo 'set eta below 1' > /opt/ml/output/failure; exit 3")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == "AlgorithmError: set eta below 1, exit code: 3"


def test_failure_without_a_file_shows_the_last_lines(aws, bucket):
    job = run_shell(aws, bucket, "failure-log", "echo 'Traceback: no such column' >&2; exit 1")
    assert job["FailureReason"] == "AlgorithmError: Traceback: no such column, exit code: 1"


def test_wrong_hyperparameter_fails_the_job_with_advice(aws, sagemaker, bucket):
    sagemaker.create_training_job(**job_request(aws, bucket, "bad-eta", HyperParameters={
        "objective": "binary:logistic", "num_round": "5", "eta": "7"}))
    job = wait_for_job(aws, "bad-eta")
    assert job["TrainingJobStatus"] == "Failed"
    assert "eta" in job["FailureReason"] and "7" in job["FailureReason"]


def test_stop_sends_sigterm_and_keeps_the_model(aws, sagemaker, bucket):
    script = "trap 'echo saved > /opt/ml/model/m; exit 0' TERM; echo ready; while true; do sleep 0.05; done"
    sagemaker.create_training_job(**shell_job(aws, bucket, "stopped", script))
    wait_until(lambda: sagemaker.describe_training_job(TrainingJobName="stopped")["SecondaryStatus"] == "Training"
               and log_lines(aws, "stopped") == ["ready"], "the job to run")
    sagemaker.stop_training_job(TrainingJobName="stopped")
    job = wait_for_job(aws, "stopped")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert read_tar(aws, job["ModelArtifacts"]["S3ModelArtifacts"]) == {"m": b"saved\n"}
    code, message, _ = error_of(sagemaker.stop_training_job, TrainingJobName="stopped")
    assert code == "ValidationException" and "Stopped" in message


def test_runtime_limit_stops_the_job(aws, bucket):
    job = run_shell(aws, bucket, "too-long", "sleep 60", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_role_limits_what_a_job_reads(aws, sagemaker, bucket):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="private-data")
    s3.put_object(Bucket="private-data", Key="train/a.csv", Body=b"1,2\n")
    request = job_request(aws, bucket, "private", InputDataConfig=[channel("private-data", "train")])
    sagemaker.create_training_job(**request)
    job = wait_for_job(aws, "private")
    assert job["TrainingJobStatus"] == "Failed" and "is not authorized to perform: s3:" in job["FailureReason"]


def test_network_isolation_cuts_the_job_off(aws, bucket):
    script = "p=${AWS_ENDPOINT_URL##*:}; (exec 3<>/dev/tcp/127.0.0.1/$p) && echo reached || echo isolated"
    run_shell(aws, bucket, "isolated", script, EnableNetworkIsolation=True)
    assert log_lines(aws, "isolated")[-1] == "isolated"


def test_checkpoints_go_to_s3_and_come_back(aws, bucket):
    config = {"S3Uri": f"s3://{bucket}/checkpoints"}
    run_shell(aws, bucket, "checkpoint-1", "echo one > /opt/ml/checkpoints/c1; echo two > /opt/ml/checkpoints/c2", CheckpointConfig=config)
    run_shell(aws, bucket, "checkpoint-2", "cat /opt/ml/checkpoints/c1; rm /opt/ml/checkpoints/c2", CheckpointConfig=config)
    assert log_lines(aws, "checkpoint-2") == ["one"]
    keys = [o["Key"] for o in aws.client("s3").list_objects_v2(Bucket=bucket, Prefix="checkpoints")["Contents"]]
    assert keys == ["checkpoints/c1"]


def test_own_metric_definitions_are_captured(aws, bucket, sagemaker):
    request = shell_job(aws, bucket, "own-metrics", "echo 'loss=0.5;'; echo 'loss=0.25;'")
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=([0-9.]+);"}]
    sagemaker.create_training_job(**request)
    job = wait_for_job(aws, "own-metrics")
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("loss", 0.25)]
    request["TrainingJobName"] = "bad-metrics"
    request["AlgorithmSpecification"]["MetricDefinitions"][0]["Regex"] = "loss=("
    code, message, _ = error_of(sagemaker.create_training_job, **request)
    assert code == "ValidationException" and '"loss"' in message


def test_lists_with_filters_sorting_and_pages(aws, sagemaker, bucket):
    names = [f"listed-{i}" for i in range(5)]
    for name in names:
        run_shell(aws, bucket, name, "exit 1" if name == "listed-3" else "true")
    pages = list(sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains="LISTED", SortBy="Name", SortOrder="Descending", PaginationConfig={"PageSize": 2}))
    assert [j["TrainingJobName"] for p in pages for j in p["TrainingJobSummaries"]] == names[::-1]
    assert [len(p["TrainingJobSummaries"]) for p in pages] == [2, 2, 1]
    only = lambda **f: [j["TrainingJobName"] for j in sagemaker.list_training_jobs(NameContains="listed", SortBy="Name", SortOrder="Ascending", **f)["TrainingJobSummaries"]]
    assert only(StatusEquals="Failed") == ["listed-3"]
    created = sagemaker.describe_training_job(TrainingJobName="listed-2")["CreationTime"]
    assert only(CreationTimeAfter=created) == ["listed-2", "listed-3", "listed-4"]
    assert only(CreationTimeBefore=created) == ["listed-0", "listed-1"]
    assert only(LastModifiedTimeAfter=datetime.datetime.now(datetime.timezone.utc)) == []
    assert only(WarmPoolStatusEquals="Available") == []
    code, _, _ = error_of(sagemaker.list_training_jobs, NextToken="made-up")
    assert code == "ValidationException"


def test_delete_removes_an_ended_job_only(aws, sagemaker, bucket):
    sagemaker.create_training_job(**shell_job(aws, bucket, "running", "sleep 60"))
    code, _, _ = error_of(sagemaker.delete_training_job, TrainingJobName="running")
    assert code == "ResourceInUse"
    sagemaker.stop_training_job(TrainingJobName="running")
    wait_for_job(aws, "running")
    sagemaker.delete_training_job(TrainingJobName="running")
    assert error_of(sagemaker.describe_training_job, TrainingJobName="running")[0] == "ValidationException"


def test_operations_that_are_not_built_say_so(sagemaker):
    code, _, _ = error_of(sagemaker.describe_domain, DomainId="d-1")
    assert code == "UnknownOperationException"
