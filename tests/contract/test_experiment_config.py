"""ExperimentConfig of jobs, and the calls of the SDK's Run: flows b2 and b2b of shared/reference/client-flows.md."""

import datetime

import pytest

from test_processing_job import CLUSTER
from test_training_job import error_of
from training import IMAGE, job_request, make_bucket, shell_job, wait_for_job


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "sagemaker-experiments")


@pytest.fixture(scope="module")
def sagemaker(aws):
    return aws.client("sagemaker")


@pytest.fixture(scope="module")
def trial(sagemaker):
    sagemaker.create_experiment(ExperimentName="Tracked")
    sagemaker.create_trial(TrialName="Tracked-Trial", ExperimentName="Tracked")
    return {"ExperimentName": "Tracked", "TrialName": "Tracked-Trial"}


def test_a_component_follows_a_training_job(aws, sagemaker, bucket, trial):
    script = "for i in 4 2 3; do echo \"loss=$i;\"; done; echo model > /opt/ml/model/m"
    request = shell_job(aws, bucket, "tracked-1", script, ExperimentConfig={**trial, "TrialComponentDisplayName": "Training"})
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "my:loss", "Regex": "loss=([0-9.]+);"}]
    request["HyperParameters"] = {"eta": "0.3", "kind": "tree"}
    arn = sagemaker.create_training_job(**request)["TrainingJobArn"]
    component = sagemaker.describe_trial_component(TrialComponentName="tracked-1-aws-training-job")
    assert component["Source"] == {"SourceArn": arn, "SourceType": "SageMakerTrainingJob"}
    assert component["Status"]["PrimaryStatus"] == "InProgress" and component["DisplayName"] == "Training"
    assert component["Parameters"] == {
        "eta": {"NumberValue": 0.3}, "kind": {"StringValue": "tree"}, "SageMaker.ImageUri": {"StringValue": IMAGE},
        "SageMaker.InstanceType": {"StringValue": "ml.m5.large"}, "SageMaker.InstanceCount": {"NumberValue": 1.0},
        "SageMaker.VolumeSizeInGB": {"NumberValue": 1.0}}
    job = wait_for_job(aws, "tracked-1")
    assert job["TrainingJobStatus"] == "Completed" and job["ExperimentConfig"] == request["ExperimentConfig"]
    component = sagemaker.describe_trial_component(TrialComponentName="tracked-1-aws-training-job")
    assert component["Status"] == {"PrimaryStatus": "Completed"}
    assert (component["StartTime"], component["EndTime"]) == (job["TrainingStartTime"], job["TrainingEndTime"])
    assert component["InputArtifacts"]["train"] == {"Value": f"s3://{bucket}/train"}
    assert component["OutputArtifacts"] == {"SageMaker.ModelArtifact": {"Value": job["ModelArtifacts"]["S3ModelArtifacts"]}}
    metric = next(one for one in component["Metrics"] if one["MetricName"] == "my:loss")
    assert [metric[name] for name in ("Min", "Max", "Avg", "Last", "Count")] == [2.0, 4.0, 3.0, 3.0, 3]
    assert metric["SourceArn"] == arn
    listed = sagemaker.list_trial_components(SourceArn=arn)["TrialComponentSummaries"]
    assert [(one["TrialComponentName"], one["TrialComponentSource"]["SourceArn"]) for one in listed] == [
        ("tracked-1-aws-training-job", arn)]


def test_a_failed_job_is_told(aws, sagemaker, bucket, trial):
    sagemaker.create_training_job(**shell_job(aws, bucket, "tracked-2", "exit 3", ExperimentConfig=trial))
    job = wait_for_job(aws, "tracked-2")
    component = sagemaker.describe_trial_component(TrialComponentName="tracked-2-aws-training-job")
    assert component["Status"] == {"PrimaryStatus": "Failed", "Message": job["FailureReason"]}
    assert "OutputArtifacts" not in component


def test_a_processing_job_is_tracked(aws, sagemaker, bucket, trial):
    arn = sagemaker.create_processing_job(
        ProcessingJobName="tracked-p", RoleArn=aws.role, ProcessingResources={"ClusterConfig": CLUSTER},
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["/bin/true"]}, ExperimentConfig=trial)["ProcessingJobArn"]
    component = sagemaker.describe_trial_component(TrialComponentName="tracked-p-aws-processing-job")
    assert component["Source"] == {"SourceArn": arn, "SourceType": "SageMakerProcessingJob"}
    assert component["Parameters"]["SageMaker.InstanceType"] == {"StringValue": "ml.m5.large"}
    assert sagemaker.describe_processing_job(ProcessingJobName="tracked-p")["ExperimentConfig"] == trial


# Search sees the trials of a component and the job that it comes from: SDK, sagemaker/analytics.py and experiments/run.py.
def test_search_sees_parents_and_the_job(aws, sagemaker, bucket, trial):
    sagemaker.create_training_job(**shell_job(aws, bucket, "tracked-3", "true", ExperimentConfig=trial))
    wait_for_job(aws, "tracked-3")

    def search(**filters):
        expression = {"Filters": [{"Name": name.replace("_", "."), "Operator": "Equals", "Value": value}
                                  for name, value in filters.items()]}
        results = sagemaker.search(Resource="ExperimentTrialComponent", SearchExpression=expression, MaxResults=100)["Results"]
        return {result["TrialComponent"]["TrialComponentName"]: result["TrialComponent"] for result in results}

    name = "tracked-3-aws-training-job"
    found = search(Parents_TrialName="Tracked-Trial", TrialComponentName=name)
    assert found[name]["Parents"] == [{"TrialName": "Tracked-Trial", "ExperimentName": "Tracked"}]
    assert found[name]["SourceDetail"]["TrainingJob"]["TrainingJobName"] == "tracked-3"
    assert name in search(Parents_ExperimentName="Tracked")
    assert search(Parents_ExperimentName="Another") == {} == search(Parents_TrialName="Another", TrialComponentName=name)


def test_what_does_not_fit_is_refused(aws, sagemaker, bucket, trial):
    sagemaker.create_experiment(ExperimentName="other")

    def refused(config):
        return error_of(sagemaker.create_training_job, **job_request(aws, bucket, "never", ExperimentConfig=config))[:2]

    arn = f"arn:aws:sagemaker:{aws.region}:{aws.account}"
    assert refused({"ExperimentName": "none"}) == ("ResourceNotFound", f"Experiment '{arn}:experiment/none' does not exist.")
    assert refused({"TrialName": "none"}) == ("ResourceNotFound", f"Trial '{arn}:experiment-trial/none' does not exist.")
    assert refused({"ExperimentName": "other", "TrialName": "Tracked-Trial"}) == (
        "ValidationException", "Trial Tracked-Trial is part of experiment Tracked, not of other.")
    assert refused({**trial, "RunName": "none"})[0] == "ResourceNotFound"
    assert error_of(sagemaker.describe_training_job, TrainingJobName="never")[0] == "ValidationException"
    sagemaker.delete_experiment(ExperimentName="other")


def test_the_calls_of_the_sdks_run(aws, sagemaker, bucket):
    """What `with Run(experiment, run) as run: run.log_...; estimator.fit(experiment_config=run.experiment_config)` sends."""
    experiment, group, run = "run-exp", "Default-Run-Group-run-exp", "run-exp-first"
    tags = [{"Key": "sagemaker:trial-component-source", "Value": "run"}]
    sagemaker.create_experiment(ExperimentName=experiment)
    sagemaker.create_trial(ExperimentName=experiment, TrialName=group)
    sagemaker.create_trial_component(TrialComponentName=run, Tags=tags)

    def in_group():
        filters = [{"Name": "TrialComponentName", "Operator": "Equals", "Value": run},
                   {"Name": "Parents.TrialName", "Operator": "Equals", "Value": group}]
        return sagemaker.search(Resource="ExperimentTrialComponent", SearchExpression={"Filters": filters})["Results"]

    assert in_group() == []
    sagemaker.associate_trial_component(TrialName=group, TrialComponentName=run)
    assert in_group()[0]["TrialComponent"]["Tags"] == tags
    now = datetime.datetime.now(datetime.timezone.utc)
    sagemaker.update_trial_component(TrialComponentName=run, Status={"PrimaryStatus": "InProgress"}, StartTime=now,
                                     Parameters={"p1": {"NumberValue": 1.0}})
    metrics = aws.client("sagemaker-metrics")
    data = [{"MetricName": "loss", "Value": 0.5, "Timestamp": int(now.timestamp()), "Step": 0}]
    assert metrics.batch_put_metrics(TrialComponentName=run, MetricData=data)["Errors"] == []

    # The second time everything is there, and Run goes on with what there is.
    for call, arguments, describe in [
            (sagemaker.create_experiment, {"ExperimentName": experiment}, sagemaker.describe_experiment),
            (sagemaker.create_trial, {"ExperimentName": experiment, "TrialName": group}, sagemaker.describe_trial),
            (sagemaker.create_trial_component, {"TrialComponentName": run}, sagemaker.describe_trial_component)]:
        code, message, _ = error_of(call, **arguments)
        assert code == "ValidationException" and "already exists" in message
        name = list(arguments)[-1]
        assert describe(**{name: arguments[name]})[name] == arguments[name]

    config = {"ExperimentName": experiment, "TrialName": group, "RunName": run}
    arn = sagemaker.create_training_job(**shell_job(aws, bucket, "run-job", "true", ExperimentConfig=config))["TrainingJobArn"]
    assert wait_for_job(aws, "run-job")["ExperimentConfig"] == config
    component = sagemaker.describe_trial_component(TrialComponentName=run)
    assert component["Sources"] == [{"SourceArn": arn, "SourceType": "SageMakerTrainingJob"}]
    assert component["Metrics"][0]["Last"] == 0.5 and component["Parameters"] == {"p1": {"NumberValue": 1.0}}
    listed = sagemaker.list_trial_components(ExperimentName=experiment)["TrialComponentSummaries"]
    assert {one["TrialComponentName"] for one in listed} == {run, "run-job-aws-training-job"}
