"""Action: boto3 on a live server."""

import pytest

from test_training_job import error_of


@pytest.fixture
def sagemaker(aws):
    return aws.client("sagemaker")


def names(pages):
    """Those of the test that lists them."""
    listed = [summary["ActionName"] for page in pages for summary in page["ActionSummaries"]]
    return [name for name in listed if name.startswith("act-")]


def test_an_action_is_created_updated_and_deleted(aws, sagemaker):
    arn = sagemaker.create_action(
        ActionName="Deploy-1", ActionType="ModelDeployment", Status="InProgress", Source={"SourceUri": "bazz"},
        Properties={"k1": "v1"}, MetadataProperties={"CommitId": "abc"})["ActionArn"]
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:action/deploy-1"
    sagemaker.update_action(ActionName="Deploy-1", Status="Completed", Description="done", PropertiesToRemove=["k1"])
    action = sagemaker.describe_action(ActionName=arn)
    assert (action["Status"], action["Description"], action["Properties"]) == ("Completed", "done", {})
    assert action["ActionType"] == "ModelDeployment" and action["MetadataProperties"] == {"CommitId": "abc"}
    assert sagemaker.delete_action(ActionName="deploy-1")["ActionArn"] == arn
    assert error_of(sagemaker.describe_action, ActionName="Deploy-1") == (
        "ResourceNotFound", f"Action '{arn}' does not exist.", 400)


def test_a_name_is_taken_once(sagemaker):
    request = dict(ActionName="once", ActionType="T", Source={"SourceUri": "s"})
    sagemaker.create_action(**request)
    assert error_of(sagemaker.create_action, **request)[:2] == (
        "ValidationException",
        "Action names must be unique within an AWS account and region. Action with name (once) already exists.")
    sagemaker.delete_action(ActionName="once")


# The ARN of another kind passes the pattern of the service model.
def test_the_arn_of_another_kind_names_no_action(aws, sagemaker):
    other = f"arn:aws:sagemaker:{aws.region}:{aws.account}:context/once"
    assert error_of(sagemaker.describe_action, ActionName=other)[:2] == (
        "ValidationException", f"{other} is not the ARN of a Action.")


def test_actions_are_listed_by_source_type_and_order(sagemaker):
    for i, (kind, uri) in enumerate([("A", "act-u1"), ("A", "act-u2"), ("B", "act-u1")]):
        sagemaker.create_action(ActionName=f"act-{i}", ActionType=kind, Source={"SourceUri": uri}, Status="Failed")
    pages = sagemaker.get_paginator("list_actions").paginate
    assert names(pages(PaginationConfig={"PageSize": 2})) == ["act-2", "act-1", "act-0"]
    assert names(pages(SortBy="Name", SortOrder="Ascending", ActionType="A")) == ["act-0", "act-1"]
    assert names(pages(SourceUri="act-u1")) == ["act-2", "act-0"]
    assert sagemaker.list_actions(SourceUri="act-u2")["ActionSummaries"][0]["Status"] == "Failed"
    for i in range(3):
        sagemaker.delete_action(ActionName=f"act-{i}")
