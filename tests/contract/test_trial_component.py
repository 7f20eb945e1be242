"""TrialComponent: boto3 on a live server."""

import concurrent.futures
import datetime

import pytest

from test_training_job import error_of

UTC = datetime.timezone.utc


def make_listed(sagemaker, name, role):
    """At least three of them, for the pages of their lists (test_paging.py)."""
    sagemaker.create_experiment(ExperimentName=name)
    for i in range(3):
        sagemaker.create_experiment(ExperimentName=f"{name}-{i}")
        sagemaker.create_trial(TrialName=f"{name}-{i}", ExperimentName=name)
        sagemaker.create_trial_component(TrialComponentName=f"{name}-{i}")


@pytest.fixture
def sagemaker(aws):
    return aws.client("sagemaker")


@pytest.fixture
def trial(sagemaker):
    sagemaker.create_experiment(ExperimentName="Components")
    sagemaker.create_trial(TrialName="The-Trial", ExperimentName="Components")
    yield "The-Trial"
    sagemaker.delete_trial(TrialName="The-Trial")
    sagemaker.delete_experiment(ExperimentName="Components")


def test_a_component_is_created_and_deleted(aws, sagemaker):
    start, end = datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(2026, 1, 2, tzinfo=UTC)
    arn = sagemaker.create_trial_component(
        TrialComponentName="Step-1", DisplayName="shown", Status={"PrimaryStatus": "InProgress", "Message": "m"},
        StartTime=start, EndTime=end, Parameters={"lr": {"NumberValue": 0.1}, "kind": {"StringValue": "ü"}},
        InputArtifacts={"in": {"MediaType": "text/csv", "Value": "s3://b/in"}},
        OutputArtifacts={"out": {"Value": "s3://b/out"}}, MetadataProperties={"CommitId": "c"})["TrialComponentArn"]
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:experiment-trial-component/step-1"
    component = sagemaker.describe_trial_component(TrialComponentName=arn)
    assert (component["TrialComponentName"], component["DisplayName"]) == ("Step-1", "shown")
    assert component["Status"] == {"PrimaryStatus": "InProgress", "Message": "m"}
    assert (component["StartTime"], component["EndTime"]) == (start, end)
    assert component["Parameters"] == {"lr": {"NumberValue": 0.1}, "kind": {"StringValue": "ü"}}
    assert component["InputArtifacts"] == {"in": {"MediaType": "text/csv", "Value": "s3://b/in"}}
    assert component["OutputArtifacts"] == {"out": {"Value": "s3://b/out"}}
    assert sagemaker.delete_trial_component(TrialComponentName="step-1")["TrialComponentArn"] == arn
    for call in (sagemaker.describe_trial_component, sagemaker.update_trial_component, sagemaker.delete_trial_component):
        assert error_of(call, TrialComponentName="Step-1") == (
            "ResourceNotFound", f"TrialComponent '{arn}' does not exist.", 400)


def test_an_update_merges_and_removes(sagemaker):
    sagemaker.create_trial_component(TrialComponentName="merged", Parameters={"a": {"NumberValue": 1}},
                                     InputArtifacts={"i": {"Value": "1"}, "j": {"Value": "1"}})
    sagemaker.update_trial_component(
        TrialComponentName="merged", DisplayName="shown", Status={"PrimaryStatus": "Completed"},
        Parameters={"b": {"StringValue": "2"}}, ParametersToRemove=["a"], InputArtifacts={"j": {"Value": "2"}},
        InputArtifactsToRemove=["i"], OutputArtifacts={"o": {"Value": "3"}}, OutputArtifactsToRemove=["never"])
    component = sagemaker.describe_trial_component(TrialComponentName="merged")
    assert component["Parameters"] == {"b": {"StringValue": "2"}} and component["DisplayName"] == "shown"
    assert component["InputArtifacts"] == {"j": {"Value": "2"}} and component["OutputArtifacts"] == {"o": {"Value": "3"}}
    assert component["Status"] == {"PrimaryStatus": "Completed"}
    many = {f"p{i}": {"NumberValue": i} for i in range(300)}
    code, message, _ = error_of(sagemaker.update_trial_component, TrialComponentName="merged", Parameters=many)
    assert (code, message) == ("ValidationException", "Parameters would have 301 entries; the limit is 300.")
    both = {"x": {"NumberValue": 1, "StringValue": "1"}}
    assert error_of(sagemaker.update_trial_component, TrialComponentName="merged", Parameters=both)[:2] == (
        "ValidationException", "Parameter x needs either a StringValue or a NumberValue.")
    sagemaker.delete_trial_component(TrialComponentName="merged")


# Flow b2 of shared/reference/client-flows.md.
def test_a_name_is_taken_once(sagemaker):
    sagemaker.create_trial_component(TrialComponentName="once")
    assert error_of(sagemaker.create_trial_component, TrialComponentName="once")[:2] == (
        "ValidationException", "TrialComponent names must be unique within an AWS account and region. "
        "TrialComponent with name (once) already exists.")
    sagemaker.delete_trial_component(TrialComponentName="once")


# The message of the component: github.com/aws/sagemaker-python-sdk/pull/1515; the trial's and that it may be repeated
# by likeness.
def test_what_is_linked_stays(aws, sagemaker, trial):
    component = sagemaker.create_trial_component(TrialComponentName="linked")["TrialComponentArn"]
    trial_arn = f"arn:aws:sagemaker:{aws.region}:{aws.account}:experiment-trial/the-trial"
    for _ in range(2):
        answer = sagemaker.associate_trial_component(TrialComponentName="Linked", TrialName=trial)
        assert (answer["TrialComponentArn"], answer["TrialArn"]) == (component, trial_arn)
    assert error_of(sagemaker.delete_trial_component, TrialComponentName="linked")[:2] == (
        "ValidationException", f"TrialComponent '{component}' is linked to 1 or more trials and cannot be deleted.")
    assert error_of(sagemaker.delete_trial, TrialName=trial)[:2] == (
        "ValidationException", f"Trial '{trial_arn}' is linked to 1 or more trial components and cannot be deleted.")
    assert error_of(sagemaker.associate_trial_component, TrialComponentName="linked", TrialName="no")[0] == "ResourceNotFound"
    assert error_of(sagemaker.associate_trial_component, TrialComponentName="no", TrialName=trial)[0] == "ResourceNotFound"
    answer = sagemaker.disassociate_trial_component(TrialComponentName="linked", TrialName=trial)
    assert (answer["TrialComponentArn"], answer["TrialArn"]) == (component, trial_arn)
    again = error_of(sagemaker.disassociate_trial_component, TrialComponentName="linked", TrialName=trial)
    assert again[0] == "ResourceNotFound"
    sagemaker.delete_trial_component(TrialComponentName="linked")


def test_components_are_listed_by_trial_and_experiment(sagemaker, trial):
    for i in range(3):
        sagemaker.create_trial_component(TrialComponentName=f"tc-{i}", Status={"PrimaryStatus": "Failed"})
    for i in (0, 2):
        sagemaker.associate_trial_component(TrialComponentName=f"tc-{i}", TrialName=trial)

    def listed(**filters):
        pages = sagemaker.get_paginator("list_trial_components").paginate(PaginationConfig={"PageSize": 1}, **filters)
        names = [summary["TrialComponentName"] for page in pages for summary in page["TrialComponentSummaries"]]
        return [name for name in names if name.startswith("tc-")]

    assert listed() == ["tc-2", "tc-1", "tc-0"]
    assert listed(SortBy="Name", SortOrder="Ascending") == ["tc-0", "tc-1", "tc-2"]
    assert listed(TrialName="the-trial") == ["tc-2", "tc-0"]
    assert listed(ExperimentName="components", SortOrder="Ascending") == ["tc-0", "tc-2"]
    assert listed(SourceArn="arn:aws:sagemaker:us-east-1:123456789012:training-job/none") == []
    for filters in ({"TrialName": "nowhere"}, {"ExperimentName": "nowhere"}):
        assert error_of(sagemaker.list_trial_components, **filters)[0] == "ResourceNotFound"
    assert sagemaker.list_trial_components()["TrialComponentSummaries"][0]["Status"] == {"PrimaryStatus": "Failed"}
    for i in (0, 2):
        sagemaker.disassociate_trial_component(TrialComponentName=f"tc-{i}", TrialName=trial)
    for i in range(3):
        sagemaker.delete_trial_component(TrialComponentName=f"tc-{i}")


# Writers of one trial and one component at the same time lose nothing and double nothing.
def test_many_components_join_one_trial_at_once(sagemaker, trial):
    names = [f"many-{i}" for i in range(16)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: sagemaker.create_trial_component(TrialComponentName=name), names))
        list(pool.map(lambda name: sagemaker.associate_trial_component(TrialComponentName=name, TrialName=trial), names * 2))
        set_one = lambda i: sagemaker.update_trial_component(TrialComponentName="many-0", Parameters={f"p{i}": {"NumberValue": i}})
        list(pool.map(set_one, range(16)))
        listed = sagemaker.list_trial_components(TrialName=trial, MaxResults=100)["TrialComponentSummaries"]
        assert sorted(summary["TrialComponentName"] for summary in listed) == sorted(names)
        assert len(sagemaker.describe_trial_component(TrialComponentName="many-0")["Parameters"]) == 16
        list(pool.map(lambda name: sagemaker.disassociate_trial_component(TrialComponentName=name, TrialName=trial), names))
        list(pool.map(lambda name: sagemaker.delete_trial_component(TrialComponentName=name), names))
