"""Experiment: boto3 on a live server."""

import pytest

from test_training_job import error_of


@pytest.fixture
def sagemaker(aws):
    return aws.client("sagemaker")


def test_an_experiment_is_created_updated_and_deleted(aws, sagemaker):
    arn = sagemaker.create_experiment(ExperimentName="My-Exp", Description="d",
                                      Tags=[{"Key": "team", "Value": "x"}])["ExperimentArn"]
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:experiment/my-exp"
    experiment = sagemaker.describe_experiment(ExperimentName="my-exp")
    assert (experiment["ExperimentName"], experiment["DisplayName"], experiment["Description"]) == ("My-Exp", "My-Exp", "d")
    assert experiment["CreatedBy"]["IamIdentity"]["Arn"].startswith("arn:aws:iam::")
    sagemaker.update_experiment(ExperimentName="My-Exp", DisplayName="shown", Description="e")
    experiment = sagemaker.describe_experiment(ExperimentName="My-Exp")
    assert (experiment["DisplayName"], experiment["Description"]) == ("shown", "e")
    summary = sagemaker.list_experiments()["ExperimentSummaries"][0]
    assert (summary["ExperimentName"], summary["DisplayName"], summary["ExperimentArn"]) == ("My-Exp", "shown", arn)
    assert sagemaker.delete_experiment(ExperimentName="my-exp")["ExperimentArn"] == arn
    for call in (sagemaker.describe_experiment, sagemaker.update_experiment, sagemaker.delete_experiment):
        assert error_of(call, ExperimentName="My-Exp") == (
            "ResourceNotFound", f"Experiment '{arn}' does not exist.", 400)


# The SDK's Run goes on when a ValidationException contains "already exists": sagemaker/experiments/experiment.py,
# _load_or_create. The words are those of flow b2 in shared/reference/client-flows.md.
def test_a_name_is_taken_once(sagemaker):
    sagemaker.create_experiment(ExperimentName="once")
    assert error_of(sagemaker.create_experiment, ExperimentName="once") == (
        "ValidationException", "Experiment names must be unique within an AWS account and region. "
        "Experiment with name (once) already exists.", 400)
    sagemaker.delete_experiment(ExperimentName="once")


def test_experiments_are_listed_by_time_and_order(sagemaker):
    for i in range(3):
        sagemaker.create_experiment(ExperimentName=f"exp-{2 - i}")

    def listed(**filters):
        pages = sagemaker.get_paginator("list_experiments").paginate(PaginationConfig={"PageSize": 2}, **filters)
        names = [summary["ExperimentName"] for page in pages for summary in page["ExperimentSummaries"]]
        return [name for name in names if name.startswith("exp-")]

    assert listed() == ["exp-0", "exp-1", "exp-2"]
    assert listed(SortBy="Name") == ["exp-2", "exp-1", "exp-0"]
    assert listed(SortBy="CreationTime", SortOrder="Ascending") == ["exp-2", "exp-1", "exp-0"]
    created = sagemaker.describe_experiment(ExperimentName="exp-1")["CreationTime"]
    assert "exp-2" not in listed(CreatedAfter=created) and "exp-0" not in listed(CreatedBefore=created)
    for i in range(3):
        sagemaker.delete_experiment(ExperimentName=f"exp-{i}")


# "All trials associated with the experiment must be deleted first": DeleteExperiment in the API reference.
def test_an_experiment_with_trials_stays(aws, sagemaker):
    sagemaker.create_experiment(ExperimentName="kept")
    sagemaker.create_trial(TrialName="of-kept", ExperimentName="kept")
    arn = f"arn:aws:sagemaker:{aws.region}:{aws.account}:experiment/kept"
    assert error_of(sagemaker.delete_experiment, ExperimentName="kept")[:2] == (
        "ValidationException", f"Experiment '{arn}' is linked to 1 or more trials and cannot be deleted.")
    sagemaker.delete_trial(TrialName="of-kept")
    sagemaker.delete_experiment(ExperimentName="kept")
