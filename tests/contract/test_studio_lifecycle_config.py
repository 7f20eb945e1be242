"""StudioLifecycleConfig: every operation. Facts: API_CreateStudioLifecycleConfig (base64, ResourceInUse),
API_ListStudioLifecycleConfigs (descending by creation). terraform-provider-aws looks for ResourceNotFound with "does not
exist" (internal/service/sagemaker/studio_lifecycle_config.go); the rest of the words is ours."""

import base64
import datetime

import pytest

from test_training_job import error_of

SCRIPT = base64.b64encode(b"#!/bin/bash\necho started\n").decode()


def make_listed(sagemaker, name, role):
    """At least three of them, for the pages of their lists (test_paging.py)."""
    for i in range(3):
        sagemaker.create_studio_lifecycle_config(StudioLifecycleConfigName=f"{name}-{i}", StudioLifecycleConfigContent="QUJD",
                                                 StudioLifecycleConfigAppType="JupyterLab")


@pytest.fixture
def sagemaker(aws):
    sagemaker = aws.client("sagemaker")
    yield sagemaker
    for name in names(sagemaker):
        sagemaker.delete_studio_lifecycle_config(StudioLifecycleConfigName=name)


def create(sagemaker, name, content=SCRIPT, app="JupyterLab"):
    return sagemaker.create_studio_lifecycle_config(
        StudioLifecycleConfigName=name, StudioLifecycleConfigContent=content, StudioLifecycleConfigAppType=app)["StudioLifecycleConfigArn"]


def names(sagemaker, **arguments):
    """Of this file's: other tests' are on the same server."""
    found = sagemaker.list_studio_lifecycle_configs(**{"NameContains": "studio", **arguments})["StudioLifecycleConfigs"]
    return [one["StudioLifecycleConfigName"] for one in found]


def test_create_describe_and_delete(aws, sagemaker):
    arn = create(sagemaker, "studio", app="KernelGateway")
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:studio-lifecycle-config/studio"
    described = sagemaker.describe_studio_lifecycle_config(StudioLifecycleConfigName="studio")
    assert described["StudioLifecycleConfigArn"] == arn and described["StudioLifecycleConfigName"] == "studio"
    assert described["StudioLifecycleConfigContent"] == SCRIPT and described["StudioLifecycleConfigAppType"] == "KernelGateway"
    assert described["CreationTime"] == described["LastModifiedTime"]
    listed = sagemaker.list_studio_lifecycle_configs(NameContains="studio")["StudioLifecycleConfigs"][0]
    assert listed["StudioLifecycleConfigAppType"] == "KernelGateway" and listed["StudioLifecycleConfigArn"] == arn
    sagemaker.delete_studio_lifecycle_config(StudioLifecycleConfigName="studio")
    missing = ("ResourceNotFound", "StudioLifecycleConfig studio does not exist.", 400)
    assert error_of(sagemaker.describe_studio_lifecycle_config, StudioLifecycleConfigName="studio") == missing
    assert error_of(sagemaker.delete_studio_lifecycle_config, StudioLifecycleConfigName="studio") == missing


def test_a_name_is_given_once(sagemaker):
    create(sagemaker, "studio")
    assert error_of(create, sagemaker=sagemaker, name="studio") == ("ResourceInUse", "StudioLifecycleConfig studio already exists.", 400)


def test_content_is_base64_of_16384_characters_at_most(sagemaker):
    for content, says in (("QUJD" * 4097, "16384"), ("#!/bin/bash", "StudioLifecycleConfigContent is not base64")):
        code, message, status = error_of(create, sagemaker=sagemaker, name="studio", content=content)
        assert (code, status) == ("ValidationException", 400) and says in message
    assert error_of(create, sagemaker=sagemaker, name="studio", app="RStudio")[0] == "ValidationException"
    create(sagemaker, "studio", "QUJD" * 4096)


def test_list_filters_and_sorts(sagemaker):
    create(sagemaker, "studio-b")
    between = sagemaker.describe_studio_lifecycle_config(
        StudioLifecycleConfigName="studio-b")["CreationTime"] + datetime.timedelta(milliseconds=1)
    create(sagemaker, "studio-a", app="CodeEditor")
    assert names(sagemaker, NameContains="STUDIO") == ["studio-a", "studio-b"]  # The newest first.
    assert names(sagemaker, SortOrder="Ascending") == names(sagemaker, SortBy="Name") == ["studio-b", "studio-a"]
    assert names(sagemaker, SortBy="LastModifiedTime") == ["studio-a", "studio-b"]
    assert names(sagemaker, AppTypeEquals="CodeEditor") == ["studio-a"] and names(sagemaker, AppTypeEquals="KernelGateway") == []
    assert names(sagemaker, CreationTimeAfter=between) == ["studio-a"] and names(sagemaker, CreationTimeBefore=between) == ["studio-b"]
    assert names(sagemaker, ModifiedTimeAfter=between) == ["studio-a"] and names(sagemaker, ModifiedTimeBefore=between) == ["studio-b"]
