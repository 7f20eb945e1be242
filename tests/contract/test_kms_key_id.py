"""KmsKeyId of SageMaker's requests: what a job writes is encrypted with that key, as its role
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputDataConfig.html)."""

import json

import pytest

from live_server import Server
from processing import processing_output, run_script
from training import job_request, make_bucket, wait_for_job

BUCKET = "sagemaker-kms-key-id"


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, BUCKET)


@pytest.fixture
def key(aws):
    """A key that the jobs' role may use by the key's own policy: AmazonSageMakerFullAccess does not have the right."""
    kms = aws.client("kms")
    statements = [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"}, "Action": "kms:*", "Resource": "*"},
                  {"Effect": "Allow", "Principal": {"AWS": aws.role}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"}]
    arn = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))["KeyMetadata"]["Arn"]
    yield arn
    kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)


def request_with(aws, bucket, name, key):
    return job_request(aws, bucket, name, OutputDataConfig={"S3OutputPath": f"s3://{bucket}/output", "KmsKeyId": key})


def encryption_of(aws, bucket, key):
    head = aws.client("s3").head_object(Bucket=bucket, Key=key)
    return head["ServerSideEncryption"], head.get("SSEKMSKeyId")


def test_a_models_artifact(aws, bucket, key):
    request = request_with(aws, bucket, "kms-artifact", key)
    aws.client("sagemaker").create_training_job(**request)
    job = wait_for_job(aws, "kms-artifact")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["OutputDataConfig"]["KmsKeyId"] == key
    assert encryption_of(aws, bucket, "output/kms-artifact/output/model.tar.gz") == ("aws:kms", key)


def test_the_key_may_be_an_alias(aws, bucket, key):
    aws.client("kms").create_alias(AliasName="alias/kms-key-id", TargetKeyId=key)
    aws.client("sagemaker").create_training_job(**request_with(aws, bucket, "kms-alias", "alias/kms-key-id"))
    assert wait_for_job(aws, "kms-alias")["TrainingJobStatus"] == "Completed"
    assert encryption_of(aws, bucket, "output/kms-alias/output/model.tar.gz") == ("aws:kms", key)


def test_a_job_whose_key_is_closed_fails_before_it_runs(aws, bucket, key):
    kms = aws.client("kms")
    kms.disable_key(KeyId=key)
    aws.client("sagemaker").create_training_job(**request_with(aws, bucket, "kms-closed", key))
    job = wait_for_job(aws, "kms-closed")
    assert job["TrainingJobStatus"] == "Failed"
    assert "disabled" in job["FailureReason"].lower(), job["FailureReason"]
    assert "TrainingStartTime" not in job or job.get("TrainingTimeInSeconds", 0) == 0


def test_the_role_needs_the_right_to_the_key(aws, bucket, key):
    iam = aws.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="kms-key-id-s3-only", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "logs:*", "cloudwatch:*"], "Resource": "*"}]}
    iam.put_role_policy(RoleName="kms-key-id-s3-only", PolicyName="s3", PolicyDocument=json.dumps(policy))
    aws.client("sagemaker").create_training_job(**{**request_with(aws, bucket, "kms-denied", key), "RoleArn": role})
    job = wait_for_job(aws, "kms-denied")
    assert job["TrainingJobStatus"] == "Failed"
    assert "kms:GenerateDataKey" in job["FailureReason"], job["FailureReason"]


def test_what_a_processing_job_writes(aws, bucket, key):
    out = "/opt/ml/processing/output"
    configuration = {"Outputs": [processing_output("o", f"s3://{bucket}/processed", out)], "KmsKeyId": key}
    job = run_script(aws, bucket, "kms-processed", f"cp /opt/ml/config/processingjobconfig.json {out}/", ProcessingOutputConfig=configuration)
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ProcessingOutputConfig"]["KmsKeyId"] == key
    written = aws.client("s3").get_object(Bucket=bucket, Key="processed/processingjobconfig.json")
    assert (written["ServerSideEncryption"], written["SSEKMSKeyId"]) == ("aws:kms", key)
    assert json.load(written["Body"])["ProcessingOutputConfig"]["KmsKeyId"] == key


def test_volumes_have_a_key_where_the_operator_vouches_for_the_disk(tmp_path):
    server = Server(tmp_path / "data", "--disk-is-encrypted")
    bucket = make_bucket(server, "sagemaker-volume-key")
    volume = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1, "VolumeKmsKeyId": "alias/aws/sagemaker"}
    server.client("sagemaker").create_training_job(**job_request(server, bucket, "volume-key", ResourceConfig=volume))
    job = wait_for_job(server, "volume-key")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ResourceConfig"]["VolumeKmsKeyId"] == "alias/aws/sagemaker"
    server.end()
