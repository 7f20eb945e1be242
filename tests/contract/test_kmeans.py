"""Built-in k-means: training from both formats, metrics, every form of request and answer, and what a failed job says.
Facts: SageMaker Developer Guide, pages k-means.html, k-means-api-config.html, k-means-tuning.html, km-in-formats.html,
cdf-inference.html; the metrics' regular expressions are those of the SageMaker SDK's documentation (Training Metrics)."""

import io
import json
import shlex
import struct
import subprocess
import tarfile

import numpy as np
import pytest
from botocore.exceptions import ClientError

from live_server import ROOT, SAGEBRUSH
from training import (channel, create_config, create_model, delete_endpoint, job_request, log_lines, wait_for_endpoint,
                      wait_for_job)

IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1"  # image_uris.retrieve("kmeans", "us-east-1")
CORNERS = np.array([[0, 0, 0], [10, 0, 5], [0, 10, 5], [10, 10, 0]], dtype=np.float32)
RECORDIO = "application/x-recordio-protobuf"


def draw(count, seed):
    """Rows of four clusters, in turn."""
    noise = np.random.RandomState(seed).uniform(-1, 1, (count, 3))
    return (CORNERS[np.arange(count) % 4] + noise).astype(np.float32)


def to_csv(rows):
    out = io.StringIO()
    np.savetxt(out, rows, delimiter=",", fmt="%.9g")
    return out.getvalue()


def to_records(rows):
    """As the SageMaker SDK's write_numpy_to_dense_tensor."""
    def field(number, body):
        assert len(body) < 128
        return bytes([number << 3 | 2, len(body)]) + body

    stream = b""
    for row in rows:
        tensor = field(1, struct.pack(f"<{len(row)}f", *row))
        record = field(1, field(1, b"values") + field(2, field(2, tensor)))
        stream += struct.pack("<II", 0xCED7230A, len(record)) + record + b"\0" * (-len(record) % 4)
    return stream


@pytest.fixture(scope="module")
def bucket(aws):
    name = "sagemaker-kmeans"
    aws.client("s3").create_bucket(Bucket=name)
    return name


def run(aws, bucket, name, data, content_type="text/csv;label_size=0", mode="File", **hyperparameters):
    name, channels = f"kmeans-{name}", []
    for part, body in data.items():
        aws.client("s3").put_object(Bucket=bucket, Key=f"{name}/{part}/data", Body=body)
        channels.append({**channel(bucket, part, S3Uri=f"s3://{bucket}/{name}/{part}"), "ContentType": content_type})
    aws.client("sagemaker").create_training_job(**job_request(
        aws, bucket, name, AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": mode},
        InputDataConfig=channels, HyperParameters={"feature_dim": "3", "k": "4", **hyperparameters}))
    return wait_for_job(aws, name)


def completed(job):
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job


def centers_of(aws, job):
    """The array of centers: what MXNet's file of arrays holds behind 60 bytes of shape, device and type."""
    bucket, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    body = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        model = archive.extractfile("model_algo-1").read()
    head = struct.unpack_from("<QQQIiIQQiii", model)
    assert head == (0x112, 0, 1, 0xF993FAC9, 0, 2, 4, 3, 1, 0, 0)
    size = struct.calcsize("<QQQIiIQQiii")
    return np.frombuffer(model, np.float32, 12, size).reshape(4, 3)


def test_both_formats_give_the_means_of_the_clusters(aws, bucket):
    rows = draw(1000, 1)
    means = np.array([rows[i::4].mean(0) for i in range(4)])
    found = {}
    for name, content_type, write in (("csv", "text/csv;label_size=0", to_csv), ("records", RECORDIO, to_records)):
        centers = centers_of(aws, completed(run(aws, bucket, name, {"train": write(rows)}, content_type)))
        found[name] = centers
        nearest = np.linalg.norm(means[:, None] - centers[None], axis=2)
        assert sorted(nearest.argmin(1)) == [0, 1, 2, 3] and nearest.min(1).max() < 1e-4, name
    assert np.array_equal(found["csv"], found["records"])


def test_metrics_are_in_the_log_and_in_the_description(aws, bucket):
    test = draw(200, 3)
    job = completed(run(aws, bucket, "metrics", {"train": to_csv(draw(1000, 2)), "test": to_csv(test)},
                        eval_metrics='["msd","ssd"]', epochs="2"))
    squares = (np.linalg.norm(test[:, None] - centers_of(aws, job)[None], axis=2) ** 2).min(1)
    metrics = {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]}
    assert metrics["test:msd"] == pytest.approx(squares.mean(), rel=1e-4)
    assert metrics["test:ssd"] == pytest.approx(squares.sum(), rel=1e-4)
    assert metrics["train:msd"] == pytest.approx(1, rel=0.2)  # Three coordinates, each of the variance 1/3.
    assert metrics["train:progress"] == 100
    assert any("#quality_metric: host=algo-1, test msd <loss>=" in line for line in log_lines(aws, "kmeans-metrics"))


def test_pipes_give_what_files_give(aws, bucket):
    """Each epoch reads the channel anew."""
    data = {"train": to_csv(draw(1000, 6)), "test": to_csv(draw(200, 7))}
    files, pipes = (completed(run(aws, bucket, mode.lower(), data, mode=mode, epochs="4", mini_batch_size="100")) for mode in ("File", "Pipe"))
    assert np.array_equal(centers_of(aws, files), centers_of(aws, pipes))


def test_answers_have_the_documented_forms(aws, bucket):
    job = completed(run(aws, bucket, "answers", {"train": to_records(draw(1000, 4))}, RECORDIO))
    centers = centers_of(aws, job)
    create_model(aws, "clusters", job["ModelArtifacts"]["S3ModelArtifacts"], Image=IMAGE)
    create_config(aws, "clusters", "clusters")
    aws.client("sagemaker").create_endpoint(EndpointName="clusters", EndpointConfigName="clusters")
    wait_for_endpoint(aws, "clusters")
    try:
        rows = draw(8, 5)
        distances = np.linalg.norm(rows[:, None] - centers[None], axis=2)
        closest, distance = distances.argmin(1), distances.min(1)

        def invoke(body, content_type, accept):
            reply = aws.client("sagemaker-runtime").invoke_endpoint(
                EndpointName="clusters", Body=body, ContentType=content_type, Accept=accept)
            return reply["Body"].read()

        bodies = {
            "text/csv": to_csv(rows),
            "application/json": json.dumps({"instances": [{"features": row.tolist()} for row in rows]}),
            "application/jsonlines": "".join(json.dumps({"features": row.tolist()}) + "\n" for row in rows),
            RECORDIO: to_records(rows),
        }
        for content_type, body in bodies.items():
            predictions = json.loads(invoke(body, content_type, "application/json"))["predictions"]
            assert [p["closest_cluster"] for p in predictions] == closest.tolist(), content_type
            assert [p["distance_to_cluster"] for p in predictions] == pytest.approx(distance.tolist(), rel=1e-4)
        data = {"instances": [{"data": {"features": {"values": rows[0].tolist()}}}]}
        assert json.loads(invoke(json.dumps(data), "application/json", "application/json"))["predictions"] == predictions[:1]

        lines = invoke(bodies["text/csv"], "text/csv", "application/jsonlines").decode().splitlines()
        assert [json.loads(line) for line in lines] == predictions
        csv = invoke(bodies["text/csv"], "text/csv", "text/csv").decode()
        assert csv == "".join(f"{p['closest_cluster']},{p['distance_to_cluster']}\n" for p in predictions)
        records = invoke(bodies["text/csv"], "text/csv", RECORDIO)
        assert records.count(struct.pack("<I", 0xCED7230A)) == 8
        value = records.index(b"distance_to_cluster") + len(b"distance_to_cluster") + 6  # Three fields' tags and lengths.
        assert struct.unpack_from("<f", records, value)[0] == pytest.approx(distance[0], rel=1e-4)
        # The default of SageMaker's algorithms.
        assert json.loads(aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName="clusters", Body=bodies["text/csv"], ContentType="text/csv")["Body"].read())["predictions"] == predictions

        for body, content_type, status, reason in [
                ("1,2", "text/csv", 400, "The rows have 2 features, but the model was trained on 3"),
                ("1,,3", "text/csv", 400, "Row 1 has no value"),
                ("1:2", "text/libsvm", 415, "Content-type text/libsvm is not supported")]:
            with pytest.raises(ClientError) as raised:
                invoke(body, content_type, "application/json")
            assert raised.value.response["OriginalStatusCode"] == status
            assert reason in raised.value.response["OriginalMessage"]
    finally:
        delete_endpoint(aws, "clusters")


@pytest.mark.parametrize("name, hyperparameters, reason", [
    ("zero-k", {"k": "0"}, "ClientError: Hyperparameter k: 0 is not in [1, "),
    ("many-k", {"k": "99"}, "ClientError: Hyperparameter k: 99 clusters of 50 rows"),
    ("columns", {"feature_dim": "7"}, "ClientError: The rows of the train channel have 3 features and feature_dim is 7."),
    ("method", {"init_method": "far"}, "ClientError: Hyperparameter init_method: far is not in [random, kmeans++]"),
    ("metric", {"eval_metrics": '["mse"]'}, "ClientError: Hyperparameter eval_metrics: mse is not in [msd, ssd]"),
    ("factor", {"extra_center_factor": "none"}, "ClientError: Hyperparameter extra_center_factor: could not parse"),
    ("unknown", {"colour": "red"}, "ClientError: Extraneous hyperparameter found: colour"),
])
def test_wrong_hyperparameters_are_named(aws, bucket, name, hyperparameters, reason):
    job = run(aws, bucket, f"wrong-{name}", {"train": to_csv(draw(50, 6))}, **hyperparameters)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason), job["FailureReason"]


def test_csv_has_labels_unless_its_content_type_says_otherwise(aws, bucket):
    rows = draw(100, 7)
    job = run(aws, bucket, "label", {"train": to_csv(rows)}, "text/csv")
    assert "The first column of CSV is the label, unless the ContentType is text/csv;label_size=0." in job["FailureReason"]
    labelled = np.c_[np.zeros(100), rows]
    with_labels = completed(run(aws, bucket, "labelled", {"train": to_csv(labelled)}, "text/csv"))
    without = completed(run(aws, bucket, "unlabelled", {"train": to_csv(rows)}))
    assert np.array_equal(centers_of(aws, with_labels), centers_of(aws, without))


SDK_JOB = """
import numpy, sagemaker
from sagemaker import KMeans

rows = numpy.concatenate([numpy.random.RandomState(i).randn(100, 4) + 10 * i for i in range(3)]).astype("float32")
session = sagemaker.Session()
bucket = session.default_bucket()

def wait(waiter, **of):  # The estimator itself looks every 30 seconds.
    waiter = session.sagemaker_client.get_waiter(waiter)
    waiter.config.delay = 1
    waiter.wait(**of)

estimator = KMeans(role="SageMakerRole", instance_count=1, instance_type="ml.m5.large", k=3, eval_metrics=["msd", "ssd"],
                   center_factor=4, output_path=f"s3://{bucket}/out", data_location=f"s3://{bucket}/in")
estimator.fit([estimator.record_set(rows), estimator.record_set(rows[::5], channel="test")], wait=False)
wait("training_job_completed_or_stopped", TrainingJobName=estimator.latest_training_job.name)
predictor = estimator.deploy(1, "ml.m5.large", wait=False)
wait("endpoint_in_service", EndpointName=predictor.endpoint_name)
answers = predictor.predict(rows[::100])
predictor.delete_endpoint()
print("clusters:", *sorted(answer.label["closest_cluster"].float32_tensor.values[0] for answer in answers))
print("distances:", *(answer.label["distance_to_cluster"].float32_tensor.values[0] < 10 for answer in answers))
"""


def test_the_sdks_own_estimator_trains_and_predicts(aws):
    """Records that the SDK writes, gzipped, with a manifest; hyperparameters that it encodes; answers that it decodes."""
    script = f'eval "$({shlex.quote(str(SAGEBRUSH))} env --data {aws.data})"; exec .venvs/sdk-v2/bin/python -c {shlex.quote(SDK_JOB)}'
    done = subprocess.run(["bash", "-ec", script], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert "clusters: 0.0 1.0 2.0\ndistances: True True True" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
