"""What buckets are configured with besides: request payment, and what is refused with the reason."""

import pytest

from s3_buckets import bucket, error_of, refused, s3, unsigned
from test_s3_access import public_read


# docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
def test_request_payment(aws, s3, bucket):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public_read(bucket))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert "RequestCharged" not in s3.get_object(Bucket=bucket, Key="k", RequestPayer="requester")
    assert unsigned(aws).get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    assert error_of(unsigned(aws).get_object, Bucket=bucket, Key="k") == ("AccessDenied", 403)
    assert s3.get_object(Bucket=bucket, Key="k", RequestPayer="requester")["RequestCharged"] == "requester"
    assert s3.put_object(Bucket=bucket, Key="k", RequestPayer="requester")["RequestCharged"] == "requester"
    assert "RequestCharged" not in s3.get_object(Bucket=bucket, Key="k")  # The owner need not say so.
    assert error_of(s3.put_bucket_request_payment, Bucket=bucket, RequestPaymentConfiguration={"Payer": "Nobody"}) == ("MalformedXML", 400)


def test_acceleration_and_logs(s3, bucket):
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Suspended"
    error, status = refused(s3.put_bucket_accelerate_configuration, Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"})
    assert (error["Code"], status) == ("NotImplemented", 501) and "no edge locations" in error["Message"]
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    error, status = refused(s3.put_bucket_logging, Bucket=bucket, BucketLoggingStatus={
        "LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": "log/"}})
    assert (error["Code"], status) == ("NotImplemented", 501) and "audit trail" in error["Message"]


KINDS = {
    "inventory": {"Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::b", "Format": "CSV"}}, "IsEnabled": True, "Id": "i",
                  "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"}},
    "analytics": {"Id": "i", "StorageClassAnalysis": {}},
    "metrics": {"Id": "i"},
    "intelligent_tiering": {"Id": "i", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]},
}


@pytest.mark.parametrize("kind", KINDS)
def test_configurations_that_there_are_none_of(s3, bucket, kind):
    member = "".join(word.capitalize() for word in kind.split("_")) + "Configuration"
    error, status = refused(getattr(s3, f"put_bucket_{kind}_configuration"), Bucket=bucket, Id="i", **{member: KINDS[kind]})
    assert (error["Code"], status) == ("NotImplemented", 501) and member in error["Message"]
    assert error_of(getattr(s3, f"get_bucket_{kind}_configuration"), Bucket=bucket, Id="i") == ("NoSuchConfiguration", 404)
    assert error_of(getattr(s3, f"delete_bucket_{kind}_configuration"), Bucket=bucket, Id="i") == ("NoSuchConfiguration", 404)
    listed = getattr(s3, f"list_bucket_{kind}_configurations")(Bucket=bucket)
    assert listed["IsTruncated"] is False and f"{member}List" not in listed


def test_replication(s3, bucket):
    assert error_of(s3.get_bucket_replication, Bucket=bucket) == ("ReplicationConfigurationNotFoundError", 404)
    s3.delete_bucket_replication(Bucket=bucket)
    assert error_of(s3.put_bucket_replication, Bucket=bucket, ReplicationConfiguration={
        "Role": "arn:aws:iam::123456789012:role/r", "Rules": [
            {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::b"}}]}) == ("NotImplemented", 501)
