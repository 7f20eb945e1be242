"""Context: boto3 on a live server."""

import pytest

from test_training_job import error_of


@pytest.fixture
def sagemaker(aws):
    return aws.client("sagemaker")


def names(pages):
    """Those of the test that lists them."""
    listed = [summary["ContextName"] for page in pages for summary in page["ContextSummaries"]]
    return [name for name in listed if name.startswith("listed-")]


def test_a_context_is_created_updated_and_deleted(aws, sagemaker):
    arn = sagemaker.create_context(
        ContextName="My_Endpoint", ContextType="Endpoint", Description="first",
        Source={"SourceUri": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e", "SourceType": "ARN", "SourceId": "e"},
        Properties={"a": "1", "b": "2"}, Tags=[{"Key": "team", "Value": "x"}])["ContextArn"]
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:context/my_endpoint"
    sagemaker.update_context(ContextName="My_Endpoint", Description="second", Properties={"b": "3", "c": "ü"},
                             PropertiesToRemove=["a", "never"])
    context = sagemaker.describe_context(ContextName=arn)
    assert context["ContextName"] == "My_Endpoint" and context["ContextType"] == "Endpoint"
    assert context["Properties"] == {"b": "3", "c": "ü"} and context["Description"] == "second"
    assert context["Source"]["SourceId"] == "e"
    assert context["CreatedBy"]["IamIdentity"]["Arn"] == context["LastModifiedBy"]["IamIdentity"]["Arn"]
    assert context["LastModifiedTime"] > context["CreationTime"]
    assert sagemaker.delete_context(ContextName="my_endpoint")["ContextArn"] == arn
    # ResourceNotFound is what the model declares and the SDK's tests wait for.
    assert error_of(sagemaker.describe_context, ContextName="My_Endpoint") == (
        "ResourceNotFound", f"Context '{arn}' does not exist.", 400)


# The words are those of experiments (test_experiment.py); names are not case-sensitive.
def test_a_name_is_taken_once(sagemaker):
    def create(name):
        sagemaker.create_context(ContextName=name, ContextType="T", Source={"SourceUri": "s"})

    create("Once")
    with pytest.raises(sagemaker.exceptions.ClientError, match="already exists") as raised:
        create("oncE")
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    sagemaker.delete_context(ContextName="Once")
    for call in (sagemaker.delete_context, sagemaker.update_context):
        assert error_of(call, ContextName="Once")[0] == "ResourceNotFound"


def test_contexts_are_listed_by_source_type_time_and_order(sagemaker):
    for i, (kind, uri) in enumerate([("Endpoint", "u1"), ("Endpoint", "u2"), ("ModelGroup", "u1")]):
        sagemaker.create_context(ContextName=f"listed-{2 - i}", ContextType=kind, Source={"SourceUri": uri})
    pages = sagemaker.get_paginator("list_contexts").paginate
    assert names(pages(PaginationConfig={"PageSize": 1})) == ["listed-0", "listed-1", "listed-2"]  # The newest first.
    assert names(pages(SortBy="Name", SortOrder="Ascending")) == ["listed-0", "listed-1", "listed-2"]
    assert names(pages(ContextType="Endpoint")) == ["listed-1", "listed-2"]
    assert names(pages(SourceUri="u1", SortOrder="Ascending")) == ["listed-2", "listed-0"]
    assert names(pages(SourceUri="u1", ContextType="Endpoint")) == ["listed-2"]
    created = sagemaker.describe_context(ContextName="listed-1")["CreationTime"]
    assert "listed-2" not in names(pages(CreatedAfter=created)) and "listed-0" not in names(pages(CreatedBefore=created))
    for i in range(3):
        sagemaker.delete_context(ContextName=f"listed-{i}")


def test_properties_have_limits(sagemaker):
    many = {f"p{i}": "v" for i in range(30)}
    sagemaker.create_context(ContextName="limits", ContextType="T", Source={"SourceUri": "s"}, Properties=many)
    code, message, _ = error_of(sagemaker.update_context, ContextName="limits", Properties={"another": "v"})
    assert (code, message) == ("ValidationException", "Properties would have 31 entries; the limit is 30.")
    sagemaker.delete_context(ContextName="limits")
