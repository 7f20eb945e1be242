"""Inputs of requests_fuzz: requests as boto3 makes them."""

import urllib.parse

import boto3
import botocore.config

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
MANAGED = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
OWN = "arn:aws:iam::123456789012:policy/p"
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:g"
JOB = "arn:aws:sagemaker:us-east-1:123456789012:training-job/t"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
KEY = "AKIAIOSFODNN7EXAMPLE"
TAGS = [{"Key": "a", "Value": "b"}]
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*"],"Resource":"arn:aws:s3:::b/${aws:username}/*",'
    '"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"StringLike":{"s3:prefix":["a*"]}}}]}'
)
BUCKET_POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}'
)
TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"sagemaker.amazonaws.com","AWS":"arn:aws:iam::123456789012:root"}}]}'
)
CHANNEL = {
    "ChannelName": "train",
    "ContentType": "text/csv",
    "DataSource": {
        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train/", "S3DataDistributionType": "FullyReplicated"}
    },
}
VARIANT = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 10,
    "DestinationS3Uri": "s3://b/d",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}

S3 = [
    ("put_object", dict(Bucket="b", Key="k", Body=b"hello", Metadata={"a": "b"}, Tagging="a=b", ContentType="text/plain")),
    ("get_object", dict(Bucket="b", Key="k", Range="bytes=1-2", IfNoneMatch='"x"', ChecksumMode="ENABLED")),
    ("head_object", dict(Bucket="b", Key="k")),
    ("delete_object", dict(Bucket="b", Key="k")),
    ("delete_objects", dict(Bucket="b", Delete={"Objects": [{"Key": "k"}, {"Key": "l"}], "Quiet": True})),
    ("copy_object", dict(Bucket="b", Key="c", CopySource="b/k", MetadataDirective="REPLACE", CopySourceIfMatch='"x"')),
    ("list_objects_v2", dict(Bucket="b", Prefix="k", Delimiter="/", MaxKeys=1, ContinuationToken="c2FnZWJydXNoMTpr")),
    ("list_objects_v2", dict(Bucket="b", StartAfter="a", EncodingType="url")),
    ("list_objects", dict(Bucket="b", Marker="a", MaxKeys=2)),
    ("list_buckets", dict(MaxBuckets=1, ContinuationToken="Yg==", Prefix="b")),
    ("create_bucket", dict(Bucket="new-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})),
    ("delete_bucket", dict(Bucket="other")),
    ("head_bucket", dict(Bucket="b")),
    ("get_bucket_location", dict(Bucket="b")),
    ("put_bucket_policy", dict(Bucket="b", Policy=BUCKET_POLICY)),
    ("get_bucket_policy", dict(Bucket="b")),
    ("get_bucket_policy_status", dict(Bucket="b")),
    ("delete_bucket_policy", dict(Bucket="b")),
    ("put_bucket_tagging", dict(Bucket="b", Tagging={"TagSet": TAGS})),
    ("get_bucket_tagging", dict(Bucket="b")),
    ("put_object_tagging", dict(Bucket="b", Key="k", Tagging={"TagSet": TAGS})),
    ("get_object_tagging", dict(Bucket="b", Key="k")),
    ("create_multipart_upload", dict(Bucket="b", Key="m", ChecksumAlgorithm="CRC32")),
    ("upload_part", dict(Bucket="b", Key="m", UploadId="u", PartNumber=1, Body=b"part")),
    ("upload_part_copy", dict(Bucket="b", Key="m", UploadId="u", PartNumber=1, CopySource="b/k", CopySourceRange="bytes=0-3")),
    (
        "complete_multipart_upload",
        dict(
            Bucket="b",
            Key="m",
            UploadId="u",
            MultipartUpload={
                "Parts": [{"PartNumber": 1, "ETag": '"e"'}, {"PartNumber": 2, "ETag": '"f"', "ChecksumCRC32": "AAAAAA=="}]
            },
        ),
    ),
    ("abort_multipart_upload", dict(Bucket="b", Key="m", UploadId="u")),
    ("list_parts", dict(Bucket="b", Key="m", UploadId="u", PartNumberMarker=1)),
    ("list_multipart_uploads", dict(Bucket="b", Prefix="m", KeyMarker="a", UploadIdMarker="u")),
    ("get_object_attributes", dict(Bucket="b", Key="k", ObjectAttributes=["ETag", "Checksum", "ObjectParts"])),
]
IAM = [
    ("create_user", dict(UserName="u", Path="/p/", Tags=TAGS)),
    ("get_user", dict(UserName="u")),
    ("list_users", dict(PathPrefix="/", MaxItems=1, Marker="x")),
    ("delete_user", dict(UserName="u")),
    ("create_access_key", dict(UserName="u")),
    ("list_access_keys", dict(UserName="u")),
    ("update_access_key", dict(UserName="u", AccessKeyId=KEY, Status="Inactive")),
    ("delete_access_key", dict(UserName="u", AccessKeyId=KEY)),
    ("create_role", dict(RoleName="r", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=3600)),
    ("get_role", dict(RoleName="SageMakerRole")),
    ("list_roles", dict()),
    ("update_role", dict(RoleName="r", Description="d")),
    ("update_assume_role_policy", dict(RoleName="r", PolicyDocument=TRUST)),
    ("create_policy", dict(PolicyName="p", PolicyDocument=POLICY)),
    ("get_policy", dict(PolicyArn=OWN)),
    ("list_policies", dict(Scope="Local", OnlyAttached=True)),
    ("create_policy_version", dict(PolicyArn=OWN, PolicyDocument=POLICY, SetAsDefault=True)),
    ("get_policy_version", dict(PolicyArn=MANAGED, VersionId="v1")),
    ("set_default_policy_version", dict(PolicyArn=OWN, VersionId="v1")),
    ("attach_role_policy", dict(RoleName="r", PolicyArn=MANAGED)),
    ("list_attached_role_policies", dict(RoleName="r")),
    ("put_role_policy", dict(RoleName="r", PolicyName="i", PolicyDocument=POLICY)),
    ("get_role_policy", dict(RoleName="r", PolicyName="i")),
    ("put_user_policy", dict(UserName="u", PolicyName="i", PolicyDocument=POLICY)),
    ("list_entities_for_policy", dict(PolicyArn=MANAGED)),
    (
        "simulate_principal_policy",
        dict(
            PolicySourceArn=ROLE,
            ActionNames=["s3:GetObject"],
            ResourceArns=["arn:aws:s3:::b/k"],
            ContextEntries=[{"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["10.0.0.1"], "ContextKeyType": "ip"}],
        ),
    ),
    ("simulate_custom_policy", dict(PolicyInputList=[POLICY], ActionNames=["s3:GetObject"])),
    ("tag_role", dict(RoleName="r", Tags=TAGS)),
]
STS = [
    ("get_caller_identity", dict()),
    ("assume_role", dict(RoleArn=ROLE, RoleSessionName="session", Policy=POLICY, DurationSeconds=900, Tags=TAGS)),
    ("get_session_token", dict(DurationSeconds=900)),
]
LOGS = [
    ("create_log_group", dict(logGroupName="g", tags={"a": "b"})),
    ("describe_log_groups", dict(logGroupNamePrefix="g", limit=1, nextToken="eyJHcm91cCI6ImYifQ==")),
    ("put_retention_policy", dict(logGroupName="g", retentionInDays=7)),
    ("create_log_stream", dict(logGroupName="g", logStreamName="s")),
    ("describe_log_streams", dict(logGroupName="g", orderBy="LastEventTime", descending=True, limit=1)),
    ("describe_log_streams", dict(logGroupName="g", nextToken="eyJUaW1lIjoxLCJTdHJlYW0iOiJzIn0=")),
    (
        "put_log_events",
        dict(
            logGroupName="g",
            logStreamName="s",
            logEvents=[
                {"timestamp": 1700000000000, "message": 'ERROR {"a": 1}'},
                {"timestamp": 1700000000001, "message": "two"},
            ],
        ),
    ),
    (
        "get_log_events",
        dict(logGroupName="g", logStreamName="s", startFromHead=True, nextToken="f/0000018bcfe568000000000000000000"),
    ),
    ("get_log_events", dict(logGroupName="g", logStreamName="s", startTime=1, endTime=1800000000000, limit=1)),
    ("filter_log_events", dict(logGroupName="g", filterPattern="{ $.a = 1 }", logStreamNames=["s"], startTime=1)),
    ("filter_log_events", dict(logGroupIdentifier=GROUP, filterPattern="ERROR -two ?x %re%", logStreamNamePrefix="s")),
    ("filter_log_events", dict(logGroupName="g", nextToken="eyJUaW1lIjoxLCJTdHJlYW0iOiJzIiwiT2Zmc2V0IjowfQ==")),
    ("tag_resource", dict(resourceArn=GROUP, tags={"a": "b"})),
]
SAGEMAKER = [
    (
        "create_training_job",
        dict(
            TrainingJobName="t",
            AlgorithmSpecification={
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "m", "Regex": "m=([0-9.]+)"}],
            },
            RoleArn=ROLE,
            HyperParameters={"num_round": "3", "objective": "binary:logistic"},
            InputDataConfig=[CHANNEL],
            OutputDataConfig={"S3OutputPath": "s3://b/out"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
            CheckpointConfig={"S3Uri": "s3://b/c", "LocalPath": "/opt/ml/checkpoints"},
            Tags=TAGS,
            Environment={"A": "b"},
        ),
    ),
    ("describe_training_job", dict(TrainingJobName="t")),
    ("stop_training_job", dict(TrainingJobName="t")),
    ("update_training_job", dict(TrainingJobName="t", ResourceConfig={"KeepAlivePeriodInSeconds": 1})),
    ("list_training_jobs", dict(NameContains="t", StatusEquals="InProgress", SortBy="Status", SortOrder="Ascending")),
    ("list_training_jobs", dict(MaxResults=1, CreationTimeAfter=1, LastModifiedTimeBefore=2000000000, NextToken="abc")),
    (
        "create_model",
        dict(
            ModelName="m",
            ExecutionRoleArn=ROLE,
            PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://b/m.tar.gz", "Environment": {"A": "b"}},
        ),
    ),
    ("describe_model", dict(ModelName="m")),
    ("list_models", dict(NameContains="m", SortBy="Name")),
    ("delete_model", dict(ModelName="m")),
    ("create_endpoint_config", dict(EndpointConfigName="c", ProductionVariants=[VARIANT])),
    ("create_endpoint_config", dict(EndpointConfigName="d", ProductionVariants=[VARIANT], DataCaptureConfig=CAPTURE)),
    ("describe_endpoint_config", dict(EndpointConfigName="c")),
    ("create_endpoint", dict(EndpointName="e", EndpointConfigName="c", Tags=TAGS)),
    ("describe_endpoint", dict(EndpointName="e")),
    (
        "update_endpoint",
        dict(
            EndpointName="e",
            EndpointConfigName="c",
            RetainAllVariantProperties=True,
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
        ),
    ),
    (
        "update_endpoint_weights_and_capacities",
        dict(EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "v", "DesiredWeight": 0.5}]),
    ),
    ("list_endpoints", dict(StatusEquals="InService")),
    ("delete_endpoint", dict(EndpointName="e")),
    ("add_tags", dict(ResourceArn=JOB, Tags=TAGS)),
    ("list_tags", dict(ResourceArn=JOB, MaxResults=50, NextToken="x")),
    ("delete_tags", dict(ResourceArn=JOB, TagKeys=["a"])),
]
RUNTIME = [
    (
        "invoke_endpoint",
        dict(EndpointName="e", Body=b"1,2,3", ContentType="text/csv", TargetVariant="v", CustomAttributes="c"),
    )
]
METRIC = {"Namespace": "n", "MetricName": "m", "Dimensions": [{"Name": "d", "Value": "v"}]}
CLOUDWATCH = [
    (
        "put_metric_data",
        dict(
            Namespace="n",
            MetricData=[
                {"MetricName": "m", "Value": 1.5, "Unit": "Count", "Dimensions": METRIC["Dimensions"], "Timestamp": 1700000000},
                {"MetricName": "m", "Values": [1.0, 2.0], "Counts": [3.0, 4.0]},
                {"MetricName": "m", "StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}},
            ],
        ),
    ),
    (
        "get_metric_statistics",
        dict(METRIC, StartTime=1699999000, EndTime=1700001000, Period=60, Statistics=["Sum", "Average"], Unit="Count"),
    ),
    ("get_metric_statistics", dict(METRIC, StartTime=1699999000, EndTime=1700001000, Period=300, ExtendedStatistics=["p99.9"])),
    (
        "get_metric_data",
        dict(
            MetricDataQueries=[{"Id": "a", "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "p90"}, "Label": "l"}],
            StartTime=1699999000,
            EndTime=1700001000,
            ScanBy="TimestampAscending",
            MaxDatapoints=2,
            NextToken="WzAsMTcwMDAwMDAwMDAwMF0=",
        ),
    ),
    ("list_metrics", dict(Namespace="n", Dimensions=[{"Name": "d"}], RecentlyActive="PT3H", NextToken="WyJuIiwibSIsW11d")),
    (
        "put_metric_alarm",
        dict(
            METRIC,
            AlarmName="a",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=3,
            DatapointsToAlarm=2,
            Threshold=1.5,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="breaching",
        ),
    ),
    ("describe_alarms", dict(AlarmNamePrefix="a", StateValue="OK", MaxRecords=1)),
    ("set_alarm_state", dict(AlarmName="a", StateValue="ALARM", StateReason="r", StateReasonData="{}")),
    ("delete_alarms", dict(AlarmNames=["a"])),
]
EVENTS = [
    ("put_rule", dict(Name="r", EventPattern='{"source": ["a", {"prefix": "b"}]}', State="ENABLED", Tags=[{"Key": "k", "Value": "v"}])),
    (
        "put_targets",
        dict(
            Rule="r",
            Targets=[
                {
                    "Id": "t",
                    "Arn": "arn:aws:logs:us-east-1:123456789012:log-group:g",
                    "InputTransformer": {"InputPathsMap": {"v": "$.detail['a'][0]"}, "InputTemplate": '{"m": "<v>", "r": <aws.events.event>}'},
                }
            ],
        ),
    ),
    ("put_events", dict(Entries=[{"Source": "a", "DetailType": "t", "Detail": '{"a": [1]}', "Time": 1700000000, "Resources": ["r"]}])),
    ("test_event_pattern", dict(EventPattern='{"detail": {"a": [{"numeric": ["=", 1]}]}}', Event='{"id": "1"}')),
    ("list_targets_by_rule", dict(Rule="r", Limit=1, NextToken="MQ==")),
    ("list_rule_names_by_target", dict(TargetArn="arn:aws:logs:us-east-1:123456789012:log-group:g")),
    ("tag_resource", dict(ResourceARN="arn:aws:events:us-east-1:123456789012:rule/r", Tags=[{"Key": "k", "Value": "v"}])),
    ("remove_targets", dict(Rule="r", Ids=["t"])),
    ("delete_rule", dict(Name="r")),
]
REQUESTS = {
    "s3": S3,
    "iam": IAM,
    "sts": STS,
    "logs": LOGS,
    "cloudwatch": CLOUDWATCH,
    "events": EVENTS,
    "sagemaker": SAGEMAKER,
    "sagemaker-runtime": RUNTIME,
}

# Headers that say nothing to an operation, or hold for one body only, so that a changed one would be refused.
NOT_KEPT = ("amz-sdk-", "authorization", "content-length", "content-md5", "expect", "host", "user-agent", "x-amz-checksum-")
NOT_KEPT += ("x-amz-content-sha256", "x-amz-date", "x-amz-sdk-")


class Made(Exception):
    """Ends a call before it is sent."""


def text_of(request, signing_name):
    address = urllib.parse.urlsplit(request.url)
    target = address.path + ("?" + address.query if address.query else "")
    head = f"{signing_name} {request.method} {target}\n"
    for name, value in request.headers.items():
        value = value.decode() if isinstance(value, bytes) else value
        if not name.lower().startswith(NOT_KEPT):
            head += f"{name.lower()}:{value}\n"
    body = request.body or b""
    body = body.read() if hasattr(body, "read") else body
    return head.encode() + b"\n" + (body.encode() if isinstance(body, str) else bytes(body))


def requests():
    for service, calls in REQUESTS.items():
        client = boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url="http://127.0.0.1:9000",
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=botocore.config.Config(s3={"addressing_style": "path"}),
        )

        def stop(request, **_):
            raise Made(request)

        client.meta.events.register("before-send", stop)
        for operation, parameters in calls:
            try:
                getattr(client, operation)(**parameters)
            except Made as made:
                yield text_of(made.args[0], client.meta.service_model.signing_name)
