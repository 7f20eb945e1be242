"""Association: boto3 on a live server."""

import concurrent.futures
import json

import pytest

from test_training_job import error_of


def make_listed(sagemaker, name, role):
    """At least three of them, for the pages of their lists (test_paging.py)."""
    start = sagemaker.create_artifact(ArtifactType="DataSet", Source={"SourceUri": name})["ArtifactArn"]
    for i in range(3):
        one, source = f"{name}-{i}", {"SourceUri": f"{name}/{i}"}
        sagemaker.create_action(ActionName=one, ActionType="a", Source=source)
        sagemaker.create_artifact(ArtifactType="a", Source=source)
        context = sagemaker.create_context(ContextName=one, ContextType="a", Source=source)["ContextArn"]
        sagemaker.add_association(SourceArn=start, DestinationArn=context)
    return {"QueryLineage": {"StartArns": [start]}}


@pytest.fixture
def sagemaker(aws):
    return aws.client("sagemaker")


@pytest.fixture
def ends(sagemaker):
    """A data set, the trial component that read it, the model that came out, and the experiment."""
    source = lambda uri: {"SourceUri": uri}
    arns = {
        "data": sagemaker.create_artifact(ArtifactName="data", ArtifactType="DataSet", Source=source("s3://b/data"))["ArtifactArn"],
        "model": sagemaker.create_artifact(ArtifactName="model", ArtifactType="Model", Source=source("s3://b/model"))["ArtifactArn"],
        "step": sagemaker.create_trial_component(TrialComponentName="The-Step")["TrialComponentArn"],
        "group": sagemaker.create_context(ContextName="group", ContextType="ModelGroup", Source=source("g"))["ContextArn"],
    }
    yield arns
    sagemaker.delete_artifact(ArtifactArn=arns["data"])
    sagemaker.delete_artifact(ArtifactArn=arns["model"])
    sagemaker.delete_trial_component(TrialComponentName="the-step")
    sagemaker.delete_context(ContextName="group")


def test_an_association_keeps_its_ends(aws, sagemaker, ends):
    pair = {"SourceArn": ends["data"], "DestinationArn": ends["step"]}
    answer = sagemaker.add_association(**pair, AssociationType="ContributedTo")
    assert {name: answer[name] for name in pair} == pair
    code, message, _ = error_of(sagemaker.add_association, **pair)
    assert code == "ValidationException" and "already exists" in message
    assert error_of(sagemaker.delete_artifact, ArtifactArn=ends["data"])[:2] == (
        "ValidationException", f"Artifact '{ends['data']}' has 1 association(s) and cannot be deleted; delete those first.")
    assert sagemaker.delete_association(**pair)["SourceArn"] == ends["data"]
    assert error_of(sagemaker.delete_association, **pair)[0] == "ResourceNotFound"


# The SDK's Experiment._delete_all takes components out of their trials and deletes them, whatever they are associated
# with: github.com/aws/sagemaker-python-sdk, tests/integ/sagemaker/experiments/helpers.py, after a run with artifacts.
def test_a_trial_component_takes_its_associations_along(sagemaker, ends):
    component = sagemaker.create_trial_component(TrialComponentName="goes")["TrialComponentArn"]
    sagemaker.add_association(SourceArn=ends["data"], DestinationArn=component)
    sagemaker.add_association(SourceArn=component, DestinationArn=ends["model"])
    sagemaker.delete_trial_component(TrialComponentName="goes")
    assert sagemaker.list_associations(SourceArn=ends["data"])["AssociationSummaries"] == []
    assert error_of(sagemaker.delete_association, SourceArn=component, DestinationArn=ends["model"])[0] == "ResourceNotFound"


# "Associations cannot be created between two experiment entities": github.com/aws/sagemaker-experiments/issues/157
def test_what_cannot_be_associated(aws, sagemaker, ends):
    missing = f"arn:aws:sagemaker:{aws.region}:{aws.account}:action/none"
    assert error_of(sagemaker.add_association, SourceArn=missing, DestinationArn=ends["step"])[:2] == (
        "ResourceNotFound", f"Action '{missing}' does not exist.")
    assert error_of(sagemaker.add_association, SourceArn=ends["step"], DestinationArn=ends["step"])[0] == "ValidationException"
    experiment = sagemaker.create_experiment(ExperimentName="ends")["ExperimentArn"]
    code, message, _ = error_of(sagemaker.add_association, SourceArn=ends["step"], DestinationArn=experiment)
    assert code == "ValidationException" and "not associated with each other" in message
    sagemaker.delete_experiment(ExperimentName="ends")
    abroad = f"arn:aws:sagemaker:eu-west-1:{aws.account}:action/none"
    assert error_of(sagemaker.add_association, SourceArn=abroad, DestinationArn=ends["step"])[0] == "ValidationException"
    assert error_of(sagemaker.list_tags, ResourceArn=f"arn:aws:sagemaker:{aws.region}:{aws.account}:association/x")[0] == (
        "ValidationException")


def test_associations_are_listed_by_each_member(sagemaker, ends):
    pairs = [("data", "step", "ContributedTo"), ("step", "model", "Produced"), ("model", "group", "AssociatedWith")]
    for source, destination, kind in pairs:
        sagemaker.add_association(SourceArn=ends[source], DestinationArn=ends[destination], AssociationType=kind)
    name_of = {arn: name for name, arn in ends.items()}

    def listed(**filters):
        pages = sagemaker.get_paginator("list_associations").paginate(PaginationConfig={"PageSize": 1}, **filters)
        sources = [summary["SourceArn"] for page in pages for summary in page["AssociationSummaries"]]
        return [name_of[arn] for arn in sources if arn in name_of]

    assert listed() == ["model", "step", "data"]  # The newest first.
    assert listed(SourceArn=ends["step"]) == ["step"]
    assert listed(DestinationArn=ends["step"]) == ["data"]
    assert listed(SourceType="DataSet") == ["data"] and listed(DestinationType="ModelGroup") == ["model"]
    assert listed(AssociationType="Produced") == ["step"]
    assert listed(SourceArn=ends["step"], AssociationType="DerivedFrom") == []
    assert listed(SortBy="SourceArn", SortOrder="Ascending") == sorted(["data", "step", "model"], key=ends.get)
    by_destination = {ends[destination]: source for source, destination, _ in pairs}
    assert listed(SortBy="DestinationArn", SortOrder="Ascending") == [by_destination[arn] for arn in sorted(by_destination)]
    assert listed(SortBy="SourceType", SortOrder="Descending") == ["model", "data", "step"]  # A component without source.
    assert listed(SortBy="DestinationType", SortOrder="Ascending") == ["data", "step", "model"]
    first = sagemaker.list_associations(SourceArn=ends["data"])["AssociationSummaries"][0]
    assert (first["SourceName"], first["DestinationName"], first["SourceType"]) == ("data", "The-Step", "DataSet")
    assert first["CreatedBy"]["IamIdentity"]["Arn"] and first["CreationTime"]
    for source, destination, _ in pairs:
        sagemaker.delete_association(SourceArn=ends[source], DestinationArn=ends[destination])


# Writers of one end at the same time lose no count: at last it can go.
def test_many_associations_of_one_end_at_once(sagemaker, ends):
    arns = [sagemaker.create_action(ActionName=f"end-{i}", ActionType="T", Source={"SourceUri": "s"})["ActionArn"] for i in range(12)]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        for call in (sagemaker.add_association, sagemaker.delete_association):
            list(pool.map(lambda arn: call(SourceArn=arn, DestinationArn=ends["model"]), arns))
    for i in range(12):
        sagemaker.delete_action(ActionName=f"end-{i}")


def test_both_ends_are_asked_for(aws, sagemaker, ends):
    iam = aws.client("iam")
    iam.create_user(UserName="associates")
    key = iam.create_access_key(UserName="associates")["AccessKey"]
    user = aws.client("sagemaker", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    def allow(*arns):
        iam.put_user_policy(UserName="associates", PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sagemaker:*Association", "Resource": list(arns)}]}))

    pair = {"SourceArn": ends["data"], "DestinationArn": ends["step"]}
    allow(ends["data"])
    code, message, _ = error_of(user.add_association, **pair)
    assert code == "AccessDeniedException" and ends["step"] in message
    allow(ends["data"], ends["step"])
    user.add_association(**pair)
    user.delete_association(**pair)
