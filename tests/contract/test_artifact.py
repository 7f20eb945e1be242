"""Artifact: boto3 on a live server."""

import re

import pytest

from test_training_job import error_of

SOURCE = {"SourceUri": "s3://sagemaker-lineage/train.csv", "SourceTypes": [{"SourceIdType": "S3ETag", "Value": "e1"}]}


@pytest.fixture
def sagemaker(aws):
    return aws.client("sagemaker")


def test_an_artifact_is_created_updated_and_deleted(aws, sagemaker):
    arn = sagemaker.create_artifact(ArtifactName="train", ArtifactType="DataSet", Source=SOURCE, Properties={"k": "v"},
                                    MetadataProperties={"Repository": "r"},
                                    Tags=[{"Key": "team", "Value": "x"}])["ArtifactArn"]
    # docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html: artifact/${HashOfArtifactSource}
    assert re.fullmatch(f"arn:aws:sagemaker:{aws.region}:{aws.account}:artifact/[0-9a-f]{{32}}", arn)
    sagemaker.update_artifact(ArtifactArn=arn, ArtifactName="renamed", Properties={"l": "w"}, PropertiesToRemove=["k"])
    artifact = sagemaker.describe_artifact(ArtifactArn=arn)
    assert artifact["ArtifactName"] == "renamed" and artifact["Properties"] == {"l": "w"}
    assert artifact["Source"] == SOURCE and artifact["ArtifactType"] == "DataSet"
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "x"}]
    assert sagemaker.delete_artifact(ArtifactArn=arn)["ArtifactArn"] == arn
    for call in (sagemaker.describe_artifact, sagemaker.update_artifact, sagemaker.delete_artifact):
        assert error_of(call, ArtifactArn=arn) == ("ResourceNotFound", f"Artifact '{arn}' does not exist.", 400)


def test_one_source_is_one_artifact(sagemaker):
    arn = sagemaker.create_artifact(ArtifactType="DataSet", Source=SOURCE)["ArtifactArn"]
    assert "ArtifactName" not in sagemaker.describe_artifact(ArtifactArn=arn)
    code, message, _ = error_of(sagemaker.create_artifact, ArtifactType="Model", Source=SOURCE)
    assert code == "ValidationException" and arn in message and "already exists" in message
    other = sagemaker.create_artifact(ArtifactType="DataSet", Source={"SourceUri": SOURCE["SourceUri"]})["ArtifactArn"]
    assert other != arn
    assert sagemaker.delete_artifact(Source=SOURCE)["ArtifactArn"] == arn
    assert error_of(sagemaker.delete_artifact, Source=SOURCE)[0] == "ResourceNotFound"
    sagemaker.delete_artifact(ArtifactArn=other)


# "Either ArtifactArn or Source must be specified": DeleteArtifact in the API reference.
def test_a_delete_names_one_by_arn_or_by_source(aws, sagemaker):
    arn = f"arn:aws:sagemaker:{aws.region}:{aws.account}:artifact/{'0' * 32}"
    refused = ("ValidationException", "Either ArtifactArn or Source must be specified.")
    assert error_of(sagemaker.delete_artifact)[:2] == refused
    assert error_of(sagemaker.delete_artifact, ArtifactArn=arn, Source=SOURCE)[:2] == refused


# The SDK's tests give many artifacts one name: github.com/aws/sagemaker-python-sdk, tests/integ/sagemaker/lineage/conftest.py
def test_artifacts_are_listed_by_source_and_type(sagemaker):
    arns = [sagemaker.create_artifact(ArtifactName="same", ArtifactType=kind, Source={"SourceUri": uri})["ArtifactArn"]
            for kind, uri in [("DataSet", "u1"), ("DataSet", "u2"), ("Model", "u3")]]

    def listed(**filters):
        pages = sagemaker.get_paginator("list_artifacts").paginate(PaginationConfig={"PageSize": 1}, **filters)
        return [summary["ArtifactArn"] for page in pages for summary in page["ArtifactSummaries"] if summary["ArtifactArn"] in arns]

    assert listed() == arns[::-1]
    assert listed(SortBy="CreationTime", SortOrder="Ascending") == arns
    assert listed(ArtifactType="DataSet") == [arns[1], arns[0]]
    assert listed(SourceUri="u3") == [arns[2]] and listed(SourceUri="u3", ArtifactType="DataSet") == []
    for arn in arns:
        sagemaker.delete_artifact(ArtifactArn=arn)
