"""Every list that is built, page by page: the same as at once. And each of its members with a value of its own type."""

import datetime
import importlib
import json
import pathlib
import uuid

import botocore.exceptions
import botocore.session
import pytest

from processing import processing_request, wait_for_processing
from test_iam import METADATA
from test_transform_job import wait as wait_for_transform
from test_unbuilt_operations import operations
from training import IMAGE, job_request, make_bucket, wait_for_job

SESSION = botocore.session.get_session()
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}]})


def paginators(service):
    try:
        return SESSION.get_paginator_model(service)._paginator_config
    except botocore.exceptions.UnknownServiceError:
        return {}


def lists():
    return [(service, name) for service, names in json.loads(operations("--json")).items()
            for name in names if name in paginators(service)]


# GetMetricData cuts what it lists itself (test_cloudwatch.py), each LookupEvents is an event more (test_audit.py); of the others there
# is none, or one.
NOT_PAGED_HERE = {"GetMetricData", "LookupEvents", "ListAccountAliases", "ListKeyPolicies", "ListMFADevices", "ListSSHPublicKeys",
                  "ListServerCertificates", "ListSigningCertificates", "ListVirtualMFADevices"}


def lists_by_size():
    """Those whose pages a client can make small."""
    return [(service, name) for service, name in lists() if "limit_key" in paginators(service)[name] and name not in NOT_PAGED_HERE]


class World:
    """At least three of everything that can be listed. Names that two of one kind share with `name` as their beginning."""

    def __init__(self, aws):
        self.aws, self.name = aws, f"page-{uuid.uuid4().hex[:8]}"
        self.tags = [{"Key": f"k{i}", "Value": "v"} for i in range(3)]
        self.fill_iam(aws.client("iam"))
        self.fill_groups_and_providers(aws.client("iam"))
        self.fill_s3(aws.client("s3"))
        self.fill_keys(aws.client("kms"))
        self.fill_secrets_and_parameters(aws.client("secretsmanager"), aws.client("ssm"))
        self.fill_logs(aws.client("logs"))
        self.fill_cloudwatch(aws.client("cloudwatch"))
        self.fill_events(aws.client("events"))
        self.fill_sagemaker(aws.client("sagemaker"))
        # What a noun's own test makes for the lists of it, and which arguments those need.
        self.more = {}
        for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
            make_listed = getattr(importlib.import_module(path.stem), "make_listed", None)
            if make_listed is not None:
                self.more.update(make_listed(aws.client("sagemaker"), self.name, aws.role) or {})

    def fill_iam(self, iam):
        self.policy = iam.create_policy(PolicyName=self.name, PolicyDocument=DOCUMENT, Tags=self.tags)["Policy"]["Arn"]
        for _ in range(2):
            iam.create_policy_version(PolicyArn=self.policy, PolicyDocument=DOCUMENT)
        others = [iam.create_policy(PolicyName=f"{self.name}-{i}", PolicyDocument=DOCUMENT)["Policy"]["Arn"] for i in range(2)]
        for i in range(2):
            user = role = f"{self.name}-{i}"
            iam.create_user(UserName=user, Tags=self.tags)
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST, Tags=self.tags)
            for policy in [self.policy, *others]:
                iam.attach_user_policy(UserName=user, PolicyArn=policy)
                iam.attach_role_policy(RoleName=role, PolicyArn=policy)
            for j in range(3):
                iam.put_user_policy(UserName=user, PolicyName=f"p{j}", PolicyDocument=DOCUMENT)
                iam.put_role_policy(RoleName=role, PolicyName=f"p{j}", PolicyDocument=DOCUMENT)
        for _ in range(2):
            iam.create_access_key(UserName=f"{self.name}-0")

    def fill_groups_and_providers(self, iam):
        one = f"{self.name}-0"
        for i in range(3):
            name = f"{self.name}-{i}"
            iam.create_group(GroupName=name)
            iam.add_user_to_group(GroupName=name, UserName=one)
            iam.put_group_policy(GroupName=one, PolicyName=f"p{i}", PolicyDocument=DOCUMENT)
            iam.create_instance_profile(InstanceProfileName=name, Tags=self.tags)
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=one)
        iam.add_user_to_group(GroupName=one, UserName=f"{self.name}-1")
        for policy in iam.list_attached_user_policies(UserName=one)["AttachedPolicies"]:
            iam.attach_group_policy(GroupName=one, PolicyArn=policy["PolicyArn"])
        self.oidc = iam.create_open_id_connect_provider(
            Url=f"https://{self.name}.example.com", ThumbprintList=["0" * 40], Tags=self.tags)["OpenIDConnectProviderArn"]
        self.saml = iam.create_saml_provider(Name=self.name, SAMLMetadataDocument=METADATA.format(""), Tags=self.tags)["SAMLProviderArn"]

    def fill_keys(self, kms):
        keys = [kms.create_key(Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in self.tags])["KeyMetadata"]["KeyId"]
                for _ in range(3)]
        self.key = keys[0]
        for i in range(3):
            kms.create_alias(AliasName=f"alias/{self.name}-{i}", TargetKeyId=self.key)
            kms.create_grant(KeyId=self.key, GranteePrincipal=self.aws.role, RetiringPrincipal=self.aws.role, Operations=["Decrypt"])
            kms.rotate_key_on_demand(KeyId=self.key)

    def fill_secrets_and_parameters(self, secrets, ssm):
        for i in range(3):
            secrets.create_secret(Name=f"{self.name}-{i}", SecretString="text")
            secrets.put_secret_value(SecretId=f"{self.name}-0", SecretString=f"text {i}", VersionStages=[f"stage-{i}"])
            ssm.put_parameter(Name=f"/{self.name}/{i}", Value="text", Type="String")
            ssm.put_parameter(Name=f"/{self.name}/0", Value=f"text {i}", Type="String", Overwrite=True)

    def fill_s3(self, s3):
        for suffix in ("", "-b", "-c"):
            make_bucket(self.aws, self.name + suffix)
        for i in range(3):
            s3.put_object(Bucket=self.name, Key=f"page/{i}/x")
            s3.create_multipart_upload(Bucket=self.name, Key="same")
        self.upload = s3.create_multipart_upload(Bucket=self.name, Key="parts")["UploadId"]
        for number in (1, 2, 5):
            s3.upload_part(Bucket=self.name, Key="parts", UploadId=self.upload, PartNumber=number, Body=b"x")

    def fill_logs(self, logs):
        for i in range(3):
            logs.create_log_group(logGroupName=f"{self.name}/{i}")
            logs.create_log_stream(logGroupName=f"{self.name}/0", logStreamName=f"s{i}")
            now = int(datetime.datetime.now().timestamp() * 1000)
            logs.put_log_events(logGroupName=f"{self.name}/0", logStreamName=f"s{i}", logEvents=[
                {"timestamp": now + j, "message": f"{i} {j}"} for j in range(3)])

    def fill_cloudwatch(self, cloudwatch):
        for i in range(3):
            cloudwatch.put_metric_data(Namespace=self.name, MetricData=[{"MetricName": f"m{i}", "Value": i}])
            cloudwatch.put_metric_alarm(AlarmName=f"{self.name}-{i}", Namespace=self.name, MetricName="m0", Statistic="Sum", Period=60,
                                        EvaluationPeriods=1, Threshold=1, ComparisonOperator="LessThanThreshold")

    def fill_events(self, events):
        self.log_group = f"arn:aws:logs:us-east-1:{self.aws.account}:log-group:{self.name}/0"
        for i in range(3):
            events.put_rule(Name=f"{self.name}-{i}", EventPattern='{"source": ["none"]}')
            targets = [{"Id": f"t{j}", "Arn": self.log_group} for j in range(3)]
            assert events.put_targets(Rule=f"{self.name}-{i}", Targets=targets)["FailedEntryCount"] == 0

    def fill_sagemaker(self, sagemaker):
        for i in range(3):
            name = f"{self.name}-{i}"
            sagemaker.create_model(ModelName=name, ExecutionRoleArn=self.aws.role, PrimaryContainer={"Image": IMAGE}, Tags=self.tags)
            sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[
                {"VariantName": "a", "ModelName": name, "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}])
            sagemaker.create_training_job(**job_request(self.aws, self.name, name))
            sagemaker.create_processing_job(**processing_request(self.aws, name))
            sagemaker.create_transform_job(
                TransformJobName=name, ModelName=name, TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
                TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.name}/train"}}},
                TransformOutput={"S3OutputPath": f"s3://{self.name}/out"})
        for i in range(3):
            wait_for_job(self.aws, f"{self.name}-{i}")
            wait_for_processing(self.aws, f"{self.name}-{i}")
            wait_for_transform(self.aws, f"{self.name}-{i}")
            sagemaker.create_endpoint(EndpointName=f"{self.name}-{i}", EndpointConfigName=f"{self.name}-{i}")
        self.model = sagemaker.describe_model(ModelName=f"{self.name}-0")["ModelArn"]

    def arguments(self, service, operation):
        """What the list needs to find at least two."""
        one = f"{self.name}-0"
        return {
            "ListAccessKeys": {"UserName": one}, "ListAttachedUserPolicies": {"UserName": one},
            "ListUserPolicies": {"UserName": one}, "ListUserTags": {"UserName": one},
            "ListAttachedRolePolicies": {"RoleName": one}, "ListRolePolicies": {"RoleName": one}, "ListRoleTags": {"RoleName": one},
            "ListEntitiesForPolicy": {"PolicyArn": self.policy}, "ListPolicyTags": {"PolicyArn": self.policy},
            "ListPolicyVersions": {"PolicyArn": self.policy},
            "SimulateCustomPolicy": {"PolicyInputList": [DOCUMENT], "ActionNames": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]},
            "SimulatePrincipalPolicy": {"PolicySourceArn": self.aws.role, "ActionNames": ["s3:GetObject", "s3:PutObject", "iam:GetUser"]},
            "DescribeLogStreams": {"logGroupName": f"{self.name}/0"}, "FilterLogEvents": {"logGroupName": f"{self.name}/0"},
            "ListObjects": {"Bucket": self.name}, "ListObjectsV2": {"Bucket": self.name},
            "ListMultipartUploads": {"Bucket": self.name},
            "ListParts": {"Bucket": self.name, "Key": "parts", "UploadId": self.upload},
            "ListObjectVersions": {"Bucket": self.name},
            "GetGroup": {"GroupName": one}, "ListAttachedGroupPolicies": {"GroupName": one}, "ListGroupPolicies": {"GroupName": one},
            "ListGroupsForUser": {"UserName": one}, "ListInstanceProfilesForRole": {"RoleName": one},
            "ListInstanceProfileTags": {"InstanceProfileName": one},
            "ListOpenIDConnectProviderTags": {"OpenIDConnectProviderArn": self.oidc}, "ListSAMLProviderTags": {"SAMLProviderArn": self.saml},
            "ListGrants": {"KeyId": self.key}, "ListKeyRotations": {"KeyId": self.key}, "ListResourceTags": {"KeyId": self.key},
            "ListKeyPolicies": {"KeyId": self.key}, "ListRetirableGrants": {"RetiringPrincipal": self.aws.role},
            "ListSecretVersionIds": {"SecretId": one},
            "GetParameterHistory": {"Name": f"/{self.name}/0"}, "GetParametersByPath": {"Path": f"/{self.name}"},
            "GetMetricData": {"StartTime": datetime.datetime(2026, 1, 1), "EndTime": datetime.datetime(2026, 1, 2), "MetricDataQueries": [
                {"Id": "a", "MetricStat": {"Metric": {"Namespace": self.name, "MetricName": "m0"}, "Period": 60, "Stat": "Sum"}}]},
            "ListTargetsByRule": {"Rule": one}, "ListRuleNamesByTarget": {"TargetArn": self.log_group},
            "ListTags": {"ResourceArn": self.model}, "Search": {"Resource": "Model"}, "GetTagValues": {"Key": "k0"},
            **(self.more if service == "sagemaker" else {}),
        }.get(operation, {})


@pytest.fixture(scope="module")
def world(aws):
    return World(aws)


def call(aws, service, operation, arguments):
    method = botocore.xform_name(operation)
    return getattr(aws.client(service), method)(**arguments)


def entries(reply, config):
    """What is listed, without what changes by itself meanwhile: an endpoint's container writes to its log, for one."""
    keys = config["result_key"] if isinstance(config["result_key"], list) else [config["result_key"]]
    for key in keys:
        for entry in reply.get(key, []):
            yield json.dumps([key, {name: value for name, value in entry.items() if not name.endswith(("Status", "Time", "Bytes"))}
                              if isinstance(entry, dict) else entry], default=str, sort_keys=True)


@pytest.mark.parametrize("service, operation", lists_by_size())
def test_pages_are_the_whole(aws, world, service, operation):
    config = paginators(service)[operation]
    arguments = world.arguments(service, operation)
    limit = SESSION.get_service_model(service).operation_model(operation).input_shape.members[config["limit_key"]]
    size, most = max(1, limit.metadata.get("min", 1)), limit.metadata.get("max", 100)
    whole = [entry for page in aws.client(service).get_paginator(botocore.xform_name(operation)).paginate(
        **arguments, PaginationConfig={"PageSize": most}) for entry in entries(page, config)]
    pages = [list(entries(page, config)) for page in aws.client(service).get_paginator(botocore.xform_name(operation)).paginate(
        **arguments, PaginationConfig={"PageSize": size})]
    assert len(whole) >= 2, f"World makes too few of what {operation} lists"
    assert sorted(entry for page in pages for entry in page) == sorted(whole)
    if config["result_key"] != ["events", "searchedLogStreams"]:
        assert all(len(page) <= size for page in pages)
    assert len(pages) >= min(2, len(whole) // size)


def values_of(shape):
    """Values of a member's type that a client may send; what its meaning is, the service may refuse."""
    if shape.type_name == "string":
        return [*shape.enum[:1], "1", "a"]
    if shape.type_name in ("integer", "long"):
        return [1, 2]
    return {"boolean": [True], "timestamp": [datetime.datetime(2026, 1, 1)], "double": [1.5], "float": [1.5]}.get(shape.type_name, [])


@pytest.mark.parametrize("service, operation", lists() + [("s3", "GetObjectAttributes"), ("logs", "GetLogEvents")])
def test_no_member_is_an_internal_error(aws, world, service, operation):
    arguments = world.arguments(service, operation) or {
        "GetObjectAttributes": {"Bucket": world.name, "Key": "page/0/x", "ObjectAttributes": ["ObjectParts"]},
        "GetLogEvents": {"logGroupName": f"{world.name}/0", "logStreamName": "s0"}}.get(operation, {})
    for name, shape in SESSION.get_service_model(service).operation_model(operation).input_shape.members.items():
        for value in values_of(shape):
            try:
                call(aws, service, operation, {**arguments, name: value})
            except botocore.exceptions.ParamValidationError:
                continue
            except botocore.exceptions.ClientError as error:
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 500 or error.response["Error"]["Code"] == "NotImplemented", (
                    name, value, str(error))


# S3 says nothing of the parts of an object whose checksum is of all of it.
def test_the_parts_of_an_object_come_in_pages(aws, world):
    s3 = aws.client("s3")
    upload = s3.create_multipart_upload(Bucket=world.name, Key="made", ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number in (1, 2, 3):
        part = s3.upload_part(Bucket=world.name, Key="made", UploadId=upload, PartNumber=number, Body=b"x" * (5 << 20), ChecksumAlgorithm="SHA256")
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    s3.complete_multipart_upload(Bucket=world.name, Key="made", UploadId=upload, MultipartUpload={"Parts": parts})
    seen, marker = [], 0
    while True:
        page = s3.get_object_attributes(Bucket=world.name, Key="made", ObjectAttributes=["ObjectParts"], MaxParts=1,
                                        PartNumberMarker=marker)["ObjectParts"]
        seen += [part["PartNumber"] for part in page["Parts"]]
        marker = page["NextPartNumberMarker"]
        if not page["IsTruncated"]:
            break
    assert seen == [1, 2, 3] and page["TotalPartsCount"] == 3
