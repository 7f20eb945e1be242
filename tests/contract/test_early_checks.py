"""What AWS finds wrong with a request at Create, or at once in the FailureReason; addresses of S3 in every form."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from training import IMAGE, job_request, make_bucket, train, wait_for_job


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, f"sagemaker-early-{uuid.uuid4()}")  # What SageMakerRole may use.


@pytest.fixture(scope="module")
def elsewhere(aws):
    """A bucket of another region that holds training data."""
    name = f"sagemaker-early-{uuid.uuid4()}"
    s3 = aws.client("s3", region_name="eu-central-1")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=name, Key="train/a.csv", Body=b"1,2\n0,1\n")
    return name


@pytest.fixture(scope="module")
def poor_role(aws):
    """A role of SageMaker's that may not touch S3."""
    iam, name = aws.client("iam"), f"early-{uuid.uuid4()}"
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}]}
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]


def refused(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return raised.value.response["Error"]["Message"]


def request_for(aws, bucket, uri, **changes):
    request = job_request(aws, bucket, f"early-{uuid.uuid4()}", **changes)
    request["InputDataConfig"] = request["InputDataConfig"][:1]
    request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = uri
    return request


# The message: github.com/aws/amazon-sagemaker-examples/issues/2267.
def no_objects(aws, uri, bucket, role=None):
    return (f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists in '
            f'the selected region ({aws.region}), that objects exist under that S3 prefix, and that the role '
            f'"{role or aws.role}" has "s3:ListBucket" permissions on bucket "{bucket}".')


def test_a_job_without_data_is_refused(aws, bucket, elsewhere, poor_role):
    create = aws.client("sagemaker").create_training_job
    aws.client("s3").put_object(Bucket=bucket, Key="marker/", Body=b"")
    for uri, named in [(f"s3://{bucket}/none/", bucket), (f"s3://{bucket}/marker/", bucket),
                       ("s3://no-such-bucket-1/train/", "no-such-bucket-1"), (f"s3://{elsewhere}/train/", elsewhere),
                       (f"https://s3.{aws.region}.amazonaws.com/{bucket}/none/", bucket)]:
        assert refused(create, **request_for(aws, bucket, uri)) == no_objects(aws, uri, named)
    uri = f"s3://{bucket}/train/"
    assert refused(create, **request_for(aws, bucket, uri, RoleArn=poor_role)) == no_objects(aws, uri, bucket, poor_role)
    manifest = request_for(aws, bucket, f"s3://{bucket}/none.manifest")
    manifest["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"
    assert refused(create, **manifest) == no_objects(aws, f"s3://{bucket}/none.manifest", bucket)


# AWS looks at the output only when it writes there; we when the job begins. The words are those of its agent:
# github.com/aws/amazon-sagemaker-examples/issues/3881.
def test_a_job_without_a_place_for_its_output_fails_at_once(aws, bucket, elsewhere):
    for output, reason in [("s3://no-such-bucket-1/out", "NoSuchBucket"), (f"s3://{elsewhere}/out", "BucketRegionError")]:
        request = request_for(aws, bucket, f"s3://{bucket}/train/", OutputDataConfig={"S3OutputPath": output})
        aws.client("sagemaker").create_training_job(**request)
        job = wait_for_job(aws, request["TrainingJobName"])
        assert job["TrainingJobStatus"] == "Failed" and "TrainingStartTime" not in job
        name = request["TrainingJobName"]
        assert f"ClientError: Unable to upload file to {output}/{name}/output/model.tar.gz ({reason}: " in job["FailureReason"]


@pytest.mark.parametrize("address", [
    "https://s3.{region}.amazonaws.com/{bucket}/{key}", "https://s3-{region}.amazonaws.com/{bucket}/{key}",
    "https://s3.amazonaws.com/{bucket}/{key}", "https://s3.dualstack.{region}.amazonaws.com/{bucket}/{key}",
    "https://{bucket}.s3.{region}.amazonaws.com/{key}", "https://{bucket}.s3.amazonaws.com/{key}",
])
def test_web_addresses_of_s3_are_taken_wherever_s3_addresses_are(aws, bucket, address):
    name = f"early-{uuid.uuid4()}"
    form = lambda key: address.format(region=aws.region, bucket=bucket, key=key)
    aws.client("s3").copy_object(Bucket=bucket, Key="odd name+\u00e9/a.csv", CopySource={"Bucket": bucket, "Key": "train/part-0.csv"})
    request = request_for(aws, bucket, form("odd%20name%2B%C3%A9/"), TrainingJobName=name, OutputDataConfig={"S3OutputPath": form("out")},
                          CheckpointConfig={"S3Uri": form("checkpoints")})
    aws.client("sagemaker").create_training_job(**request)
    job = wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    source = job["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    assert source["S3Uri"] == form("odd%20name%2B%C3%A9/") and job["OutputDataConfig"]["S3OutputPath"] == form("out")  # As they were given.
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{bucket}/out/{name}/output/model.tar.gz"
    url = form(f"out/{name}/output/model.tar.gz")
    aws.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": url})
    assert aws.client("sagemaker").describe_model(ModelName=name)["PrimaryContainer"]["ModelDataUrl"] == url


def test_other_web_addresses_are_refused(aws, bucket):
    create = aws.client("sagemaker").create_training_job
    for uri in ("https://example.com/b/k", f"https://s3.amazonaws.com.example.com/{bucket}/train"):
        assert uri in refused(create, **request_for(aws, bucket, uri))


def model_with(aws, role=None, **container):
    return dict(ModelName=f"early-{uuid.uuid4()}", ExecutionRoleArn=role or aws.role, PrimaryContainer={"Image": IMAGE, **container})


# The messages: github.com/philschmid/llm-sagemaker-sample/issues/2,
# github.com/aws/aws-step-functions-data-science-sdk-python/issues/61.
def test_a_model_without_its_data_is_refused(aws, bucket, elsewhere, poor_role):
    create = aws.client("sagemaker").create_model
    missing = f"s3://{bucket}/none.tar.gz"
    assert refused(create, **model_with(aws, ModelDataUrl=missing)) == f"Could not find model data at {missing}."
    prefix = {"S3DataSource": {"S3Uri": f"s3://{bucket}/none/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
    assert refused(create, **model_with(aws, ModelDataSource=prefix)) == f"Could not find model data at s3://{bucket}/none/."
    # Another object whose key begins the same is not it.
    assert refused(create, **model_with(aws, ModelDataUrl=f"s3://{bucket}/train/part-0")).startswith("Could not find model data")
    for url, role in [("s3://no-such-bucket-1/model.tar.gz", aws.role), (f"s3://{elsewhere}/train/a.csv", aws.role),
                      (f"s3://{bucket}/train/part-0.csv", poor_role), (f"s3://{bucket}/train/part-0.csv", f"{aws.role}-missing")]:
        message = refused(create, **model_with(aws, role, ModelDataUrl=url))
        assert message.startswith(
            f'Could not access model data at {url}. Please ensure that the role "{role}" exists and that its trust relationship '
            f'policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".')
        assert f"the object is located in {aws.region}" in message


def test_an_endpoint_whose_data_went_fails_and_says_which(aws, bucket):
    name, sagemaker = f"early-{uuid.uuid4()}", aws.client("sagemaker")
    artifact = train(aws, bucket, name)
    sagemaker.create_model(**{**model_with(aws, ModelDataUrl=artifact), "ModelName": name})
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[
        {"VariantName": "a", "ModelName": name, "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}])
    aws.client("s3").delete_object(Bucket=bucket, Key=artifact.split("/", 3)[3])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    endpoint = wait_until(lambda: (e := sagemaker.describe_endpoint(EndpointName=name))["EndpointStatus"] == "Failed" and e, "the endpoint to fail")
    # github.com/aws-samples/cvat-on-aws-china/issues/3
    assert endpoint["FailureReason"].startswith(f'Failed to download model data for container "container_1" from URL: "{artifact}".')
    sagemaker.delete_endpoint(EndpointName=name)


def test_a_config_of_a_missing_model_is_refused(aws):
    arn = f"arn:aws:sagemaker:{aws.region}:{aws.account}:model/no-such-model"
    assert refused(aws.client("sagemaker").create_endpoint_config, EndpointConfigName="early", ProductionVariants=[
        {"VariantName": "a", "ModelName": "no-such-model", "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}]) == f'Could not find model "{arn}".'


def test_an_entry_point_is_refused(aws, bucket):
    """The SDK's entry_point: its job would fail, its endpoint answer without the user's code."""
    sagemaker = aws.client("sagemaker")
    script_mode = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": f'"s3://{bucket}/source.tar.gz"'}
    message = refused(sagemaker.create_training_job, **request_for(aws, bucket, f"s3://{bucket}/train/", HyperParameters=script_mode))
    assert "Script mode" in message and "train.py" in message
    environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{bucket}/source.tar.gz"}
    assert "inference.py" in refused(sagemaker.create_model, **model_with(aws, Environment=environment))
    sagemaker.create_model(**model_with(aws, Environment={"SAGEMAKER_PROGRAM": "", "SAGEMAKER_SUBMIT_DIRECTORY": ""}))  # The SDK's way of saying none.
