"""XGBoost behind an endpoint: our own jobs' models, replies by image version, content types.
Facts: open source of sagemaker-xgboost-container (algorithm_mode/serve.py; pull requests 269 to 271 changed the text/csv reply),
SageMaker Developer Guide, cdf-inference.html."""

import random

import pytest
from botocore.exceptions import ClientError

from training import (IMAGE, channel, create_config, create_model, delete_endpoint, job_request, wait_for_endpoint,
                      wait_for_job)

REPOSITORY = IMAGE.rsplit(":", 1)[0]


@pytest.fixture(scope="module")
def bucket(aws):
    name = "sagemaker-xgboost-serving"
    draw = random.Random(7)
    rows = [[draw.random() for _ in range(4)] for _ in range(500)]
    for key, label in (("two", lambda x: int(sum(x) + draw.gauss(0, 0.5) > 2)), ("three", lambda x: int(sum(x)) % 3)):
        body = "".join(f"{label(row)},{','.join(f'{v:.3f}' for v in row)}\n" for row in rows)
        aws.client("s3").create_bucket(Bucket=name) if key == "two" else None
        aws.client("s3").put_object(Bucket=name, Key=f"{key}/a.csv", Body=body)
    return name


def artifact_of(aws, bucket, name, prefix, **hyperparameters):
    aws.client("sagemaker").create_training_job(**job_request(
        aws, bucket, name, InputDataConfig=[channel(bucket, "train", S3Uri=f"s3://{bucket}/{prefix}/")],
        HyperParameters={"num_round": "10", "objective": "binary:logistic", **hyperparameters}))
    job = wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job["ModelArtifacts"]["S3ModelArtifacts"]


@pytest.fixture(scope="module")
def pruned(aws, bucket):
    """gamma prunes: the model keeps nodes that were deleted."""
    return artifact_of(aws, bucket, "pruned", "two", gamma="4", max_depth="6")


@pytest.fixture(scope="module")
def probabilities(aws, bucket):
    return artifact_of(aws, bucket, "probabilities", "three", objective="multi:softprob", num_class="3", gamma="1")


class deployed:
    def __init__(self, aws, name, artifact, version="1.7-1", **container):
        self.aws, self.name = aws, name
        create_model(aws, name, artifact, Image=f"{REPOSITORY}:{version}", **container)
        create_config(aws, name, name)
        aws.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)

    def __enter__(self):
        wait_for_endpoint(self.aws, self.name)
        return self

    def __exit__(self, *_):
        delete_endpoint(self.aws, self.name)

    def invoke(self, body, **arguments):
        runtime = self.aws.client("sagemaker-runtime")
        return runtime.invoke_endpoint(EndpointName=self.name, Body=body, **arguments)["Body"].read().decode()


@pytest.mark.parametrize("version, lines", [("0.90-2", False), ("1.2-1", False), ("1.2-2", True), ("1.7-1", True), ("3.0-5", True)])
def test_csv_replies_by_image_version(aws, pruned, probabilities, version, lines):
    name = "lines-" + version.replace(".", "-")
    with deployed(aws, name, pruned, version) as endpoint:
        text = endpoint.invoke("1,1,1,1\n0,0,0,0\n", ContentType="text/csv")
    values = text.split("\n" if lines else ",")
    assert text.endswith("\n") == lines and len(values) == 2 + lines
    assert float(values[0]) > 0.5 > float(values[1])
    with deployed(aws, name + "-p", probabilities, version) as endpoint:
        text = endpoint.invoke("1,1,1,1\n0,0,0,0\n", ContentType="text/csv")
    if lines:
        assert [line.count(",") for line in text.splitlines()] == [2, 2]
    else:
        assert text.startswith("[") and text.count("],[") == 1 and "\n" not in text


def test_a_request_says_what_its_body_is(aws, pruned):
    with deployed(aws, "content-types", pruned) as endpoint:
        for arguments in ({}, {"ContentType": "text/libsvm"}, {"ContentType": "application/x-none"}):
            with pytest.raises(ClientError) as refused:
                endpoint.invoke("1,1,1,1\n", **arguments)
            assert refused.value.response["Error"]["Code"] == "ModelError"
            assert refused.value.response["OriginalStatusCode"] == 415
            assert "text/csv, text/libsvm, application/x-recordio-protobuf" in str(refused.value)
        text = endpoint.invoke("1 3:1 0:1 1:1 2:1\n\n0 0:0\n\n", ContentType="text/libsvm")
        assert len(text.split()) == 2 and text.split()[0] == endpoint.invoke("1,1,1,1", ContentType="text/csv").strip()
