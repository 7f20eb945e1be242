"""What happens to objects of a bucket, as EventBridge is told of it: a rule writes it into a log group.

docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html, .../EventBridge.html, .../EventNotifications.html
"""

import json
import threading
import uuid

import botocore.exceptions
import pytest
import urllib3

from live_server import wait_until
from s3_buckets import bucket, error_of, refused, s3
from test_events import follow, log_group, messages, name, remove, told
from training import run_shell_job

TELLS = {"EventBridgeConfiguration": {}}


@pytest.fixture
def telling(s3, bucket):
    """A bucket that tells EventBridge."""
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=TELLS)
    return bucket


def of_bucket(bucket, **detail):
    return {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}, **detail}}


def kinds(events):
    """Of events in the order of their sequencers, behind them those that have none: (detail-type, reason, key)."""
    return [(event["detail-type"], event["detail"].get("reason"), event["detail"]["object"]["key"]) for event in in_order(events)]


def in_order(events):
    return sorted(events, key=lambda event: (event["detail"]["object"].get("sequencer", "~"), event["detail-type"]))


def test_an_upload_is_told_as_s3_tells_it(aws, s3, telling, name):
    follow(aws, name, of_bucket(telling, object={"key": [{"prefix": "in/"}]}))
    s3.put_object(Bucket=telling, Key="elsewhere", Body=b"x")
    reply = s3.put_object(Bucket=telling, Key="in/k", Body=b"hello")
    event, = told(aws, name, 1)
    sequencer = event["detail"]["object"].pop("sequencer")
    assert len(sequencer) == 18 and int(sequencer, 16) > 0
    assert event["detail"] == {
        "version": "0", "event-version": "1.1", "bucket": {"name": telling},
        "object": {"key": "in/k", "size": 5, "etag": "5d41402abc4b2a76b9719d911017c592"},
        "request-id": reply["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"],
        "requester": aws.account, "source-ip-address": "127.0.0.1", "reason": "PutObject"}
    assert (event["version"], event["source"], event["detail-type"]) == ("0", "aws.s3", "Object Created")
    assert (event["account"], event["region"], event["resources"]) == (aws.account, aws.region, [f"arn:aws:s3:::{telling}"])
    assert uuid.UUID(event["id"]) and event["time"].endswith("Z")


def test_every_way_to_change_an_object(aws, s3, telling, name):
    follow(aws, name, of_bucket(telling))
    s3.put_object(Bucket=telling, Key="k", Body=b"x")
    s3.copy_object(Bucket=telling, Key="copy", CopySource=f"{telling}/k")
    upload = s3.create_multipart_upload(Bucket=telling, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=telling, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(Bucket=telling, Key="parts", UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    form = s3.generate_presigned_post(telling, "form")
    body, content_type = urllib3.encode_multipart_formdata({**form["fields"], "file": ("f", b"x")})
    assert urllib3.request("POST", form["url"], body=body, headers={"Content-Type": content_type}).status == 204
    s3.put_object_tagging(Bucket=telling, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_object_tagging(Bucket=telling, Key="k")
    s3.delete_object(Bucket=telling, Key="k")
    s3.delete_objects(Bucket=telling, Delete={"Objects": [{"Key": key} for key in ("copy", "parts", "never-there")]})
    events = told(aws, name, 9)
    assert kinds(events) == [
        ("Object Created", "PutObject", "k"), ("Object Created", "CopyObject", "copy"),
        ("Object Created", "CompleteMultipartUpload", "parts"), ("Object Created", "POST Object", "form"),
        ("Object Deleted", "DeleteObject", "k"), ("Object Deleted", "DeleteObject", "copy"), ("Object Deleted", "DeleteObject", "parts"),
        ("Object Tags Added", None, "k"), ("Object Tags Deleted", None, "k")]
    assert {event["detail"]["deletion-type"] for event in events if event["detail-type"] == "Object Deleted"} == {"Permanently Deleted"}


def test_versions_and_acls(aws, s3, telling, name):
    follow(aws, name, of_bucket(telling))
    s3.put_bucket_versioning(Bucket=telling, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=telling, Key="k", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=telling, Key="k")["VersionId"]
    s3.delete_object(Bucket=telling, Key="k", VersionId=marker)
    s3.put_bucket_ownership_controls(Bucket=telling, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})
    s3.delete_public_access_block(Bucket=telling)
    for acl in ("private", "authenticated-read", "authenticated-read"):  # Two of them change nothing: they are not told.
        s3.put_object_acl(Bucket=telling, Key="k", ACL=acl)
    s3.delete_object(Bucket=telling, Key="k", VersionId=version)
    events = in_order(told(aws, name, 5))
    assert [(event["detail-type"], event["detail"].get("deletion-type"), event["detail"]["object"]["version-id"]) for event in events] == [
        ("Object Created", None, version), ("Object Deleted", "Delete Marker Created", marker), ("Object Deleted", "Permanently Deleted", marker),
        ("Object Deleted", "Permanently Deleted", version), ("Object ACL Updated", None, version)]
    assert events[1]["detail"]["object"]["etag"] == "d41d8cd98f00b204e9800998ecf8427e" and "etag" not in events[3]["detail"]["object"]


@pytest.mark.parametrize("key", ["a b/ü/日本/😀", "quote\"back\\slash", "line\nfeed\tand\x01", "percent%2Fplus+", "<&>${jndi}"])
def test_keys_come_as_they_are(aws, s3, telling, name, key):
    follow(aws, name, of_bucket(telling))
    s3.put_object(Bucket=telling, Key=key, Body=b"x")
    event, = told(aws, name, 1)
    assert event["detail"]["object"]["key"] == key
    s3.delete_object(Bucket=telling, Key=key)  # In no list of XML could it stand.


def test_a_bucket_tells_while_it_is_configured_to(aws, s3, bucket, name):
    follow(aws, name, of_bucket(bucket))
    assert s3.get_bucket_notification_configuration(Bucket=bucket).keys() == {"ResponseMetadata"}
    s3.put_object(Bucket=bucket, Key="before", Body=b"x")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=TELLS)
    assert s3.get_bucket_notification_configuration(Bucket=bucket)["EventBridgeConfiguration"] == {}
    s3.put_object(Bucket=bucket, Key="during", Body=b"x")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert s3.get_bucket_notification_configuration(Bucket=bucket).keys() == {"ResponseMetadata"}
    s3.put_object(Bucket=bucket, Key="after", Body=b"x")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=TELLS)
    s3.put_object(Bucket=bucket, Key="again", Body=b"x")
    assert [key for _, _, key in kinds(told(aws, name, 2))] == ["during", "again"]


# github.com/aws/aws-cli/issues/8162: what S3 answers for a destination that it cannot reach.
@pytest.mark.parametrize("member, address, arn, why", [
    ("QueueConfigurations", "QueueArn", "arn:aws:sqs:us-east-1:123456789012:q", "SQS"),
    ("TopicConfigurations", "TopicArn", "arn:aws:sns:us-east-1:123456789012:t", "SNS"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn", "arn:aws:lambda:us-east-1:123456789012:function:f", "Lambda")])
def test_destinations_that_are_not_there_are_refused(s3, telling, member, address, arn, why):
    configuration = {member: [{address: arn, "Events": ["s3:ObjectCreated:*"]}]}
    for options in ({}, {"SkipDestinationValidation": True}):
        error, status = refused(s3.put_bucket_notification_configuration, Bucket=telling, NotificationConfiguration=configuration, **options)
        assert (error["Code"], status) == ("InvalidArgument", 400)
        assert error["Message"].startswith("Unable to validate the following destination configurations") and why in error["Message"]
    assert s3.get_bucket_notification_configuration(Bucket=telling)["EventBridgeConfiguration"] == {}


def test_who_may_configure_it(aws, s3, bucket):
    iam = aws.client("iam")
    iam.create_user(UserName="notifier")
    key = iam.create_access_key(UserName="notifier")["AccessKey"]
    notifier = aws.client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert error_of(notifier.put_bucket_notification_configuration, Bucket=bucket, NotificationConfiguration=TELLS) == ("AccessDenied", 403)
    iam.put_user_policy(UserName="notifier", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:PutBucketNotification", "Resource": f"arn:aws:s3:::{bucket}"}]}))
    notifier.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=TELLS)
    assert error_of(notifier.get_bucket_notification_configuration, Bucket=bucket) == ("AccessDenied", 403)
    iam.delete_user_policy(UserName="notifier", PolicyName="p")
    iam.delete_access_key(UserName="notifier", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="notifier")


def test_what_a_job_uploads_is_told(aws, s3, telling, name):
    follow(aws, name, of_bucket(telling, object={"key": [{"suffix": "model.tar.gz"}]}))
    run_shell_job(aws, telling, name, "echo model > /opt/ml/model/m", InputDataConfig=[])
    event, = told(aws, name, 1)
    assert event["detail"]["reason"] in ("PutObject", "CompleteMultipartUpload") and event["detail"]["requester"] == aws.account
    assert event["detail"]["object"]["size"] > 0 and "source-ip-address" not in event["detail"]


def test_a_flood_of_deletes_is_told_to_the_last(aws, s3, telling, name):
    follow(aws, name, of_bucket(telling, **{"deletion-type": ["Delete Marker Created"]}))
    s3.put_bucket_versioning(Bucket=telling, VersioningConfiguration={"Status": "Enabled"})
    keys = [f"{i:04}" for i in range(1000)]
    for _ in range(3):
        s3.delete_objects(Bucket=telling, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True})
    wait_until(lambda: len(messages(aws, name)) >= 3000, "3000 events", 120)
    assert sorted(json.loads(message)["detail"]["object"]["key"] for message in messages(aws, name)) == sorted(keys * 3)
    markers = [{"Key": marker["Key"], "VersionId": marker["VersionId"]}
               for page in s3.get_paginator("list_object_versions").paginate(Bucket=telling) for marker in page.get("DeleteMarkers", [])]
    for begin in range(0, len(markers), 1000):
        s3.delete_objects(Bucket=telling, Delete={"Objects": markers[begin:begin + 1000], "Quiet": True})


def test_a_kill_loses_no_event_and_makes_none(server):
    """Writers are cut off in the middle, three times; then events and objects are held against each other."""
    bucket, name = "sagemaker-killed", "killed"
    server.client("s3").create_bucket(Bucket=bucket)
    server.client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=TELLS)
    server.client("logs").create_log_group(logGroupName=f"/aws/events/{name}")
    follow(server, name, of_bucket(bucket))
    acknowledged = set()
    for round in range(3):
        enough = threading.Event()

        def write(writer):
            s3 = server.client("s3")
            for number in range(10_000):
                key = f"{round}/{writer}/{number}"
                try:
                    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
                except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                    return enough.set()
                acknowledged.add(key)
                if number == 40:
                    enough.set()

        server.client("s3")
        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for writer in writers:
            writer.start()
        enough.wait()
        server.kill()
        for writer in writers:
            writer.join()
        server.start()
    assert len(acknowledged) > 120
    there = {entry["Key"] for page in server.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket) for entry in page["Contents"]}
    assert acknowledged <= there

    def keys():
        return {json.loads(message)["detail"]["object"]["key"] for message in messages(server, name)}

    wait_until(lambda: keys() == there, "one event for each object, and none else", 60)
    by_id = {}
    for message in messages(server, name):  # What is told twice is known by its id.
        event = json.loads(message)
        assert by_id.setdefault(event["id"], event["detail"]) == event["detail"]
    assert len(by_id) == len(there)
