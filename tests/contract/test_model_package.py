"""The model registry: groups, their versions, unversioned packages, and models made from packages."""

import json
import threading
import uuid

import pytest
from botocore.exceptions import ClientError

import test_training_job
from training import IMAGE, job_request, make_bucket, wait_for_job


def error_of(call, **arguments):
    return test_training_job.error_of(call, **arguments)[:2]


def make_listed(sagemaker, name, role):
    """At least three of them, for the pages of their lists (test_paging.py)."""
    for i in range(3):
        sagemaker.create_model_package_group(ModelPackageGroupName=f"{name}-{i}", Tags=[{"Key": f"k{i}", "Value": str(i)}])
        sagemaker.create_model_package(ModelPackageName=f"{name}-{i}")


@pytest.fixture
def sagemaker(aws):
    return aws.client("sagemaker")


@pytest.fixture
def group(sagemaker):
    name = f"Churn-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model_package_group(ModelPackageGroupName=name, ModelPackageGroupDescription="who leaves",
                                         Tags=[{"Key": "team", "Value": "a"}])
    return name


def specification(**container):
    return {"Containers": [{"Image": IMAGE, **container}], "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}


def register(sagemaker, group, **more):
    return sagemaker.create_model_package(ModelPackageGroupName=group, InferenceSpecification=specification(), **more)["ModelPackageArn"]


def test_a_group(aws, sagemaker, group):
    described = sagemaker.describe_model_package_group(ModelPackageGroupName=group)
    assert described["ModelPackageGroupName"] == group
    assert described["ModelPackageGroupArn"] == f"arn:aws:sagemaker:{aws.region}:{aws.account}:model-package-group/{group.lower()}"
    assert described["ModelPackageGroupDescription"] == "who leaves" and described["ModelPackageGroupStatus"] == "Completed"
    assert described["CreatedBy"]["IamIdentity"]["Arn"].startswith("arn:aws:")
    assert sagemaker.describe_model_package_group(ModelPackageGroupName=described["ModelPackageGroupArn"])["ModelPackageGroupName"] == group
    listed = sagemaker.list_model_package_groups(NameContains=group.upper())["ModelPackageGroupSummaryList"]
    assert [(one["ModelPackageGroupName"], one["ModelPackageGroupDescription"]) for one in listed] == [(group, "who leaves")]
    assert sagemaker.list_model_package_groups(NameContains=group, CrossAccountFilterOption="SameAccount")["ModelPackageGroupSummaryList"] == listed
    assert sagemaker.list_model_package_groups(CrossAccountFilterOption="CrossAccount")["ModelPackageGroupSummaryList"] == []
    # client-flows 5: Airflow matches the beginning of the first, ACK the end of the second.
    code, message = error_of(sagemaker.create_model_package_group, ModelPackageGroupName=group)
    assert (code, message) == ("ValidationException", f"Model Package Group already exists: {described['ModelPackageGroupArn']}")
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    code, message = error_of(sagemaker.describe_model_package_group, ModelPackageGroupName=group)
    assert code == "ValidationException" and message.endswith("does not exist.")


def test_versions_are_numbered(aws, sagemaker, group):
    first, second = register(sagemaker, group, ModelPackageDescription="one"), register(sagemaker, group, ModelApprovalStatus="Approved")
    assert first == f"arn:aws:sagemaker:{aws.region}:{aws.account}:model-package/{group.lower()}/1"
    described = sagemaker.describe_model_package(ModelPackageName=first)
    assert described["ModelPackageGroupName"] == group and described["ModelPackageVersion"] == 1
    assert described["ModelApprovalStatus"] == "PendingManualApproval" and described["ModelPackageStatus"] == "Completed"
    assert described["ModelPackageStatusDetails"]["ValidationStatuses"] == []
    assert described["InferenceSpecification"]["Containers"][0]["Image"] == IMAGE
    assert sagemaker.describe_model_package(ModelPackageName=f"{group}/2")["ModelPackageArn"] == second
    sagemaker.delete_model_package(ModelPackageName=second)
    assert register(sagemaker, group).endswith("/3")  # A number is never given twice.
    code, message = error_of(sagemaker.describe_model_package, ModelPackageName=second)
    assert (code, message) == ("ValidationException", f"ModelPackage {second} does not exist.")
    code, message = error_of(sagemaker.delete_model_package_group, ModelPackageGroupName=group)
    assert code == "ConflictException" and "has model packages" in message
    for version in (1, 3):
        sagemaker.delete_model_package(ModelPackageName=f"{group}/{version}")
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)


def test_many_register_at_once(sagemaker, group):
    arns = []
    threads = [threading.Thread(target=lambda: arns.append(register(sagemaker, group))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(arn.rsplit("/", 1)[1]) for arn in arns) == list(range(1, 13))


def test_a_group_and_its_versions_agree_whoever_comes_first(sagemaker, group):
    """Versions are made and deleted while others delete the group and make it anew."""
    def versions():
        pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageType="Versioned", NameContains=group)
        return [one["ModelPackageArn"] for page in pages for one in page["ModelPackageSummaryList"]]

    def attempt(call, **arguments):
        try:
            call(**arguments)
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("ValidationException", "ConflictException"), error

    def make():
        for _ in range(25):
            attempt(sagemaker.create_model_package, ModelPackageGroupName=group)

    def clear():
        while any(maker.is_alive() for maker in makers):
            for arn in versions():
                attempt(sagemaker.delete_model_package, ModelPackageName=arn)
            attempt(sagemaker.delete_model_package_group, ModelPackageGroupName=group)
            attempt(sagemaker.create_model_package_group, ModelPackageGroupName=group)

    makers = [threading.Thread(target=make) for _ in range(3)]
    clearers = [threading.Thread(target=clear) for _ in range(2)]
    for thread in [*makers, *clearers]:
        thread.start()
    for thread in [*makers, *clearers]:
        thread.join()
    for arn in versions():
        sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)  # It counts none that is not there.


def test_a_request_that_is_sent_again_registers_once(sagemaker, group):
    first = register(sagemaker, group, ClientToken="t1")
    assert register(sagemaker, group, ClientToken="t1") == first
    assert register(sagemaker, group, ClientToken="t2") != first
    code, message = error_of(sagemaker.create_model_package, ModelPackageGroupName=group, ClientToken="t1", ModelPackageDescription="another")
    assert code == "ValidationException" and "ClientToken t1" in message


def test_lists(sagemaker, group):
    register(sagemaker, group)
    approved = register(sagemaker, group, ModelApprovalStatus="Approved")
    alone = f"alone-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model_package(ModelPackageName=alone, InferenceSpecification=specification())

    def versions(**filters):
        return [one["ModelPackageVersion"] for one in sagemaker.list_model_packages(ModelPackageGroupName=group, **filters)["ModelPackageSummaryList"]]
    assert versions() == [1, 2] and versions(SortOrder="Descending") == [2, 1] and versions(ModelPackageType="Unversioned") == []
    assert versions(ModelApprovalStatus="Approved") == [2]
    newest = sagemaker.list_model_packages(ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending", MaxResults=1)
    assert newest["ModelPackageSummaryList"][0]["ModelPackageArn"] == approved and newest["NextToken"]
    names = [one["ModelPackageName"] for one in sagemaker.list_model_packages(NameContains="alone-")["ModelPackageSummaryList"]]
    assert alone in names
    both = sagemaker.list_model_packages(ModelPackageType="Both", MaxResults=100)["ModelPackageSummaryList"]
    assert {alone, f"{group}/1"} <= {one["ModelPackageName"] for one in both}
    assert error_of(sagemaker.list_model_packages, ModelPackageGroupName="nobody")[0] == "ValidationException"


def test_approval_and_metadata_change(sagemaker, group):
    arn = register(sagemaker, group, CustomerMetadataProperties={"a": "1", "b": "2"})
    assert sagemaker.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good", CustomerMetadataProperties={"c": "3"},
        CustomerMetadataPropertiesToRemove=["a"], ModelLifeCycle={"Stage": "Staging", "StageStatus": "Pending"},
        AdditionalInferenceSpecificationsToAdd=[{"Name": "small", **specification()}])["ModelPackageArn"] == arn
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert described["ModelApprovalStatus"] == "Approved" and described["ApprovalDescription"] == "good"
    assert described["CustomerMetadataProperties"] == {"b": "2", "c": "3"} and described["ModelLifeCycle"]["Stage"] == "Staging"
    assert [one["Name"] for one in described["AdditionalInferenceSpecifications"]] == ["small"]
    assert described["LastModifiedBy"]["IamIdentity"]["Arn"]
    code, message = error_of(sagemaker.update_model_package, ModelPackageArn=arn,
                             AdditionalInferenceSpecificationsToAdd=[{"Name": "small", **specification()}])
    assert code == "ValidationException" and "small" in message
    code, _ = error_of(sagemaker.update_model_package, ModelPackageArn=arn, CustomerMetadataProperties={f"k{i}": "x" for i in range(50)})
    assert code == "ResourceLimitExceeded"


def test_the_model_card_of_a_package(sagemaker, group):
    card = {"model_overview": {"model_owner": "me"}, "intended_uses": {"intended_uses": "none"}}
    arn = register(sagemaker, group, ModelCard={"ModelCardContent": json.dumps(card), "ModelCardStatus": "Draft"})
    described = sagemaker.describe_model_package(ModelPackageName=arn)["ModelCard"]
    assert json.loads(described["ModelCardContent"]) == card and described["ModelCardStatus"] == "Draft"
    less = sagemaker.describe_model_package(ModelPackageName=arn, IncludedData="MetadataOnly")["ModelCard"]
    assert "intended_uses" not in less["ModelCardContent"] and less["ModelCardStatus"] == "Draft"
    sagemaker.update_model_package(ModelPackageArn=arn, ModelCard={"ModelCardStatus": "Approved"})
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelCard"]["ModelCardStatus"] == "Approved"
    code, message = error_of(sagemaker.create_model_package, ModelPackageGroupName=group, ModelCard={"ModelCardContent": "{", "ModelCardStatus": "Draft"})
    assert code == "ValidationException"


def test_what_cannot_be_registered(sagemaker, group):
    def refused(**request):
        code, message = error_of(sagemaker.create_model_package, **request)
        assert code == "ValidationException"
        return message
    both = refused(ModelPackageName="a", ModelPackageGroupName=group, InferenceSpecification=specification())
    assert both == ("Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.")
    assert refused(InferenceSpecification=specification()).startswith("Missing ARN.")
    assert "does not exist" in refused(ModelPackageGroupName="nobody", InferenceSpecification=specification())
    assert "tags of its group" in refused(ModelPackageGroupName=group, Tags=[{"Key": "a", "Value": "b"}])
    assert "marketplace" in refused(ModelPackageGroupName=group, CertifyForMarketplace=True)
    assert "ModelApprovalStatus" in refused(ModelPackageName="a", ModelApprovalStatus="Approved", InferenceSpecification=specification())
    assert "s3://" in refused(ModelPackageGroupName=group, InferenceSpecification=specification(ModelDataUrl="https://example.com/model.tar.gz"))


def test_a_version_has_the_tags_of_its_group(aws, sagemaker, group):
    arn = register(sagemaker, group)
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    code, message = error_of(sagemaker.add_tags, ResourceArn=arn, Tags=[{"Key": "x", "Value": "y"}])
    assert code == "ValidationException" and "ModelPackageGroup" in message


def test_several_are_described_at_once(sagemaker, group):
    arn = register(sagemaker, group)
    missing = arn.rsplit("/", 1)[0] + "/9"
    reply = sagemaker.batch_describe_model_package(ModelPackageArnList=[arn, missing])
    assert reply["ModelPackageSummaries"][arn]["ModelPackageVersion"] == 1
    assert "does not exist" in reply["BatchDescribeModelPackageErrorMap"][missing]["ErrorResponse"]


def test_a_model_from_a_package_serves(aws, sagemaker, group):
    name = f"registered-{uuid.uuid4().hex[:8]}"
    bucket = f"sagemaker-{name}"
    make_bucket(aws, bucket)
    sagemaker.create_training_job(**job_request(aws, bucket, name))
    data = wait_for_job(aws, name)["ModelArtifacts"]["S3ModelArtifacts"]
    arn = sagemaker.create_model_package(ModelPackageGroupName=group, InferenceSpecification=specification(ModelDataUrl=data),
                                         ModelApprovalStatus="PendingManualApproval")["ModelPackageArn"]
    request = {"ModelName": name, "ExecutionRoleArn": aws.role, "PrimaryContainer": {"ModelPackageName": arn}}
    code, message = error_of(sagemaker.create_model, **request)
    assert code == "ValidationException" and "PendingManualApproval" in message
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    code, message = error_of(sagemaker.create_model, **{**request, "PrimaryContainer": {"ModelPackageName": arn, "Image": IMAGE}})
    assert code == "ValidationException" and "ModelPackageName or Image" in message
    sagemaker.create_model(**request)
    assert sagemaker.describe_model(ModelName=name)["PrimaryContainer"] == {"ModelPackageName": arn}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[
        {"VariantName": "a", "ModelName": name, "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}])
    sagemaker.delete_model_package(ModelPackageName=arn)  # The model has what it needs of it.
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
    reply = aws.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=b"0.5,0.5")
    assert float(reply["Body"].read())
    sagemaker.delete_endpoint(EndpointName=name)
