"""TransformJob: how inputs become requests and answers become outputs, how jobs end. Facts: SageMaker Developer Guide,
pages batch-transform, batch-transform-data-processing, your-algorithms-batch-code; API_CreateTransformJob,
API_TransformInput, API_TransformOutput, API_ModelClientConfig, API_DataProcessing. The lines of the data log:
github.com/aws/sagemaker-tensorflow-serving-container/issues/93."""

import gzip
import json
import struct

import pytest
from botocore.exceptions import ClientError

from live_server import Server, binaries_with, wait_until
from training import ENDED, IMAGE

# A model server that answers each line with its length, and does what words in the body say.
MODEL = r"""
[ "$1" = serve ] || exit 1
exec python3 -u - <<'PY'
import http.server, json, os, time

def say(what, value):
    os.write(1, f"{what} {json.dumps(value)}\n".encode())  # At once: several threads do.

say("environment", {name: value for name, value in os.environ.items() if name.startswith(("SAGEMAKER", "MINE"))})

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply(200 if self.path == "/ping" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        say("request", [body[:200].decode("latin-1"), self.headers.get("Content-Type"), self.headers.get("Accept"), len(body)])
        if b"bad" in body:
            return self.reply(400, b"cannot read this")
        if b"crash" in body:
            os._exit(7)
        if b"flaky" in body and not os.path.exists("/tmp/tried"):
            open("/tmp/tried", "w").close()
            return self.reply(503, b"busy")
        if b"slow" in body:
            time.sleep(2)
        if b"hang" in body:
            time.sleep(600)
        if body.startswith(b"{"):
            return self.reply(200, b'{"keys": %d}' % len(json.loads(body)))
        self.reply(200, b"\n".join(b"%d" % len(line) for line in body.split(b"\n") if line))

http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
PY
"""
BUCKET = "sagemaker-transform"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transform")
    server = Server(folder / "data", binaries=binaries_with(folder / "bin", MODEL))
    prepare(server)
    yield server
    server.end()


def prepare(server):
    server.client("s3").create_bucket(Bucket=BUCKET)
    server.client("sagemaker").create_model(ModelName="lengths", ExecutionRoleArn=server.role,
                                            PrimaryContainer={"Image": IMAGE, "Environment": {"MINE": "model"}})


def put(server, name, inputs):
    for key, body in inputs.items():
        server.client("s3").put_object(Bucket=BUCKET, Key=f"{name}/in/{key}", Body=body)


def request_of(name, source=None, output=None, **changes):
    return {"TransformJobName": name, "ModelName": "lengths",
            "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/in/"}},
                               "ContentType": "text/csv", "SplitType": "Line", **(source or {})},
            "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/{name}/out", "AssembleWith": "Line", **(output or {})},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1}, **changes}


def wait(server, name, seconds=60):
    sagemaker = server.client("sagemaker")

    def ended():
        job = sagemaker.describe_transform_job(TransformJobName=name)
        return job if job["TransformJobStatus"] in ENDED else None

    return wait_until(ended, f"transform job {name} to end", seconds)


def transform(server, name, inputs, **changes):
    """Describes the job as it ended; what it stored, by name."""
    put(server, name, inputs)
    server.client("sagemaker").create_transform_job(**request_of(name, **changes))
    return wait(server, name), outputs(server, name)


def outputs(server, name):
    s3 = server.client("s3")
    prefix = f"{name}/out/"
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]
    return {key.removeprefix(prefix): s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def log(server, name, ending=""):
    logs = server.client("logs")
    group = "/aws/sagemaker/TransformJobs"
    streams = [s["logStreamName"] for s in logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name + "/")["logStreams"]]
    stream = next(s for s in streams if s.endswith("/data-log") == (ending == "data-log"))
    return [e["message"] for e in logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]]


def all_of_requests(server, name):
    """[beginning of the body, Content-Type, Accept, bytes of the body] of each that the model server got."""
    return [json.loads(line.removeprefix("request ")) for line in log(server, name) if line.startswith("request ")]


def requests(server, name):
    return [request[0] for request in all_of_requests(server, name)]


def error_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def test_runs_to_completion_and_tells_what_clients_read(server):
    job, stored = transform(server, "complete", {"a.csv": "1\n22\n", "sub/b.csv": "333"}, Environment={"MINE": "job"},
                            Tags=[{"Key": "team", "Value": "blue"}])
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert job["TransformJobArn"] == f"arn:aws:sagemaker:{server.region}:{server.account}:transform-job/complete"
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]
    assert job["ModelName"] == "lengths" and job["Environment"] == {"MINE": "job"}
    assert stored == {"a.csv.out": b"1\n2\n", "sub/b.csv.out": b"3\n"}
    assert log(server, "complete", "data-log") == ["[sagemaker logs]: MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"]
    assert server.client("sagemaker").list_tags(ResourceArn=job["TransformJobArn"])["Tags"] == [{"Key": "team", "Value": "blue"}]


def test_container_is_told_that_it_is_batch_transform(server):
    transform(server, "environment", {"a": "1"}, Environment={"MINE": "job"}, MaxPayloadInMB=2, MaxConcurrentTransforms=3,
              BatchStrategy="SingleRecord")
    environment = json.loads(log(server, "environment")[0].removeprefix("environment "))
    assert environment["SAGEMAKER_BATCH"] == "true" and environment["MINE"] == "job"
    assert environment["SAGEMAKER_MAX_PAYLOAD_IN_MB"] == "2" and environment["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] == "3"
    assert environment["SAGEMAKER_BATCH_STRATEGY"] == "SINGLE_RECORD"
    transform(server, "environment-2", {"a": "1"})
    environment = json.loads(log(server, "environment-2")[0].removeprefix("environment "))
    assert environment["MINE"] == "model" and "SAGEMAKER_MAX_PAYLOAD_IN_MB" not in environment


@pytest.mark.parametrize("name, changes, sent, stored", [
    ("multi", {}, ["1\n22\n\n333"], b"1\n2\n3\n"),
    ("single", {"BatchStrategy": "SingleRecord"}, ["1", "22", "333"], b"1\n2\n3\n"),
    ("single-together", {"BatchStrategy": "SingleRecord", "output": {"AssembleWith": "None"}}, ["1", "22", "333"], b"123"),
    ("whole", {"source": {"SplitType": "None"}}, ["1\n22\n\n333\n"], b"1\n2\n3\n"),
    ("without-limit", {"MaxPayloadInMB": 0}, ["1\n22\n\n333\n"], b"1\n2\n3\n"),
])
def test_strategies(server, name, changes, sent, stored):
    job, out = transform(server, name, {"a": "1\n22\n\n333\n"}, **changes)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert requests(server, name) == sent and out == {"a.out": stored}


def test_payloads_are_as_large_as_they_may_be(server):
    line = "x" * 400_000
    job, out = transform(server, "payload", {"a": "\n".join([line] * 5)}, MaxPayloadInMB=1)
    assert job["TransformJobStatus"] == "Completed" and out == {"a.out": b"400000\n" * 5}
    assert [request[3] for request in all_of_requests(server, "payload")] == [800_001, 800_001, 400_000]


def test_a_record_that_is_too_large_fails_its_input(server):
    job, out = transform(server, "too-large", {"a": "1", "b": "x" * 1_100_000, "c": "333"}, MaxPayloadInMB=1)
    assert job["TransformJobStatus"] == "Failed" and "MaxPayloadInMB" in job["FailureReason"]
    assert out == {"a.out": b"1\n", "c.out": b"3\n"}


def framed(data):
    return struct.pack("<II", 0xCED7230A, len(data)) + data + b"\0" * (-len(data) % 4)


def tf_record(data):
    return struct.pack("<Q", len(data)) + b"crc1" + data + b"crc2"


@pytest.mark.parametrize("name, split, frame", [("recordio", "RecordIO", framed), ("tfrecord", "TFRecord", tf_record)])
def test_records_go_with_their_frames(server, name, split, frame):
    records = [frame(b"one"), frame(b"three"), frame(b"")]
    job, _ = transform(server, name, {"a": b"".join(records)}, BatchStrategy="SingleRecord",
                       source={"SplitType": split, "ContentType": "application/x-recordio-protobuf"})
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert [body.encode("latin-1") for body in requests(server, name)] == records
    job, out = transform(server, name + "-cut", {"a": records[0][:-1]}, source={"SplitType": split})
    assert job["TransformJobStatus"] == "Failed" and out == {} and "cut off" in job["FailureReason"]


def test_results_keep_the_order_of_the_records(server):
    job, out = transform(server, "order", {"a": "slow\n22\n1\n", "b": "4444\n"}, BatchStrategy="SingleRecord", MaxConcurrentTransforms=4)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert out == {"a.out": b"4\n2\n1\n", "b.out": b"4\n"}
    assert sorted(requests(server, "order")) == ["1", "22", "4444", "slow"]


def test_headers_are_those_of_the_job(server):
    transform(server, "headers", {"a": "1"}, source={"ContentType": "text/csv; charset=utf-8"}, output={"Accept": "text/plain"})
    transform(server, "no-headers", {"a": "1"}, source={"ContentType": ""})
    assert all_of_requests(server, "headers") == [["1", "text/csv; charset=utf-8", "text/plain", 1]]
    assert all_of_requests(server, "no-headers") == [["1", None, None, 1]]


def test_manifests_and_single_objects(server):
    put(server, "manifest", {"a": "1", "b/c": "22", "d": "333"})
    server.client("s3").put_object(Bucket=BUCKET, Key="list.manifest", Body=json.dumps([{"prefix": f"s3://{BUCKET}/manifest/in/"}, "b/c", "d"]))
    source = {"DataSource": {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/list.manifest"}}}
    server.client("sagemaker").create_transform_job(**request_of("manifest", source))
    assert wait(server, "manifest")["TransformJobStatus"] == "Completed"
    assert outputs(server, "manifest") == {"b/c.out": b"2\n", "d.out": b"3\n"}
    source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/manifest/in/b/c"}}}
    job, out = transform(server, "one", {}, source=source)
    assert job["TransformJobStatus"] == "Completed" and out == {"c.out": b"2\n"}


def test_gzip(server):
    job, out = transform(server, "gzip", {"a.gz": gzip.compress(b"1\n22\n"), "b": b"not packed", "empty.gz": gzip.compress(b"")},
                         source={"CompressionType": "Gzip"})
    assert job["TransformJobStatus"] == "Failed" and f"{BUCKET}/gzip/in/b: It is no gzip file" in job["FailureReason"]
    assert out == {"a.gz.out": b"1\n2\n", "empty.gz.out": b""}


def test_an_input_without_records_has_an_output_without_any(server):
    job, out = transform(server, "empty", {"a": "", "b": "\n\n"})
    assert job["TransformJobStatus"] == "Completed" and out == {"a.out": b"", "b.out": b""}
    assert requests(server, "empty") == []


def test_results_are_joined_to_their_records(server):
    job, out = transform(server, "join-csv", {"a.csv": 'id-1,22,"x,y"\nid-2,1,z\n'},
                         DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"})
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert requests(server, "join-csv") == ['22,"x,y"\n1,z'] and out == {"a.csv.out": b"id-1,8\nid-2,3\n"}
    lines = '{"id": 1, "f": {"a": 1, "b": 2}}\n{"id": 2, "f": {}}\n'
    job, out = transform(server, "join-json", {"a": lines}, BatchStrategy="SingleRecord", source={"ContentType": "application/jsonlines"},
                         DataProcessing={"InputFilter": "$.f", "JoinSource": "Input", "OutputFilter": "$['id','SageMakerOutput']"})
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert out == {"a.out": b'{"id":1,"SageMakerOutput":{"keys":2}}\n{"id":2,"SageMakerOutput":{"keys":0}}\n'}


def test_a_bad_record_fails_its_input_and_no_other(server):
    job, out = transform(server, "bad", {"a": "1", "b": "22\nbad\n", "c": "333"}, BatchStrategy="SingleRecord")
    assert job["TransformJobStatus"] == "Failed" and out == {"a.out": b"1\n", "c.out": b"3\n"}
    assert job["FailureReason"].startswith("ClientError: 1 of 3 inputs could not be transformed. See job logs for more information")
    assert f"[sagemaker logs]: {BUCKET}/bad/in/b: Bad HTTP status received from algorithm: 400. cannot read this" in log(server, "bad", "data-log")
    assert requests(server, "bad").count("bad") == 1  # What a client did wrong is not tried again.


def test_a_request_that_fails_is_tried_again(server):
    job, out = transform(server, "flaky", {"a": "flaky"})
    assert job["TransformJobStatus"] == "Completed" and out == {"a.out": b"5\n"} and requests(server, "flaky") == ["flaky"] * 2
    job, _ = transform(server, "flaky-once", {"a": "flaky"}, ModelClientConfig={"InvocationsMaxRetries": 0})
    assert job["TransformJobStatus"] == "Failed" and "503" in job["FailureReason"]


def test_a_model_that_does_not_answer_in_time_fails_the_input(server):
    job, out = transform(server, "late", {"a": "hang", "b": "1"},
                         ModelClientConfig={"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 1})
    assert job["TransformJobStatus"] == "Failed" and "InvocationsTimeoutInSeconds" in job["FailureReason"]
    assert out == {"b.out": b"1\n"} and requests(server, "late") == ["hang", "hang", "1"]


def test_a_model_server_that_ends_fails_the_job(server):
    job, out = transform(server, "crash", {"a": "1", "b": "crash"})
    assert job["TransformJobStatus"] == "Failed" and job["FailureReason"]
    assert out == {"a.out": b"1\n"}


def test_stop_leaves_what_was_stored(server):
    sagemaker = server.client("sagemaker")
    put(server, "stopped", {"a": "1", "b": "hang"})
    sagemaker.create_transform_job(**request_of("stopped"))
    wait_until(lambda: "hang" in requests(server, "stopped") if sagemaker.describe_transform_job(TransformJobName="stopped").get("TransformStartTime")
               else False, "the second input to be sent")
    sagemaker.stop_transform_job(TransformJobName="stopped")
    job = wait(server, "stopped")
    assert job["TransformJobStatus"] == "Stopped" and outputs(server, "stopped") == {"a.out": b"1\n"}
    assert error_of(sagemaker.stop_transform_job, TransformJobName="stopped")[0] == "ValidationException"


@pytest.mark.parametrize("changes, expected", [
    ({"ModelName": "nobody"}, "Could not find model"),
    ({"MaxPayloadInMB": 101}, "MaxPayloadInMB"),
    ({"MaxPayloadInMB": 50, "MaxConcurrentTransforms": 3}, "product"),
    ({"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}, "InstanceCount"),
    ({"DataProcessing": {"InputFilter": "features"}}, "InputFilter"),
    ({"DataProcessing": {"JoinSource": "Input"}, "output": {"AssembleWith": "None"}}, "AssembleWith"),
    ({"DataProcessing": {"JoinSource": "Input"}, "source": {"ContentType": "image/png"}}, "ContentType"),
    ({"DataCaptureConfig": {"DestinationS3Uri": "s3://b/x"}}, "DataCaptureConfig"),
    ({"ExperimentConfig": {"ExperimentName": "e"}}, "ExperimentConfig"),
    ({"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeKmsKeyId": "key"}}, "--disk-is-encrypted"),
    ({"source": {"DataSource": {"S3DataSource": {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://b/x"}}}}, "AugmentedManifestFile"),
    ({"source": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/nothing/"}}}}, "No S3 objects found"),
])
def test_refuses_what_it_cannot_do_and_says_why(server, changes, expected):
    put(server, "refused", {"a": "1"})
    code, message, status = error_of(server.client("sagemaker").create_transform_job, **request_of("refused", **changes))
    assert code in ("ValidationException", "ResourceLimitExceeded") and status == 400 and expected in message


def test_missing_and_taken_names(server):
    sagemaker = server.client("sagemaker")
    for call in (sagemaker.describe_transform_job, sagemaker.stop_transform_job):
        code, message, status = error_of(call, TransformJobName="nobody")
        assert (code, status) == ("ValidationException", 400) and message.startswith("Could not find requested job")
    transform(server, "taken", {"a": "1"})
    assert error_of(sagemaker.create_transform_job, **request_of("taken"))[0] == "ResourceInUse"


def test_lists_with_filters(server):
    for name, body in (("list-b", "1"), ("list-a", "bad")):
        transform(server, name, {"x": body})

    def names(**query):
        return [j["TransformJobName"] for j in server.client("sagemaker").list_transform_jobs(NameContains="list-", **query)["TransformJobSummaries"]]

    assert names() == ["list-a", "list-b"]  # The default of API_ListTransformJobs is Descending by CreationTime.
    assert names(SortBy="Name", SortOrder="Ascending") == ["list-a", "list-b"] and names(StatusEquals="Failed") == ["list-a"]


def test_a_killed_server_goes_on_with_what_is_not_done(stand_in):
    server = stand_in(MODEL)
    prepare(server)
    put(server, "again", {f"{i}": "1" * i for i in range(1, 4)} | {"4": "slow", "5": "55555"})
    server.client("sagemaker").create_transform_job(**request_of("again"))
    wait_until(lambda: len(outputs(server, "again")) == 3, "three inputs to be done")
    server.kill()
    server.start()
    job = wait(server, "again")
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    assert outputs(server, "again") == {"1.out": b"1\n", "2.out": b"2\n", "3.out": b"3\n", "4.out": b"4\n", "5.out": b"5\n"}
    sent = requests(server, "again")
    # An output is stored before it is noted as done: the kill may come between the two for the last one.
    assert [sent.count("1"), sent.count("11")] == [1, 1] and sent.count("111") in (1, 2) and sent.count("slow") == 2
