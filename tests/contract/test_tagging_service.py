"""The Resource Groups Tagging API over the resources of all services."""

import json
import uuid

import pytest

import test_training_job
from training import IMAGE, make_bucket


def error_of(call, **arguments):
    return test_training_job.error_of(call, **arguments)[:2]


class World:
    def __init__(self, aws):
        self.aws, self.name = aws, f"tagging-{uuid.uuid4().hex[:8]}"
        self.tagging = aws.client("resourcegroupstaggingapi")
        sagemaker = aws.client("sagemaker")
        tags = [{"Key": "run", "Value": self.name}]
        self.models = [sagemaker.create_model(ModelName=f"{self.name}-{i}", ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE},
                                              Tags=[*tags, {"Key": "odd", "Value": str(i % 2)}])["ModelArn"] for i in range(5)]
        sagemaker.create_model(ModelName=f"{self.name}-bare", ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE})
        self.group = sagemaker.create_model_package_group(ModelPackageGroupName=self.name, Tags=tags)["ModelPackageGroupArn"]
        make_bucket(aws, f"sagemaker-{self.name}")
        self.bucket = f"arn:aws:s3:::sagemaker-{self.name}"
        aws.client("s3").put_bucket_tagging(Bucket=f"sagemaker-{self.name}", Tagging={"TagSet": tags})
        aws.client("logs").create_log_group(logGroupName=self.name, tags={"run": self.name})
        self.log_group = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:{self.name}"

    def found(self, tags=(), page_size=50, **more):
        filters = [{"Key": "run", "Values": [self.name]}, *tags]
        pages = self.tagging.get_paginator("get_resources").paginate(TagFilters=filters, ResourcesPerPage=page_size, **more)
        return [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]


@pytest.fixture(scope="module")
def world(aws):
    return World(aws)


def test_resources_of_all_services_are_found_by_their_tags(world):
    everything = [world.log_group, world.bucket, world.group, *world.models]
    for page_size in (1, 2, 3, 100):
        assert world.found(page_size=page_size) == everything
    assert world.found([{"Key": "odd", "Values": ["1"]}]) == world.models[1::2]
    assert world.found([{"Key": "odd"}]) == world.models
    assert world.found([{"Key": "odd", "Values": ["0", "1"]}, {"Key": "none"}]) == []
    assert world.found(ResourceTypeFilters=["sagemaker:model"]) == world.models
    assert world.found(ResourceTypeFilters=["sagemaker"]) == [world.group, *world.models]
    assert world.found(ResourceTypeFilters=["s3", "logs:log-group"]) == [world.log_group, world.bucket]
    listed = world.tagging.get_resources(ResourceARNList=[world.bucket, world.models[0], f"{world.models[0]}are"])["ResourceTagMappingList"]
    assert [one["ResourceARN"] for one in listed] == [world.bucket, world.models[0]]
    assert listed[0]["Tags"] == [{"Key": "run", "Value": world.name}]


def test_keys_and_values(world):
    keys = [key for page in world.tagging.get_paginator("get_tag_keys").paginate() for key in page["TagKeys"]]
    assert {"run", "odd"} <= set(keys) and keys == sorted(keys)
    values = [value for page in world.tagging.get_paginator("get_tag_values").paginate(Key="odd") for value in page["TagValues"]]
    assert values == ["0", "1"]


def test_tags_are_set_and_removed_over_services(aws, world):
    arns = [world.models[0], world.bucket, world.log_group]
    assert world.tagging.tag_resources(ResourceARNList=arns, Tags={"stage": "dev", "odd": "x"})["FailedResourcesMap"] == {}
    assert sorted(world.found([{"Key": "stage", "Values": ["dev"]}])) == sorted(arns)
    assert {"Key": "stage", "Value": "dev"} in aws.client("sagemaker").list_tags(ResourceArn=arns[0])["Tags"]
    assert {"Key": "run", "Value": world.name} in aws.client("s3").get_bucket_tagging(Bucket=f"sagemaker-{world.name}")["TagSet"]
    assert world.tagging.untag_resources(ResourceARNList=arns, TagKeys=["stage", "odd"])["FailedResourcesMap"] == {}
    assert world.found([{"Key": "stage"}]) == []
    world.tagging.tag_resources(ResourceARNList=[world.models[0]], Tags={"odd": "0"})


def test_what_fails_for_one_does_not_hold_the_others(world):
    missing = world.models[0] + "-nobody"
    reply = world.tagging.tag_resources(ResourceARNList=[missing, "arn:aws:ec2:us-east-1:1:instance/i", world.models[1]], Tags={"a": "b"})
    failed = reply["FailedResourcesMap"]
    assert sorted(failed) == sorted([missing, "arn:aws:ec2:us-east-1:1:instance/i"])
    assert failed[missing]["ErrorCode"] == "InvalidParameterException" and "Could not find model" in failed[missing]["ErrorMessage"]
    assert world.found([{"Key": "a"}]) == [world.models[1]]
    reserved = world.tagging.tag_resources(ResourceARNList=[world.models[1]], Tags={"aws:x": "y"})["FailedResourcesMap"]
    assert "reserved" in reserved[world.models[1]]["ErrorMessage"]
    world.tagging.untag_resources(ResourceARNList=[world.models[1]], TagKeys=["a"])


def test_what_is_asked_wrongly(world):
    for request in ({"ResourcesPerPage": 101}, {"TagsPerPage": 150}, {"PaginationToken": "abc"}, {"IncludeComplianceDetails": True},
                    {"ResourceARNList": [world.bucket], "TagFilters": [{"Key": "a"}]}):
        assert error_of(world.tagging.get_resources, **request)[0] == "InvalidParameterException", request
    token = world.tagging.get_resources(ResourcesPerPage=1)["PaginationToken"]
    assert error_of(world.tagging.get_resources, ResourcesPerPage=1, PaginationToken=token, TagFilters=[{"Key": "a"}])[0] == "InvalidParameterException"


def test_the_right_to_each_resource_is_needed(aws, world):
    iam = aws.client("iam")
    iam.create_user(UserName=world.name)
    key = iam.create_access_key(UserName=world.name)["AccessKey"]
    iam.put_user_policy(UserName=world.name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "tag:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "sagemaker:AddTags", "Resource": world.models[2]}]}))
    client = aws.client("resourcegroupstaggingapi", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    failed = client.tag_resources(ResourceARNList=[world.models[2], world.models[3], world.bucket], Tags={"a": "b"})["FailedResourcesMap"]
    assert sorted(failed) == sorted([world.models[3], world.bucket])
    assert all("AccessDenied" in failure["ErrorMessage"] for failure in failed.values())
    iam.delete_user_policy(UserName=world.name, PolicyName="p")
    assert error_of(client.get_resources)[0] == "AccessDeniedException"
