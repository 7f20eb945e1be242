"""How a training job reads its channels: File, FastFile and Pipe mode. Facts: SageMaker Developer Guide, pages
your-algorithms-training-algo-running-container and model-access-training-data; API_Channel, API_ShuffleConfig."""

import base64
import gzip
import json
import struct

import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from training import IMAGE, channel, job_request, log_lines, make_bucket, run_shell_job, shell_job, wait_for_job



@pytest.fixture(scope="module")
def bucket(aws):
    name = make_bucket(aws, "sagemaker-input-modes")
    s3 = aws.client("s3")
    for key, body in {"letters/a": "a\n", "letters/b": "b\n", "letters/sub/c": "c\n", "letters/": ""}.items():
        s3.put_object(Bucket=name, Key=key, Body=body)
    s3.put_object(Bucket=name, Key="packed/1.gz", Body=gzip.compress(b"one\n"))
    s3.put_object(Bucket=name, Key="packed/2.gz", Body=gzip.compress(b"two\n") + gzip.compress(b"three\n"))
    return name


def piped(bucket, name="letters", **changes):
    return {**channel(bucket, name), "InputMode": "Pipe", **changes}


def run(aws, bucket, name, script, *channels):
    job = run_shell_job(aws, bucket, name, script, InputDataConfig=list(channels))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return log_lines(aws, name)


def configuration(lines):
    return json.loads(lines[0])


def test_a_pipe_streams_the_objects_each_epoch(aws, bucket):
    lines = run(aws, bucket, "epochs", """cd /opt/ml/input/data; cat ../config/inputdataconfig.json; echo
        test -d letters && echo directory; cat letters_0; cat letters_1; ls""", piped(bucket))
    assert configuration(lines)["letters"]["TrainingInputMode"] == "Pipe"
    assert configuration(lines)["code"]["TrainingInputMode"] == "File"
    assert lines[1:] == ["a", "b", "c"] * 2 + ["code", "letters_2"]


def test_the_mode_of_the_job_is_that_of_its_channels(aws, bucket):
    request = shell_job(aws, bucket, "job-mode", "cat /opt/ml/input/data/letters_0; cat /opt/ml/input/data/train/part-0.csv | wc -l",
                        InputDataConfig=[channel(bucket, "letters"), {**channel(bucket, "train"), "InputMode": "FastFile"}])
    request["AlgorithmSpecification"]["TrainingInputMode"] = "Pipe"
    request["InputDataConfig"][0]["InputMode"] = "File"
    aws.client("sagemaker").create_training_job(**request)
    assert wait_for_job(aws, "job-mode")["TrainingJobStatus"] == "Completed"
    assert log_lines(aws, "job-mode") == ["a", "b", "c", "200"]


def test_a_job_without_file_mode_downloads_nothing(aws, bucket):
    aws.client("sagemaker").create_training_job(**job_request(
        aws, bucket, "no-download", AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "FastFile"}))
    job = wait_for_job(aws, "no-download")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert [t["Status"] for t in job["SecondaryStatusTransitions"]] == ["Starting", "Training", "Uploading", "Completed"]


def test_a_manifest_gives_the_order(aws, bucket):
    manifest = [{"prefix": f"s3://{bucket}/letters/"}, "b", "sub/c", "a", "b"]
    aws.client("s3").put_object(Bucket=bucket, Key="order.manifest", Body=json.dumps(manifest))
    source = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{bucket}/order.manifest"}
    assert run(aws, bucket, "manifest-order", "cat /opt/ml/input/data/letters_0",
               {**channel(bucket, "letters", **source), "InputMode": "Pipe"}) == ["b", "c", "a", "b"]


def test_a_seed_shuffles_each_epoch_in_the_same_way_each_time(aws, bucket):
    s3 = aws.client("s3")
    for i in range(30):
        s3.put_object(Bucket=bucket, Key=f"many/{i:02}", Body=f"{i}\n")
    script = "cd /opt/ml/input/data; cat many_0 many_1"
    first, again, other = (run(aws, bucket, f"shuffled-{i}", script, piped(bucket, "many", ShuffleConfig={"Seed": seed}))
                           for i, seed in enumerate([7, 7, -8]))
    assert first == again and first != other and first[:30] != first[30:]
    assert sorted(map(int, first[:30])) == sorted(map(int, first[30:])) == list(range(30))


def test_gzip_is_unpacked_while_it_streams(aws, bucket):
    assert run(aws, bucket, "gzip", "cat /opt/ml/input/data/packed_0",
               piped(bucket, "packed", CompressionType="Gzip")) == ["one", "two", "three"]


def test_each_object_becomes_a_recordio_record(aws, bucket):
    lines = run(aws, bucket, "records", "cd /opt/ml/input/data; base64 -w0 letters_0; echo; base64 -w0 packed_0; echo",
                piped(bucket, RecordWrapperType="RecordIO"), piped(bucket, "packed", CompressionType="Gzip", RecordWrapperType="RecordIO"))

    def record(data):
        return struct.pack("<II", 0xCED7230A, len(data)) + data + bytes(-len(data) % 4)
    assert base64.b64decode(lines[0]) == record(b"a\n") + record(b"b\n") + record(b"c\n")
    assert base64.b64decode(lines[1]) == record(b"one\n") + record(b"two\nthree\n")


def test_what_is_no_gzip_fails_the_job_and_names_the_object(aws, bucket):
    job = run_shell_job(aws, bucket, "no-gzip", "cat /opt/ml/input/data/letters_0; echo all of it > /opt/ml/model/m",
                        InputDataConfig=[piped(bucket, CompressionType="Gzip")])
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(f"ClientError: Channel letters: s3://{bucket}/letters/a is no gzip file")


def begin(aws, bucket, name, script, *channels):
    """A job that has printed "ready" and runs on."""
    aws.client("sagemaker").create_training_job(**shell_job(aws, bucket, name, script, InputDataConfig=list(channels)))
    wait_for_job(aws, name, ["InProgress"])
    wait_until(lambda: aws.client("sagemaker").describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training"
               and log_lines(aws, name) == ["ready"], "the job to run")


def test_an_object_that_is_gone_is_still_streamed(aws, bucket):
    aws.client("s3").put_object(Bucket=bucket, Key="fleeting/x", Body="was here\n")
    begin(aws, bucket, "fleeting", "trap 'cat /opt/ml/input/data/fleeting_0; exit 0' TERM; echo ready; while true; do sleep 0.05; done",
          piped(bucket, "fleeting"))
    aws.client("s3").delete_object(Bucket=bucket, Key="fleeting/x")
    aws.client("sagemaker").stop_training_job(TrainingJobName="fleeting")
    assert wait_for_job(aws, "fleeting")["TrainingJobStatus"] == "Stopped"
    assert log_lines(aws, "fleeting") == ["ready", "was here"]


def test_a_job_that_never_reads_is_stopped(aws, bucket):
    begin(aws, bucket, "idle", "echo ready; exec sleep 1000", piped(bucket))
    aws.client("sagemaker").stop_training_job(TrainingJobName="idle")
    assert wait_for_job(aws, "idle")["TrainingJobStatus"] == "Stopped"


def test_fast_file_mode_has_the_files_read_only(aws, bucket):
    lines = run(aws, bucket, "fast-file", """cat /opt/ml/input/config/inputdataconfig.json; echo; cd /opt/ml/input/data/letters
        find . -type f | sort; cat a; for do in 'rm a' 'mv a d' 'chmod 777 a' 'truncate -s0 a' 'touch d'; do $do 2>/dev/null && echo changed; done; cat a""",
                {**channel(bucket, "letters"), "InputMode": "FastFile"})
    assert configuration(lines)["letters"]["TrainingInputMode"] == "FastFile"
    assert lines[1:] == ["./a", "./b", "./sub/c", "a", "a"]


def test_a_job_can_spoil_no_pipe(aws, bucket, tmp_path):
    (tmp_path / "secret").write_text("secret")
    lines = run(aws, bucket, "spoiler", f"""cd /opt/ml/input/data
        for do in 'rm letters_0' 'mv letters_0 x' 'ln -s {tmp_path}/secret letters_1' 'mkfifo letters_1' 'chmod 666 letters_0' 'rmdir .'
        do $do 2>/dev/null && echo done: $do; done
        head -c1 letters_0; echo; cat letters_1; cat letters_0 2>/dev/null || echo over; ls""", piped(bucket))
    assert lines == ["a", "a", "b", "c", "over", "code", "letters_2"]


@pytest.mark.parametrize("channels, expected", [
    ([{"InputMode": "FastFile", "S3DataType": "ManifestFile"}], "FastFile"),
    ([{"InputMode": "File", "ShuffleConfig": {"Seed": 1}}], "ShuffleConfig"),
    ([{"InputMode": "FastFile", "CompressionType": "Gzip"}], "CompressionType"),
    ([{"InputMode": "File", "RecordWrapperType": "RecordIO"}], "RecordWrapperType"),
    ([{"InputMode": "Pipe", "S3DataType": "AugmentedManifestFile"}], "AugmentedManifestFile"),
    ([{"InputMode": "Pipe", "AttributeNames": ["x"]}], "AttributeNames"),
    ([{"InputMode": "Pipe"}, {"InputMode": "File", "ChannelName": "letters_12"}], "letters_12"),
])
def test_refuses_what_a_mode_cannot_do(aws, bucket, channels, expected):
    def given(changes):
        source = {key: changes.pop(key) for key in ("S3DataType", "AttributeNames") if key in changes}
        return {**channel(bucket, "letters", **source), **changes}

    request = shell_job(aws, bucket, "refused", "true", InputDataConfig=[given(dict(changes)) for changes in channels])
    with pytest.raises(ClientError) as raised:
        aws.client("sagemaker").create_training_job(**request)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert expected in raised.value.response["Error"]["Message"]


def trained(aws, bucket, name, mode, **changes):
    request = job_request(aws, bucket, name, **changes)
    request["AlgorithmSpecification"] = {**request["AlgorithmSpecification"], "TrainingInputMode": mode}
    aws.client("sagemaker").create_training_job(**request)
    job = wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"] if "throughput" not in metric["MetricName"]}


def test_xgboost_trains_the_same_from_pipes(aws, bucket):
    assert trained(aws, bucket, "xgboost-pipe", "Pipe") == trained(aws, bucket, "xgboost-file", "File")


def test_an_algorithm_says_which_formats_it_cannot_stream(aws, bucket):
    aws.client("s3").put_object(Bucket=bucket, Key="libsvm/0", Body="1 0:1\n0 0:2\n")
    source = {**channel(bucket, "libsvm"), "ChannelName": "train", "ContentType": "text/libsvm", "InputMode": "Pipe"}
    aws.client("sagemaker").create_training_job(**job_request(aws, bucket, "libsvm-pipe", InputDataConfig=[source]))
    job = wait_for_job(aws, "libsvm-pipe")
    assert job["FailureReason"].startswith("ClientError: Pipe mode not supported for LibSVM")
