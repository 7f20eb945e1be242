"""What code in a job may leave behind for the server that collects it: links, pipes, deep trees, sparse files, odd
names and modes. Nothing outside the job is read or changed, and the job's other files arrive."""

import io
import os
import stat
import tarfile

import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from training import channel, job_request, log_lines, make_bucket, run_shell_job

SECRET = b"the server's own key"


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "sagemaker-hostile-job")


@pytest.fixture
def secret(tmp_path):
    """A directory that only the server's user may read, with a file in it."""
    folder = tmp_path / "secret"
    folder.mkdir(0o700)
    (folder / "key").write_bytes(SECRET)
    (folder / "key").chmod(0o600)
    return folder


def objects(aws, bucket, prefix):
    s3 = aws.client("s3")
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    return {key.removeprefix(prefix): s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def members(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {m.name: m for m in tar.getmembers()}, {m.name: tar.extractfile(m).read() for m in tar.getmembers() if m.isfile()}


def output(aws, bucket, name, what="model"):
    return members(objects(aws, bucket, f"output/{name}/output/")[f"{what}.tar.gz"])


LINKS = """
  for to in model output/data checkpoints; do
    cd /opt/ml/$to || continue; ln -s {secret}/key file; ln -s {secret} folder; mkdir sub; ln -s {secret}/key sub/file
    echo fine > real; ln -s real inside
  done
"""


def test_no_link_is_followed(aws, bucket, secret):
    config = {"S3Uri": f"s3://{bucket}/links", "LocalPath": "/opt/ml/checkpoints/"}
    job = run_shell_job(aws, bucket, "links", LINKS.format(secret=secret), CheckpointConfig=config)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    for what in ("model", "output"):
        entries, files = output(aws, bucket, "links", what)
        assert files == {"real": b"fine\n"}
        assert sorted(entries) == ["inside", "real", "sub"] and entries["inside"].linkname == "real"
    assert objects(aws, bucket, "links/") == {"real": b"fine\n"}
    assert (secret / "key").read_bytes() == SECRET
    assert stat.S_IMODE((secret / "key").stat().st_mode) == 0o600


def test_no_link_is_followed_when_files_are_uploaded_singly(aws, bucket, secret):
    where = {"S3OutputPath": f"s3://{bucket}/output", "CompressionType": "NONE"}
    job = run_shell_job(aws, bucket, "single", LINKS.format(secret=secret), OutputDataConfig=where)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert objects(aws, bucket, "output/single/output/") == {"model/real": b"fine\n", "output/real": b"fine\n"}


@pytest.mark.parametrize("kind, script", [("link", "ln -s {secret} data"), ("file", "echo x > data"), ("pipe", "mkfifo data")])
def test_what_takes_the_place_of_the_output_is_not_collected(aws, bucket, secret, kind, script):
    job = run_shell_job(aws, bucket, f"instead-{kind}", "cd /opt/ml/output; rm -r data; echo m > ../model/m; " + script.format(secret=secret))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert list(objects(aws, bucket, f"output/instead-{kind}/output/")) == ["model.tar.gz"]
    assert stat.S_IMODE((secret / "key").stat().st_mode) == 0o600


def test_the_failure_file_is_read_only_where_it_is_one(aws, bucket, secret):
    for kind, script in {"link": f"ln -s {secret}/key", "pipe": "mkfifo", "directory": "mkdir"}.items():
        job = run_shell_job(aws, bucket, f"failure-{kind}", f"{script} /opt/ml/output/failure; echo last line; exit 1")
        assert job["FailureReason"] == "AlgorithmError: last line, exit code: 1"


def test_no_setuid_bit_is_kept(aws, bucket):
    """Case C4: neither in what is packed nor in what the server keeps."""
    script = "for to in model output/data; do cp /bin/true /opt/ml/$to/suid; chmod 6755 /opt/ml/$to/suid; done"
    run_shell_job(aws, bucket, "setuid", script)
    assert output(aws, bucket, "setuid")[0]["suid"].mode == 0o755
    run_shell_job(aws, bucket, "setuid-single", script, OutputDataConfig={"S3OutputPath": f"s3://{bucket}/output", "CompressionType": "NONE"})
    assert list(objects(aws, bucket, "output/setuid-single/")) == ["output/model/suid", "output/output/suid"]
    kept = [os.path.join(folder, file) for folder, _, files in os.walk(aws.data / "objects") for file in files]
    assert not [path for path in kept if os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID)]


def test_odd_names_and_modes_arrive(aws, bucket):
    script = r"""cd /opt/ml/model; echo 1 > $'new\nline'; echo 2 > $'\xff\xfe'; echo 3 > café; mkdir closed; echo 4 > closed/file; chmod 0 closed/file closed
      mkfifo pipe; echo 5 > "$(printf 'n%.0s' {1..255})"; ln 'café' second"""
    job = run_shell_job(aws, bucket, "odd", script)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    _, files = output(aws, bucket, "odd")
    assert files == {"new\nline": b"1\n", "\udcff\udcfe": b"2\n", "café": b"3\n", "second": b"3\n", "closed/file": b"4\n", "n" * 255: b"5\n"}


def test_checkpoints_with_odd_names(aws, bucket):
    config = {"S3Uri": f"s3://{bucket}/odd-checkpoints"}
    script = r"cd /opt/ml/checkpoints; echo 1 > $'\xff'; echo 2 > café; mkfifo pipe; mkdir -p deep/er; echo 3 > deep/er/file"
    job = run_shell_job(aws, bucket, "odd-checkpoints", script, CheckpointConfig=config)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert objects(aws, bucket, "odd-checkpoints/") == {"café": b"2\n", "deep/er/file": b"3\n"}


def test_a_checkpoint_with_holes_arrives_as_it_is(aws, bucket):
    script = "cd /opt/ml/checkpoints; echo begin > c; truncate -s 50M c; echo end >> c; truncate -s 60M c; truncate -s 1M hole; : > empty"
    config = {"S3Uri": f"s3://{bucket}/holes"}
    job = run_shell_job(aws, bucket, "holes", script, CheckpointConfig=config)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    found = objects(aws, bucket, "holes/")
    assert found["c"] == b"begin\n".ljust(50 << 20, b"\0") + b"end\n".ljust(10 << 20, b"\0")
    assert found["hole"] == bytes(1 << 20) and found["empty"] == b""


def test_a_deep_tree_fails_the_job_and_costs_little(aws, bucket):
    """Case H5. A path of this length can be opened by nobody, so no archive of it can be used."""
    descriptors = f"/proc/{aws.process.pid}/fd"
    before = len(os.listdir(descriptors))
    job = run_shell_job(aws, bucket, "deep", "cd /opt/ml/model; n=$(printf 'n%.0s' {1..200}); for i in {1..25}; do mkdir $n; cd $n; done")
    assert job["TrainingJobStatus"] == "Failed"
    assert not list(aws.data.glob("jobs/*/model/nnn*"))  # Gone before the end was told.
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed: /opt/ml/model/nnnnnnnnnn")
    assert "is too deep" in job["FailureReason"]
    assert len(os.listdir(descriptors)) < before + 100
    wait_until(lambda: not os.listdir(aws.data / "jobs"), "the deep tree to be deleted")


def test_sparse_files_fail_the_job_at_once(aws, bucket):
    """Case M1: 300 GB of holes take nothing of the volume, and an hour to pack."""
    job = run_shell_job(aws, bucket, "sparse", "for i in {1..300}; do truncate -s 900M /opt/ml/model/$i; done; echo kept > /opt/ml/checkpoints/c",
              CheckpointConfig={"S3Uri": f"s3://{bucket}/sparse"})
    assert job["TrainingJobStatus"] == "Failed"
    assert "The files in /opt/ml/model have more than the 1000000000 bytes that the volume holds" in job["FailureReason"]
    assert objects(aws, bucket, "sparse/") == {"c": b"kept\n"}


def test_left_out_files_are_told_of_in_the_log(aws, bucket):
    run_shell_job(aws, bucket, "told", "ln -s /etc/passwd /opt/ml/model/away; mkfifo /opt/ml/model/pipe")
    assert log_lines(aws, "told")[-2:] == [
        "[sagebrush] /opt/ml/model/away was left out: it is a link that leads out of /opt/ml/model.",
        "[sagebrush] /opt/ml/model/pipe was left out: it is neither file, directory nor link."]


def refusal(aws, request):
    with pytest.raises(ClientError) as raised:
        aws.client("sagemaker").create_training_job(**request)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


@pytest.mark.parametrize("path", ["/proc/1/fd", "/proc/self/root/tmp", "/sys/fs/cgroup", "/dev/shm", "/opt/ml/../../etc", "/etc", "/",
                                  "/run/sagebrush-init", "/opt/sagebrush", "/opt/ml/input/config", "/opt/ml/model/../input", "/opt/ml",
                                  "/opt/ml/model", "/opt/ml/output/data/x", "relative"])
def test_a_local_path_outside_of_the_jobs_own_is_refused(aws, bucket, path):
    """Case C1. AWS's default is /opt/ml/checkpoints (API_CheckpointConfig); what else it uses below /opt/ml: SageMaker
    Developer Guide, model-train-storage."""
    config = {"S3Uri": f"s3://{bucket}/c1", "LocalPath": path}
    code, message = refusal(aws, job_request(aws, bucket, "local-path", CheckpointConfig=config))
    assert code == "ValidationException" and message.startswith(f'CheckpointConfig.LocalPath is "{path}": ')


def test_a_local_path_of_ones_own_is_used(aws, bucket):
    config = {"S3Uri": f"s3://{bucket}/own-path", "LocalPath": "/opt/ml/mine/here/"}
    job = run_shell_job(aws, bucket, "own-path", "echo 1 > /opt/ml/mine/here/c", CheckpointConfig=config)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["CheckpointConfig"]["LocalPath"] == "/opt/ml/mine/here/"
    assert objects(aws, bucket, "own-path/") == {"c": b"1\n"}


@pytest.mark.parametrize("name", [".", ".."])
def test_a_channel_name_that_is_no_name_is_refused(aws, bucket, name):
    """The model's pattern for ChannelName lets them pass."""
    code, message = refusal(aws, job_request(aws, bucket, "channel", InputDataConfig=[{**channel(bucket, "train"), "ChannelName": name}]))
    assert code == "ValidationException" and f'ChannelName is "{name}"' in message


def test_an_object_in_the_place_of_anothers_folder_fails_the_job_with_both_named(aws, bucket):
    """Case F. AWS calls such names ambiguous and fails: S3ModelDataSource.CompressionType in the service model."""
    for key in ("both/data", "both/data-1", "both/data/part-0"):
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1,2\n")
    job = run_shell_job(aws, bucket, "both", "true", InputDataConfig=[channel(bucket, "train", S3Uri=f"s3://{bucket}/both/")])
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        f"ClientError: The objects s3://{bucket}/both/data and s3://{bucket}/both/data/part-0 cannot both be placed")
