"""Trial: boto3 on a live server."""

import pytest

from test_training_job import error_of


@pytest.fixture
def sagemaker(aws):
    return aws.client("sagemaker")


@pytest.fixture
def experiments(sagemaker):
    for name in ("Trials-A", "trials-b"):
        sagemaker.create_experiment(ExperimentName=name)
    yield
    for name in ("Trials-A", "trials-b"):
        sagemaker.delete_experiment(ExperimentName=name)


def test_a_trial_is_created_updated_and_deleted(aws, sagemaker, experiments):
    arn = sagemaker.create_trial(TrialName="My-Trial", ExperimentName="trials-a",
                                 MetadataProperties={"CommitId": "c"})["TrialArn"]
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:experiment-trial/my-trial"
    trial = sagemaker.describe_trial(TrialName="My-Trial")
    assert (trial["ExperimentName"], trial["DisplayName"]) == ("Trials-A", "My-Trial")
    assert trial["MetadataProperties"] == {"CommitId": "c"}
    sagemaker.update_trial(TrialName="My-Trial", DisplayName="shown")
    assert sagemaker.describe_trial(TrialName="my-trial")["DisplayName"] == "shown"
    assert sagemaker.delete_trial(TrialName="My-Trial")["TrialArn"] == arn
    for call in (sagemaker.describe_trial, sagemaker.update_trial, sagemaker.delete_trial):
        assert error_of(call, TrialName="My-Trial") == ("ResourceNotFound", f"Trial '{arn}' does not exist.", 400)


# Flow b2 of shared/reference/client-flows.md.
def test_a_name_is_taken_once_and_needs_an_experiment(aws, sagemaker, experiments):
    sagemaker.create_trial(TrialName="once", ExperimentName="trials-b")
    assert error_of(sagemaker.create_trial, TrialName="once", ExperimentName="trials-b")[:2] == (
        "ValidationException", "Trial names must be unique within an AWS account and region. "
        "Trial with name (once) already exists.")
    missing = f"arn:aws:sagemaker:{aws.region}:{aws.account}:experiment/nowhere"
    assert error_of(sagemaker.create_trial, TrialName="new", ExperimentName="nowhere")[:2] == (
        "ResourceNotFound", f"Experiment '{missing}' does not exist.")
    sagemaker.delete_trial(TrialName="once")


def test_trials_are_listed_by_experiment_and_component(sagemaker, experiments):
    for name, experiment in [("tr-1", "trials-a"), ("tr-2", "Trials-A"), ("tr-3", "trials-b")]:
        sagemaker.create_trial(TrialName=name, ExperimentName=experiment)
    sagemaker.create_trial_component(TrialComponentName="in-two")
    for trial in ("tr-1", "tr-3"):
        sagemaker.associate_trial_component(TrialComponentName="in-two", TrialName=trial)

    def listed(**filters):
        pages = sagemaker.get_paginator("list_trials").paginate(PaginationConfig={"PageSize": 1}, **filters)
        names = [summary["TrialName"] for page in pages for summary in page["TrialSummaries"]]
        return [name for name in names if name.startswith("tr-")]

    assert listed() == ["tr-3", "tr-2", "tr-1"]
    assert listed(SortBy="Name", SortOrder="Ascending") == ["tr-1", "tr-2", "tr-3"]
    assert listed(ExperimentName="TRIALS-A") == ["tr-2", "tr-1"]
    assert listed(TrialComponentName="In-Two") == ["tr-3", "tr-1"]
    assert listed(TrialComponentName="in-two", ExperimentName="trials-b") == ["tr-3"]
    for filters in ({"ExperimentName": "nowhere"}, {"TrialComponentName": "nothing"}):
        assert error_of(sagemaker.list_trials, **filters)[0] == "ResourceNotFound"
    for trial in ("tr-1", "tr-3"):
        sagemaker.disassociate_trial_component(TrialComponentName="in-two", TrialName=trial)
    assert listed(TrialComponentName="in-two") == []
    sagemaker.delete_trial_component(TrialComponentName="in-two")
    for name in ("tr-1", "tr-2", "tr-3"):
        sagemaker.delete_trial(TrialName=name)
