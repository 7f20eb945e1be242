"""Whatever bytes data, programs and names have: every answer is UTF-8, with the odd bytes shown, or no client reads it."""

import gzip
import uuid

import pytest

from training import job_request, log_lines, make_bucket, shell_job, wait_for_job

ODD = {
    "gzip": gzip.compress(b"1,2\n0,3\n" * 50, mtime=0),
    "latin-1": "1,2,caf\u00e9\n".encode("latin-1") * 5,
    "utf-16": "1,2\n0,3\n".encode("utf-16") * 5,
    "cut": b"1,2," + "\u3042".encode()[:2] + b"\n",
    "nul": b"1,2,\x00abc\n",
}


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, f"sagemaker-text-{uuid.uuid4()}")


def run(aws, bucket, script):
    name = f"text-{uuid.uuid4()}"
    aws.client("sagemaker").create_training_job(**shell_job(aws, bucket, name, script))
    return wait_for_job(aws, name), log_lines(aws, name)


@pytest.mark.parametrize("kind", ODD)
def test_a_job_that_meets_odd_data_says_so(aws, bucket, kind):
    aws.client("s3").put_object(Bucket=bucket, Key=f"{kind}/a.csv", Body=ODD[kind])
    name = f"text-{uuid.uuid4()}"
    request = job_request(aws, bucket, name)
    request["InputDataConfig"] = request["InputDataConfig"][:1]
    request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{bucket}/{kind}/"
    aws.client("sagemaker").create_training_job(**request)
    job = wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Failed" and len(job["FailureReason"]) > 40, job["FailureReason"]
    assert "\0" not in job["FailureReason"] and log_lines(aws, name)


def test_a_failure_file_of_any_bytes_is_the_reason(aws, bucket):
    job, _ = run(aws, bucket, r"printf 'caf\351 \000 \343\201\202 \343\201' > /opt/ml/output/failure; exit 3")
    assert job["FailureReason"] == "AlgorithmError: caf\\xe9 \\x00 \u3042 \\xe3\\x81, exit code: 3"


def test_a_long_failure_file_is_cut_between_characters(aws, bucket):
    job, _ = run(aws, bucket, r"for i in $(seq 2000); do printf '\343\201\202'; done > /opt/ml/output/failure; exit 1")
    assert len(job["FailureReason"]) == 1024 and set(job["FailureReason"][16:]) == {"\u3042"}


def test_what_a_program_prints_is_in_its_log(aws, bucket):
    job, lines = run(aws, bucket, r"printf 'caf\351\n\033[31mred\033[0m\n1\0002\n\303\251\n'; exit 1")
    assert [line for line in lines if "[sagebrush]" not in line] == ["caf\\xe9", "\x1b[31mred\x1b[0m", "1\\x002", "\u00e9"]
    assert "caf\\xe9" in job["FailureReason"]


def test_names_of_any_bytes_are_shown(aws, bucket):
    """A name in the output that is no text: the job ends one way or the other, and can be described and listed."""
    job, _ = run(aws, bucket, r"touch /opt/ml/model/$(printf 'caf\351\001')")
    assert job["TrainingJobStatus"] in ("Completed", "Failed")
    assert aws.client("sagemaker").list_training_jobs(NameContains=job["TrainingJobName"])["TrainingJobSummaries"]
