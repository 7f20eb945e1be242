"""CodeRepository: every operation. Facts: API_CreateCodeRepository, API_ListCodeRepositories and API_UpdateCodeRepository.
"Cannot find CodeRepository" is what terraform-provider-aws looks for in a ValidationException
(internal/service/sagemaker/code_repository.go); a duplicate is worded as that of a notebook instance
(github.com/SebastianUA/terraform-aws-sagemaker/issues/18)."""

import datetime

import pytest

from test_training_job import error_of

URL = "https://github.com/aws/sagemaker-python-sdk.git"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:git"


def make_listed(sagemaker, name, role):
    """At least three of them, for the pages of their lists (test_paging.py)."""
    for i in range(3):
        create(sagemaker, f"{name}-{i}")


@pytest.fixture
def sagemaker(aws):
    sagemaker = aws.client("sagemaker")
    yield sagemaker
    for name in names(sagemaker):
        sagemaker.delete_code_repository(CodeRepositoryName=name)


def create(sagemaker, name, **config):
    return sagemaker.create_code_repository(CodeRepositoryName=name, GitConfig={"RepositoryUrl": URL, **config})["CodeRepositoryArn"]


def names(sagemaker, **arguments):
    """Of this file's: other tests' are on the same server."""
    return [one["CodeRepositoryName"]
            for one in sagemaker.list_code_repositories(**{"NameContains": "repo", **arguments})["CodeRepositorySummaryList"]]


def test_create_describe_and_delete(aws, sagemaker):
    arn = create(sagemaker, "Repo-One", Branch="main")
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:code-repository/repo-one"
    described = sagemaker.describe_code_repository(CodeRepositoryName="Repo-One")
    assert described["CodeRepositoryName"] == "Repo-One" and described["CodeRepositoryArn"] == arn
    assert described["GitConfig"] == {"RepositoryUrl": URL, "Branch": "main"}
    assert described["CreationTime"] == described["LastModifiedTime"]
    sagemaker.delete_code_repository(CodeRepositoryName="Repo-One")
    missing = ("ValidationException", f'Cannot find CodeRepository: "{arn}".', 400)
    for operation in (sagemaker.describe_code_repository, sagemaker.delete_code_repository, sagemaker.update_code_repository):
        assert error_of(operation, CodeRepositoryName="Repo-One") == missing


def test_a_name_is_given_once(sagemaker):
    arn = create(sagemaker, "repo")
    assert error_of(create, sagemaker=sagemaker, name="repo") == (
        "ValidationException", f"Cannot create a duplicate CodeRepository ({arn})", 400)


def test_update_changes_the_secret_alone(sagemaker):
    arn = create(sagemaker, "repo", Branch="main")
    assert sagemaker.update_code_repository(CodeRepositoryName="repo", GitConfig={"SecretArn": SECRET})["CodeRepositoryArn"] == arn
    described = sagemaker.describe_code_repository(CodeRepositoryName="repo")
    assert described["GitConfig"] == {"RepositoryUrl": URL, "Branch": "main", "SecretArn": SECRET}
    assert described["LastModifiedTime"] > described["CreationTime"]


def test_list_filters_and_sorts(sagemaker):
    create(sagemaker, "repo-b")
    between = sagemaker.describe_code_repository(CodeRepositoryName="repo-b")["CreationTime"] + datetime.timedelta(milliseconds=1)
    create(sagemaker, "repo-a")
    sagemaker.update_code_repository(CodeRepositoryName="repo-b", GitConfig={"SecretArn": SECRET})
    assert names(sagemaker, NameContains="REPO-") == ["repo-a", "repo-b"]  # By name, ascending, says API_ListCodeRepositories.
    assert names(sagemaker, SortOrder="Descending") == ["repo-b", "repo-a"]
    assert names(sagemaker, SortBy="CreationTime") == ["repo-b", "repo-a"]
    assert names(sagemaker, SortBy="LastModifiedTime") == ["repo-a", "repo-b"]
    assert names(sagemaker, CreationTimeAfter=between) == ["repo-a"] and names(sagemaker, CreationTimeBefore=between) == ["repo-b"]
    assert names(sagemaker, LastModifiedTimeBefore=between) == [] and len(names(sagemaker, LastModifiedTimeAfter=between)) == 2
    first = sagemaker.list_code_repositories(NameContains="repo", MaxResults=1)
    assert names(sagemaker, MaxResults=1, NextToken=first["NextToken"]) == ["repo-b"]


def test_hostile_input_is_refused(sagemaker):
    for config in ({"RepositoryUrl": "http://x.org/repo"}, {"RepositoryUrl": URL, "Branch": "a b"}, {"RepositoryUrl": URL, "SecretArn": "x"}):
        assert error_of(sagemaker.create_code_repository, CodeRepositoryName="repo", GitConfig=config)[0] == "ValidationException"
    assert names(sagemaker) == []
