"""Built-in XGBoost, training: every input format, what the model is, metrics, and what a failed job says.
Facts: SageMaker Developer Guide, pages xgboost.html, xgboost_hyperparameters.html, cdf-training.html; error phrases of
sagemaker-xgboost-container."""

import io
import re
import struct
import tarfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.metrics import roc_auc_score

from training import channel, job_request, log_lines, wait_for_job


@pytest.fixture(scope="module")
def rows():
    """Label first, then the features: shuffled rows of the breast cancer data."""
    data = load_breast_cancer()
    order = np.random.RandomState(0).permutation(len(data.target))
    return np.c_[data.target, data.data][order].astype(np.float32)


@pytest.fixture(scope="module")
def bucket(aws):
    name = "sagemaker-xgboost-training"
    aws.client("s3").create_bucket(Bucket=name)
    return name


def to_csv(rows):
    out = io.StringIO()
    np.savetxt(out, rows, delimiter=",", fmt="%.9g")
    return out.getvalue()


def to_libsvm(rows):
    return "".join(f"{row[0]:g} " + " ".join(f"{i}:{v:.9g}" for i, v in enumerate(row[1:])) + "\n" for row in rows)


def to_parquet(rows):
    out = io.BytesIO()
    pq.write_table(pa.table({f"c{i}": rows[:, i] for i in range(rows.shape[1])}), out)
    return out.getvalue()


def to_recordio(rows):
    def field(number, body):
        length, size = b"", len(body)
        while size >= 0x80:
            length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + body

    def entry(values):
        return field(1, b"values") + field(2, field(2, field(1, struct.pack(f"<{len(values)}f", *values))))

    stream = b""
    for row in rows:
        record = field(1, entry(row[1:])) + field(2, entry(row[:1]))
        stream += struct.pack("<II", 0xCED7230A, len(record)) + record + b"\0" * (-len(record) % 4)
    return stream


FORMATS = {"text/csv": to_csv, "text/libsvm": to_libsvm, "application/x-parquet": to_parquet,
           "application/x-recordio-protobuf": to_recordio}


def run(aws, bucket, name, data, content_type="text/csv", **hyperparameters):
    """Trains on `data` (channel name to bytes) and returns the job's description."""
    channels = []
    for part, body in data.items():
        prefix = f"{name}/{part}"
        aws.client("s3").put_object(Bucket=bucket, Key=f"{prefix}/data", Body=body)
        source = channel(bucket, part, S3Uri=f"s3://{bucket}/{prefix}")
        channels.append({**source, "ContentType": content_type})
    values = {"objective": "binary:logistic", "num_round": "10", **hyperparameters}
    aws.client("sagemaker").create_training_job(
        **job_request(aws, bucket, name, InputDataConfig=channels, HyperParameters=values))
    return wait_for_job(aws, name)


def model_of(aws, job):
    bucket, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    body = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        model = archive.extractfile("xgboost-model").read()
    return xgboost.Booster(model_file=bytearray(model))


def completed(job):
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job


def test_every_format_gives_the_model_that_the_python_package_trains(aws, bucket, rows):
    train, held_out = rows[:400], xgboost.DMatrix(rows[400:, 1:])
    expected = xgboost.train({"objective": "binary:logistic", "base_score": 0.5, "tree_method": "exact"},
                             xgboost.DMatrix(train[:, 1:], train[:, 0]), 10).predict(held_out)
    for content_type, write in FORMATS.items():
        name = "format-" + re.sub("[^a-z0-9]+", "-", content_type)
        job = completed(run(aws, bucket, name, {"train": write(train)}, content_type,
                            base_score="0.5", tree_method="exact"))
        assert np.array_equal(model_of(aws, job).predict(held_out), expected), content_type


def test_metrics_are_in_the_log_and_in_the_description(aws, bucket, rows):
    job = completed(run(aws, bucket, "metrics", {"train": to_csv(rows[:400]), "validation": to_csv(rows[400:])},
                        eval_metric="auc,accuracy"))
    metrics = {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]}
    lines = [line for line in log_lines(aws, "metrics") if re.match(r".*\[[0-9]+\].*#011validation-auc:(\S+)", line)]
    assert len(lines) == 10 and lines[0].startswith("[0]#011train-auc:")
    scores = model_of(aws, job).predict(xgboost.DMatrix(rows[400:, 1:]))
    assert metrics["validation:auc"] == pytest.approx(roc_auc_score(rows[400:, 0], scores), abs=1e-5)
    assert metrics["validation:accuracy"] == pytest.approx(np.mean((scores > 0.5) == rows[400:, 0]), abs=1e-5)


def test_early_stopping_keeps_the_best_round(aws, bucket, rows):
    job = completed(run(aws, bucket, "early", {"train": to_csv(rows[:400]), "validation": to_csv(rows[400:])},
                        num_round="1000", early_stopping_rounds="5", eval_metric="logloss"))
    model = model_of(aws, job)
    assert model.num_boosted_rounds() == model.best_iteration + 1 < 900


def test_several_classes(aws, bucket):
    data = load_iris()
    job = completed(run(aws, bucket, "classes", {"train": to_csv(np.c_[data.target, data.data])},
                        objective="multi:softprob", num_class="3"))
    probabilities = model_of(aws, job).predict(xgboost.DMatrix(data.data))
    assert probabilities.shape == (150, 3) and np.mean(probabilities.argmax(1) == data.target) > 0.95


@pytest.mark.parametrize("name, data, hyperparameters, reason", [
    ("unknown", "1,2\n0,1\n", {"colour": "red"}, "Extraneous hyperparameter found: colour"),
    ("range", "1,2\n0,1\n", {"eta": "2"}, "Hyperparameter eta: 2 is not in [0, 1]"),
    ("classes", "1,2\n0,1\n", {"objective": "multi:softmax"},
     "Require input for parameter 'num_class' for multi-classification"),
    ("header", "label,age\n1,2\n", {}, "line 1, column 1: 'label' is not a number"),
    ("labels", "1,2\n7,1\n", {}, "label must be in [0,1] for objective binary:logistic: row 2 of the train channel"),
    ("empty", "", {}, "No data in training channel path"),
])
def test_a_failed_job_says_what_to_change(aws, bucket, name, data, hyperparameters, reason):
    job = run(aws, bucket, "wrong-" + name, {"train": data}, **hyperparameters)
    assert job["TrainingJobStatus"] == "Failed"
    assert reason in job["FailureReason"] and len(job["FailureReason"]) <= 1024
