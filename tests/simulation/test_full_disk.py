"""A full disk: what cannot be stored is refused with what to do, what was acknowledged stays, and all goes on when there is space."""

import errno
import os
import subprocess

import pytest
from botocore.exceptions import ClientError

from live_server import Server, wait_until
from training import IMAGE, job_request, log_lines, make_bucket, shell_job, wait_for_job

DISK = "240m"  # The object store alone keeps 64 MiB free.


@pytest.fixture
def disk(tmp_path):
    """A directory that is a small file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    path = tmp_path / "disk"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "sagebrush-test", path], check=True)
    yield path
    subprocess.run(["umount", path], check=True)


@pytest.fixture
def small_server(disk):
    server = Server(disk / "data")
    yield server
    server.end()


def fill(disk):
    piece = b"x" * (1 << 20)
    with open(disk / "filler", "ab", buffering=0) as file:
        for size in (len(piece), 4096, 1):
            while True:
                try:
                    if file.write(piece[:size]) < size:
                        break
                except OSError as error:
                    assert error.errno == errno.ENOSPC
                    break


def refused(call):
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] in (503, 507), error
    assert "space" in error["Error"]["Message"], error
    return error["Error"]["Code"]


def accepted(call):
    """Whether it was done. A write may find the last free page of a file that was there before."""
    try:
        call()
        return True
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500, error
        assert "space" in error.response["Error"]["Message"], error
        return False


def create_small_model(server, name):
    server.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=server.role,
                                            PrimaryContainer={"Image": IMAGE, "Environment": {"padding": "x" * 900}})


def create_models_until_refused(server, start):
    created = []
    for number in range(start, start + 10_000):
        if not accepted(lambda: create_small_model(server, f"model-{number}")):
            return created
        created.append(f"model-{number}")
    pytest.fail("a full disk refuses no model")


def test_a_full_disk_refuses_writes_and_goes_on_when_there_is_space(small_server, disk):
    server, bucket = small_server, make_bucket(small_server, "sagemaker-disk")
    sagemaker, s3 = server.client("sagemaker"), server.client("s3")
    create_small_model(server, "before")
    fill(disk)
    assert refused(lambda: s3.put_object(Bucket=bucket, Key="more", Body=b"x" * 100_000)) == "InsufficientStorage"
    models = create_models_until_refused(server, 0)
    # Reading goes on, and space can be made through the server itself.
    assert sagemaker.describe_model(ModelName="before")["ModelName"] == "before"
    assert s3.get_object(Bucket=bucket, Key="train/part-0.csv")["Body"].read()
    (disk / "filler").unlink()
    s3.put_object(Bucket=bucket, Key="more", Body=b"x" * 100_000)
    create_small_model(server, "after")
    for name in ["before", "after", *models]:
        assert sagemaker.describe_model(ModelName=name)["ModelName"] == name
    sagemaker.create_training_job(**job_request(server, bucket, "after"))
    job = wait_for_job(server, "after")
    assert job["TrainingJobStatus"] == "Completed", job


def test_a_job_that_ends_on_a_full_disk_fails_and_says_so(small_server, disk):
    server, bucket = small_server, make_bucket(small_server, "sagemaker-disk")
    script = "echo running; while [ ! -e /opt/ml/input/data/train/part-0.csv ]; do :; done; head -c 1000 /dev/zero > /opt/ml/model/m; sleep 1.5"
    server.client("sagemaker").create_training_job(**shell_job(server, bucket, "job", script))
    wait_until(lambda: started(server, "job"), "the job to print")
    fill(disk)
    job = wait_for_job(server, "job")  # The disk stays full: the store has kept some space for this.
    assert job["TrainingJobStatus"] == "Failed"
    assert "Free some space" in job["FailureReason"], job["FailureReason"]
    (disk / "filler").unlink()


def test_a_job_created_on_a_nearly_full_disk_says_what_to_do(small_server, disk):
    server, bucket = small_server, make_bucket(small_server, "sagemaker-disk")
    request = shell_job(server, bucket, "job", "head -c 300000000 /dev/zero > /opt/ml/model/m")
    fill(disk)
    with open(disk / "filler", "r+b") as file:  # Room for the job's records, none for its model.
        file.truncate(os.path.getsize(disk / "filler") - 1_000_000)
    server.client("sagemaker").create_training_job(**request)
    job = wait_for_job(server, "job")
    assert job["TrainingJobStatus"] == "Failed"
    assert "space" in job["FailureReason"].lower(), job["FailureReason"]


def test_a_server_that_is_killed_on_a_full_disk_starts_again_when_there_is_space(small_server, disk):
    server, bucket = small_server, make_bucket(small_server, "sagemaker-disk")
    create_small_model(server, "before")
    fill(disk)
    models = create_models_until_refused(server, 0)
    server.kill()
    (disk / "filler").unlink()
    server.start()
    for name in ["before", *models]:
        assert server.client("sagemaker").describe_model(ModelName=name)["ModelName"] == name
    assert server.client("s3").get_object(Bucket=bucket, Key="train/part-0.csv")["Body"].read()


def started(server, name):
    try:
        return "running" in log_lines(server, name)
    except (ClientError, IndexError):  # The stream is not there yet.
        return False
