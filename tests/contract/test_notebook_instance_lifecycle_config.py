"""NotebookInstanceLifecycleConfig: every operation. Facts: API_CreateNotebookInstanceLifecycleConfig (16384 characters of
base64), API_ListNotebookInstanceLifecycleConfigs. Clients look for ValidationException and "Unable to describe Notebook
Instance Lifecycle Config" (shared/reference/client-flows.md, section 5; github.com/getmoto/moto/pull/3417 quotes it)."""

import base64
import datetime

import pytest

from test_training_job import error_of

SCRIPT = base64.b64encode(b"#!/bin/bash\necho started\n").decode()


def make_listed(sagemaker, name, role):
    """At least three of them, for the pages of their lists (test_paging.py)."""
    for i in range(3):
        sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=f"{name}-{i}")


@pytest.fixture
def sagemaker(aws):
    sagemaker = aws.client("sagemaker")
    yield sagemaker
    for name in names(sagemaker):
        sagemaker.delete_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name)


def create(sagemaker, name, **hooks):
    return sagemaker.create_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=name, **hooks)["NotebookInstanceLifecycleConfigArn"]


def describe(sagemaker, name):
    return sagemaker.describe_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name)


def names(sagemaker, **arguments):
    """Of this file's: other tests' are on the same server."""
    found = sagemaker.list_notebook_instance_lifecycle_configs(**{"NameContains": "lcc", **arguments})
    return [one["NotebookInstanceLifecycleConfigName"] for one in found["NotebookInstanceLifecycleConfigs"]]


def test_create_describe_and_delete(aws, sagemaker):
    arn = create(sagemaker, "lcc", OnCreate=[{"Content": SCRIPT}], OnStart=[{"Content": SCRIPT}])
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:notebook-instance-lifecycle-config/lcc"
    described = describe(sagemaker, "lcc")
    assert described["NotebookInstanceLifecycleConfigArn"] == arn
    assert described["OnCreate"] == described["OnStart"] == [{"Content": SCRIPT}]
    assert described["CreationTime"] == described["LastModifiedTime"]
    sagemaker.delete_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="lcc")
    for verb in ("describe", "update", "delete"):
        operation = getattr(sagemaker, f"{verb}_notebook_instance_lifecycle_config")
        assert error_of(operation, NotebookInstanceLifecycleConfigName="lcc") == (
            "ValidationException", f"Unable to {verb} Notebook Instance Lifecycle Config '{arn}'. "
            "(Details: Notebook Instance Lifecycle Config does not exist.)", 400)


def test_a_name_is_given_once(sagemaker):
    arn = create(sagemaker, "lcc")
    assert error_of(create, sagemaker=sagemaker, name="lcc") == (
        "ValidationException", f"Unable to create Notebook Instance Lifecycle Config '{arn}'. "
        "(Details: Notebook Instance Lifecycle Config already exists.)", 400)


def test_update_replaces_the_hooks_that_it_names(sagemaker):
    create(sagemaker, "lcc", OnCreate=[{"Content": SCRIPT}], OnStart=[{"Content": SCRIPT}])
    other = base64.b64encode(b"echo other").decode()
    sagemaker.update_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="lcc", OnStart=[{"Content": other}])
    described = describe(sagemaker, "lcc")
    assert described["OnCreate"] == [{"Content": SCRIPT}] and described["OnStart"] == [{"Content": other}]
    assert described["LastModifiedTime"] > described["CreationTime"]
    sagemaker.update_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="lcc", OnCreate=[])
    assert describe(sagemaker, "lcc")["OnCreate"] == []


def test_scripts_are_base64_of_16384_characters_at_most(sagemaker):
    longest = "QUJD" * 4096
    create(sagemaker, "lcc", OnCreate=[{"Content": longest}])
    assert describe(sagemaker, "lcc")["OnCreate"] == [{"Content": longest}]
    for content, says in ((longest + "QUJD", "16384"), ("#!/bin/bash", "is not base64"), ("\N{SNOWMAN}" * 4, "is not base64")):
        code, message, status = error_of(create, sagemaker=sagemaker, name="lcc-2", OnStart=[{"Content": content}])
        assert (code, status) == ("ValidationException", 400) and says in message
        assert error_of(sagemaker.update_notebook_instance_lifecycle_config, NotebookInstanceLifecycleConfigName="lcc",
                        OnStart=[{"Content": content}])[:2] == (code, message)
    assert error_of(create, sagemaker=sagemaker, name="lcc-2", OnStart=[{"Content": SCRIPT}] * 2)[0] == "ValidationException"
    assert names(sagemaker) == ["lcc"] and "OnStart" not in describe(sagemaker, "lcc")


def test_list_filters_and_sorts(sagemaker):
    create(sagemaker, "lcc-b")
    between = describe(sagemaker, "lcc-b")["CreationTime"] + datetime.timedelta(milliseconds=1)
    create(sagemaker, "lcc-a")
    sagemaker.update_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="lcc-b", OnStart=[{"Content": SCRIPT}])
    assert names(sagemaker, NameContains="LCC-") == ["lcc-b", "lcc-a"]  # By creation at first.
    assert names(sagemaker, SortBy="Name") == ["lcc-a", "lcc-b"]
    assert names(sagemaker, SortBy="LastModifiedTime", SortOrder="Descending") == ["lcc-b", "lcc-a"]
    assert names(sagemaker, CreationTimeAfter=between) == ["lcc-a"] and names(sagemaker, CreationTimeBefore=between) == ["lcc-b"]
    assert names(sagemaker, LastModifiedTimeBefore=between) == [] and len(names(sagemaker, LastModifiedTimeAfter=between)) == 2
    assert names(sagemaker, NameContains="none") == []
