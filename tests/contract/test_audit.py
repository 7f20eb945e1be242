"""The audit trail: what every request leaves in LookupEvents and in the files below the data directory."""

import json

import botocore.config
import botocore
import pytest
from botocore.exceptions import ClientError

from live_server import Server
from training import channel, make_bucket, run_shell_job

ACCOUNT = "123456789012"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


def events(server, **query):
    pages = server.client("cloudtrail").get_paginator("lookup_events").paginate(
        **{"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value} for key, value in query.items()]})
    return [event | {"Whole": json.loads(event["CloudTrailEvent"])} for page in pages for event in page["Events"]]


def newest(server, **query):
    """Of the last 50 events, those that match."""
    attributes = [{"AttributeKey": key, "AttributeValue": value} for key, value in query.items()]
    return [event | {"Whole": json.loads(event["CloudTrailEvent"])}
            for event in server.client("cloudtrail").lookup_events(LookupAttributes=attributes)["Events"]]


def lines(server):
    return [json.loads(line) for file in sorted((server.data / "audit").iterdir()) for line in file.read_text().splitlines()]


def failure(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_a_request_is_an_event_by_every_attribute(aws):
    iam = aws.client("iam")
    reply = iam.create_role(RoleName="audited", AssumeRolePolicyDocument=TRUST)
    iam.delete_role(RoleName="audited")
    made, *_ = newest(aws, EventName="CreateRole")
    assert made["ReadOnly"] == "false" and made["EventSource"] == "iam.amazonaws.com" and made["Username"] == "root"
    assert made["AccessKeyId"] == aws.environment["AWS_ACCESS_KEY_ID"]
    assert made["Resources"] == [{"ResourceType": "AWS::IAM::Role", "ResourceName": "audited"}]
    whole = made["Whole"]
    assert whole["requestID"] == reply["ResponseMetadata"]["RequestId"]
    assert whole["userIdentity"]["type"] == "Root" and whole["sourceIPAddress"] == "127.0.0.1" and "Boto3" in whole["userAgent"]
    assert whole["requestParameters"]["roleName"] == "audited"
    assert whole["responseElements"]["role"]["arn"] == reply["Role"]["Arn"]
    for attribute, value in (("EventId", made["EventId"]), ("ResourceName", "audited"), ("ResourceType", "AWS::IAM::Role"),
                             ("EventSource", "iam.amazonaws.com"), ("Username", "root"), ("ReadOnly", "false"),
                             ("AccessKeyId", made["AccessKeyId"])):
        assert made["EventId"] in [event["EventId"] for event in newest(aws, **{attribute: value})], attribute
        assert made["EventId"] not in [event["EventId"] for event in newest(aws, **{attribute: "other"})], attribute
    assert [event["EventName"] for event in events(aws, ResourceName="audited")] == ["DeleteRole", "CreateRole"]  # Newest first.


def test_what_is_refused_is_an_event_too(aws):
    iam = aws.client("iam")
    assert failure(iam.get_role, RoleName="never-there") == "NoSuchEntity"
    event, = events(aws, ResourceName="never-there")
    assert event["Whole"]["errorCode"] == "NoSuchEntity" and event["ReadOnly"] == "true"
    iam.create_user(UserName="nosy")
    key = iam.create_access_key(UserName="nosy")["AccessKey"]
    nosy = aws.client("sagemaker", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert failure(nosy.list_models) == "AccessDeniedException"
    event, = events(aws, Username="nosy")
    assert event["EventName"] == "ListModels" and event["Whole"]["errorCode"] == "AccessDeniedException"
    assert event["Whole"]["userIdentity"]["type"] == "IAMUser" and event["AccessKeyId"] == key["AccessKeyId"]
    wrong = aws.client("sagemaker", aws_access_key_id="AKIAAAAAAAAAAAAAAAAA", aws_secret_access_key="wrong")
    failure(wrong.describe_model, ModelName="m")
    event, *_ = newest(aws, EventName="DescribeModel")
    assert event["Whole"]["userIdentity"]["type"] == "Unknown"
    # No secret is anywhere, also not the one that was made above.
    text = "".join(file.read_text() for file in (aws.data / "audit").iterdir())
    assert key["SecretAccessKey"] not in text and aws.environment["AWS_SECRET_ACCESS_KEY"] not in text
    iam.delete_access_key(UserName="nosy", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="nosy")


def test_a_session_is_told_with_its_role(aws):
    session = aws.client("sts").assume_role(RoleArn=aws.role, RoleSessionName="auditor")["Credentials"]
    assumed, = [event for event in newest(aws, EventName="AssumeRole") if event["Whole"]["requestParameters"]["roleSessionName"] == "auditor"]
    assert session["SessionToken"] not in assumed["CloudTrailEvent"] and session["SecretAccessKey"] not in assumed["CloudTrailEvent"]
    aws.client("sagemaker", aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"],
               aws_session_token=session["SessionToken"]).list_endpoints()
    event, = events(aws, Username="auditor")
    issuer = event["Whole"]["userIdentity"]["sessionContext"]["sessionIssuer"]
    assert issuer["arn"] == aws.role and issuer["userName"] == "SageMakerRole"


def test_pages_and_times(aws):
    cloudtrail = aws.client("cloudtrail")
    for number in range(7):
        failure(aws.client("iam").get_group, GroupName=f"paged-{number}")
    query = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "GetGroup"}], "MaxResults": 3}
    first = cloudtrail.lookup_events(**query)
    assert [event["Resources"][0]["ResourceName"] for event in first["Events"]] == ["paged-6", "paged-5", "paged-4"]
    second = cloudtrail.lookup_events(**query, NextToken=first["NextToken"])
    assert [event["Resources"][0]["ResourceName"] for event in second["Events"]] == ["paged-3", "paged-2", "paged-1"]
    times = [event["EventTime"] for event in first["Events"] + second["Events"]]
    assert times == sorted(times, reverse=True)
    late = cloudtrail.lookup_events(StartTime=times[0].timestamp() + 3600)
    assert late["Events"] == [] and "NextToken" not in late
    assert failure(cloudtrail.lookup_events, NextToken="nonsense") == "InvalidNextTokenException"
    assert failure(cloudtrail.lookup_events, StartTime=2, EndTime=1) == "InvalidTimeRangeException"
    assert failure(cloudtrail.lookup_events, EventCategory="insight") == "InvalidEventCategoryException"
    two = [{"AttributeKey": "EventName", "AttributeValue": "a"}, {"AttributeKey": "Username", "AttributeValue": "b"}]
    assert failure(cloudtrail.lookup_events, LookupAttributes=two) == "InvalidLookupAttributesException"
    assert failure(cloudtrail.describe_trails) == "UnknownOperationException"


def test_only_whoever_may_looks_it_up(aws):
    iam = aws.client("iam")
    iam.create_user(UserName="curious")
    key = iam.create_access_key(UserName="curious")["AccessKey"]
    curious = aws.client("cloudtrail", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert failure(curious.lookup_events) == "AccessDeniedException"
    iam.attach_user_policy(UserName="curious", PolicyArn="arn:aws:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess")
    assert curious.lookup_events()["Events"]
    iam.detach_user_policy(UserName="curious", PolicyArn="arn:aws:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess")
    iam.delete_access_key(UserName="curious", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="curious")


@pytest.mark.parametrize("options, told", [([], False), (["--audit-data-events"], True)])
def test_data_events_are_told_when_asked_for(stand_in, options, told):
    server = stand_in("exit 0", *options)
    s3 = server.client("s3")
    s3.create_bucket(Bucket="sagemaker-audited")
    s3.put_object(Bucket="sagemaker-audited", Key="k", Body=b"sesame")
    s3.get_object(Bucket="sagemaker-audited", Key="k")["Body"].read()
    assert [event["EventName"] for event in events(server, ResourceName="sagemaker-audited")] == ["CreateBucket"]
    written = lines(server)
    assert told == ("PutObject" in [line["eventName"] for line in written]) == ("GetObject" in [line["eventName"] for line in written])
    assert "sesame" not in json.dumps(written)


# docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html
def test_what_a_job_does_to_objects_is_told_as_its_roles_session(tmp_path):
    server = Server(tmp_path / "data", "--audit-data-events")
    bucket = make_bucket(server, "sagemaker-audited")
    for key in ("in/1", "in/2"):
        server.client("s3").put_object(Bucket=bucket, Key=key, Body=b"sesame")
    run_shell_job(server, bucket, "audited", "cat /opt/ml/input/data/in/* > /opt/ml/model/m", InputDataConfig=[channel(bucket, "in")])
    server.client("cloudtrail").lookup_events()  # Everything before is in the files now.
    by_job = [line for line in lines(server) if line["eventSource"] == "s3.amazonaws.com" and line["sourceIPAddress"] == "sagemaker.amazonaws.com"]
    told = {(line["eventName"], line["requestParameters"].get("key")) for line in by_job}
    assert {("GetObject", "in/1"), ("GetObject", "in/2"), ("PutObject", "output/audited/output/model.tar.gz")} <= told
    assert ("ListObjectsV2", bucket, "in") in {
        (line["eventName"], line["requestParameters"]["bucket"], line["requestParameters"].get("prefix")) for line in by_job}
    for line in by_job:
        assert line["userIdentity"]["type"] == "AssumedRole" and line["userIdentity"]["invokedBy"] == "sagemaker.amazonaws.com"
        assert line["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == server.role
        assert line["eventCategory"] == "Data" and line["requestID"]
    assert "sesame" not in json.dumps(by_job)
    server.end()


def test_a_killed_server_leaves_a_trail_that_says_so(server):
    server.client("iam").create_group(GroupName="before")
    assert events(server, EventName="CreateGroup")
    server.kill()
    server.start()
    server.client("iam").create_group(GroupName="after")
    assert [event["Resources"][0]["ResourceName"] for event in events(server, EventName="CreateGroup")] == ["after", "before"]
    marks = [line["eventName"] for line in lines(server) if line["eventName"].startswith("AuditTrail")]
    assert marks == ["AuditTrailBegan", "AuditTrailBegan"]
    server.stop()
    assert lines(server)[-1]["eventName"] == "AuditTrailEnded"
    server.start()
