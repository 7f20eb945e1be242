"""ProcessingJob: every operation, the contract of the container, how jobs end. Facts: SageMaker Developer Guide, pages
byoc-run-image, byoc-input-and-output, byoc-config, byoc-metadata, byoc-logging; API_CreateProcessingJob,
API_ProcessingS3Input, API_ProcessingS3Output, API_DescribeProcessingJob, API_ListProcessingJobs; what clients match in
errors (ACK: "Could not find requested job")."""

import datetime
import json

import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from processing import (processing_input, processing_log, processing_output, processing_request, run_script,
                        wait_for_processing)
from training import IMAGE

OUT = "/opt/ml/processing/output"


@pytest.fixture(scope="module")
def bucket(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="sagemaker-processing-job")
    for key in ("data/a.csv", "data/sub/b.csv"):
        s3.put_object(Bucket="sagemaker-processing-job", Key=key, Body=key)
    return "sagemaker-processing-job"


@pytest.fixture(scope="module")
def sagemaker(aws):
    return aws.client("sagemaker")


def error_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def objects(aws, bucket, prefix):
    s3 = aws.client("s3")
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    return {key.removeprefix(prefix): s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def outputs(*given):
    return {"Outputs": list(given)}


def test_runs_to_completion_and_tells_what_clients_read(aws, sagemaker, bucket):
    job = run_script(aws, bucket, "complete", "echo hello; echo done > /opt/ml/processing/output/result",
                     ProcessingOutputConfig=outputs(processing_output("out", f"s3://{bucket}/complete", OUT)),
                     Tags=[{"Key": "team", "Value": "blue"}], Environment={"MODE": "test"})
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ProcessingJobArn"] == f"arn:aws:sagemaker:{aws.region}:{aws.account}:processing-job/complete"
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"] <= job["LastModifiedTime"]
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    assert job["Environment"] == {"MODE": "test"} and job["RoleArn"] == aws.role
    assert "FailureReason" not in job and "ExitMessage" not in job
    assert objects(aws, bucket, "complete/") == {"result": b"done\n"}
    assert processing_log(aws, "complete") == ["hello"]
    assert sagemaker.list_tags(ResourceArn=job["ProcessingJobArn"])["Tags"] == [{"Key": "team", "Value": "blue"}]


def cluster(count, **more):
    return {"ClusterConfig": {"InstanceCount": count, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1, **more}}


SHARES = """
import json, os, socket, time
here = json.load(open("/opt/ml/config/resourceconfig.json"))
name, first = here["current_host"], here["hosts"][0]
shared, whole = (sorted(os.listdir("/opt/ml/processing/input/" + each)) for each in ("shared", "whole"))
if name == first:
    server = socket.create_server((first, 9000))
    heard = [name]
    while len(heard) < len(here["hosts"]):
        heard.append(server.accept()[0].recv(99).decode())
    json.dump(sorted(heard), open("/opt/ml/processing/output/heard", "w"))
else:
    while True:
        try:
            socket.create_connection((first, 9000), 20).sendall(name.encode())
            break
        except ConnectionRefusedError:
            time.sleep(0.01)
json.dump([shared, whole], open("/opt/ml/processing/output/" + name, "w"))
print(socket.gethostname())
"""


def test_several_instances_share_data_and_talk_to_each_other(aws, sagemaker, bucket):
    s3 = aws.client("s3")
    for key in "12345":
        s3.put_object(Bucket=bucket, Key=f"share/{key}", Body=key)
    inputs = [processing_input("shared", f"s3://{bucket}/share", "/opt/ml/processing/input/shared",
                               S3DataDistributionType="ShardedByS3Key"),
              processing_input("whole", f"s3://{bucket}/share", "/opt/ml/processing/input/whole")]
    job = run_script(aws, bucket, "gang", f"exec python3 - <<'END'{SHARES}END", ProcessingInputs=inputs,
                     ProcessingResources=cluster(3), NetworkConfig={"EnableNetworkIsolation": True},
                     ProcessingOutputConfig=outputs(processing_output("out", f"s3://{bucket}/gang", OUT)))
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    found = {name: json.loads(body) for name, body in objects(aws, bucket, "gang/").items()}
    assert found.pop("heard") == ["algo-1", "algo-2", "algo-3"]
    assert found == {"algo-1": [["1", "4"], list("12345")], "algo-2": [["2", "5"], list("12345")],
                     "algo-3": [["3"], list("12345")]}
    created = int(job["CreationTime"].timestamp())
    logs, group = aws.client("logs"), "/aws/sagemaker/ProcessingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="gang/")["logStreams"]
    assert [s["logStreamName"] for s in streams] == [f"gang/algo-{i}-{created}" for i in (1, 2, 3)]
    for stream in streams:
        events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
        assert [e["message"] for e in events] == [stream["logStreamName"].split("/")[1].rsplit("-", 1)[0]]


def test_every_instance_acts_as_the_role(aws, bucket):
    ask = ('curl -s -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" $AWS_CONTAINER_CREDENTIALS_FULL_URI '
           '| grep -o AccessKeyId > /opt/ml/processing/output/$(hostname)')
    job = run_script(aws, bucket, "gang-keys", ask, ProcessingResources=cluster(2),
                     ProcessingOutputConfig=outputs(processing_output("out", f"s3://{bucket}/gang-keys", OUT)))
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert objects(aws, bucket, "gang-keys/") == {"algo-1": b"AccessKeyId\n", "algo-2": b"AccessKeyId\n"}


def test_an_instance_that_fails_ends_the_job(aws, bucket):
    script = "if [ $(hostname) = algo-2 ]; then echo broken >&2; exit 7; fi; sleep 1000"
    job = run_script(aws, bucket, "gang-fail", script, ProcessingResources=cluster(2))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: broken, exit code: 7"


def test_stream_is_named_as_clients_look_for_it(aws, bucket):
    job = run_script(aws, bucket, "stream", "echo line")
    created = int(job["CreationTime"].timestamp())
    group = "/aws/sagemaker/ProcessingJobs"
    streams = aws.client("logs").describe_log_streams(logGroupName=group, logStreamNamePrefix="stream/")["logStreams"]
    assert [s["logStreamName"] for s in streams] == [f"stream/algo-1-{created}"]


def test_configuration_is_in_the_container(aws, bucket):
    show = "cat /opt/ml/config/processingjobconfig.json; echo; cat /opt/ml/config/resourceconfig.json; echo; echo $MODE $1 $2"
    job = run_script(aws, bucket, "config", show, arguments=["first", "second one"], Environment={"MODE": "fast"},
                     ProcessingOutputConfig=outputs(processing_output("out", f"s3://{bucket}/config", OUT)))
    configuration, resources, arguments = processing_log(aws, "config")
    configuration = json.loads(configuration)
    assert configuration["ProcessingJobArn"] == job["ProcessingJobArn"] and configuration["ProcessingJobName"] == "config"
    assert configuration["AppSpecification"] == {
        "ImageUri": IMAGE, "ContainerEntrypoint": ["/bin/bash", "/opt/ml/processing/input/code/run.sh"],
        "ContainerArguments": ["first", "second one"]}
    assert configuration["Environment"] == {"MODE": "fast"} and configuration["RoleArn"] == aws.role
    assert configuration["ProcessingInputs"][0]["S3Input"] == {
        "S3Uri": f"s3://{bucket}/code/config/run.sh", "LocalPath": "/opt/ml/processing/input/code", "S3DataType": "S3Prefix",
        "S3InputMode": "File", "S3DataDistributionType": "FullyReplicated", "S3CompressionType": "None",
        "S3DownloadMode": "StartOfJob"}
    assert configuration["ProcessingOutputConfig"]["Outputs"][0]["S3Output"] == {
        "S3Uri": f"s3://{bucket}/config", "LocalPath": OUT, "S3UploadMode": "EndOfJob"}
    assert configuration["ProcessingResources"]["ClusterConfig"] == {
        "InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1, "VolumeKmsKeyId": None}
    assert configuration["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    assert json.loads(resources) == {"current_host": "algo-1", "hosts": ["algo-1"]}
    assert arguments == "fast first second one"


def test_inputs_are_laid_out_and_are_the_jobs_own(aws, bucket):
    s3 = aws.client("s3")
    s3.put_object(Bucket=bucket, Key="list.manifest", Body=json.dumps([{"prefix": f"s3://{bucket}/data/"}, "sub/b.csv"]))
    # The code lies in the directory of the data, as in AWS's examples (destination="/opt/ml/processing/input").
    inputs = [processing_input("data", f"s3://{bucket}/data", "/opt/ml/processing/input/"),
              processing_input("manifest", f"s3://{bucket}/list.manifest", "/opt/ml/processing/listed", S3DataType="ManifestFile")]
    script = """cd /opt/ml/processing; find . -type f | sort; echo changed > input/a.csv; touch input/new && mkdir input/dir
        rm input/sub/b.csv && echo removed; pwd"""
    job = run_script(aws, bucket, "inputs", script, ProcessingInputs=inputs)
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert processing_log(aws, "inputs") == ["./input/a.csv", "./input/code/run.sh", "./input/sub/b.csv", "./listed/sub/b.csv",
                                             "removed", "/opt/ml/processing"]
    assert objects(aws, bucket, "data/") == {"a.csv": b"data/a.csv", "sub/b.csv": b"data/sub/b.csv"}


def test_several_outputs_go_each_to_its_place(aws, bucket):
    script = f"""cd {OUT}; echo 1 > train/x; mkdir -p test/deep/er empty; echo 2 > test/deep/er/y; ln -s x train/link
        mkfifo train/pipe; printf 3 > 'train/a b+c'; echo no > elsewhere; printf bad > $'train/\\xff'"""
    job = run_script(aws, bucket, "several-outputs", script, ProcessingOutputConfig=outputs(
        processing_output("train", f"s3://{bucket}/several-outputs/train/", f"{OUT}/train"),
        processing_output("test", f"s3://{bucket}/several-outputs/test", f"{OUT}/test/")))
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert objects(aws, bucket, "several-outputs/") == {"train/x": b"1\n", "test/deep/er/y": b"2\n", "train/a b+c": b"3"}
    notices = "\n".join(processing_log(aws, "several-outputs"))
    assert f"{OUT}/train/link was not uploaded" in notices and f"{OUT}/train/pipe was not uploaded" in notices
    assert f"{OUT}/train/\\xff was not uploaded" in notices


def test_continuous_outputs_come_while_the_job_runs(aws, sagemaker, bucket):
    aws.client("s3").put_object(Bucket=bucket, Key="live/before", Body="kept")
    script = f"trap 'exit 0' TERM; echo one > {OUT}/first; while true; do sleep 0.05; done"
    run_script(aws, bucket, "live", script, wait=False, ProcessingOutputConfig=outputs(
        processing_output("live", f"s3://{bucket}/live", OUT, "Continuous")))
    wait_until(lambda: objects(aws, bucket, "live/").get("first") == b"one\n", "the first file to be uploaded", 30)
    assert sagemaker.describe_processing_job(ProcessingJobName="live")["ProcessingJobStatus"] == "InProgress"
    sagemaker.stop_processing_job(ProcessingJobName="live")
    assert wait_for_processing(aws, "live")["ProcessingJobStatus"] == "Stopped"
    assert objects(aws, bucket, "live/") == {"before": b"kept", "first": b"one\n"}


def test_a_failed_job_uploads_what_is_continuous_only(aws, bucket):
    job = run_script(aws, bucket, "fails", f"echo 1 > {OUT}/live/x; echo 2 > {OUT}/end/y; echo 'no such column' >&2; exit 3",
                     ProcessingOutputConfig=outputs(
                         processing_output("live", f"s3://{bucket}/fails/live", f"{OUT}/live", "Continuous"),
                         processing_output("end", f"s3://{bucket}/fails/end", f"{OUT}/end")))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: no such column, exit code: 3"
    assert objects(aws, bucket, "fails/") == {"live/x": b"1\n"}


@pytest.mark.parametrize("name, code", [("message-ok", 0), ("message-failed", 4)])
def test_exit_message_is_told_however_it_ended(aws, sagemaker, bucket, name, code):
    job = run_script(aws, bucket, name, f"printf '12 rows caf\\xc3\\xa9' > /opt/ml/output/message; exit {code}")
    assert job["ExitMessage"] == "12 rows café"
    assert job["ProcessingJobStatus"] == ("Failed" if code else "Completed")
    listed = sagemaker.list_processing_jobs(NameContains=name)["ProcessingJobSummaries"][0]
    assert listed["ExitMessage"] == "12 rows café" and listed["ProcessingEndTime"] == job["ProcessingEndTime"]


def test_exit_message_is_the_first_kilobyte(aws, bucket):
    job = run_script(aws, bucket, "message-long", "printf 'é%.0s' {1..600} > /opt/ml/output/message")
    assert job["ExitMessage"] == "é" * 512


def test_exit_message_that_is_no_text_fails_the_job(aws, bucket):
    job = run_script(aws, bucket, "message-bytes", f"printf '\\xff\\xfe' > /opt/ml/output/message; echo x > {OUT}/x",
                     ProcessingOutputConfig=outputs(processing_output("o", f"s3://{bucket}/message-bytes", OUT)))
    assert job["ProcessingJobStatus"] == "Failed" and "ExitMessage" not in job
    assert job["FailureReason"].startswith("ClientError: ") and "UTF-8" in job["FailureReason"]
    assert objects(aws, bucket, "message-bytes/") == {}


def test_stop_gives_the_job_time_to_save(aws, sagemaker, bucket):
    script = f"trap 'echo saved > {OUT}/x; exit 0' TERM; echo ready; while true; do sleep 0.05; done"
    run_script(aws, bucket, "stopped", script, wait=False,
               ProcessingOutputConfig=outputs(processing_output("o", f"s3://{bucket}/stopped", OUT)))
    wait_until(lambda: "ProcessingStartTime" in sagemaker.describe_processing_job(ProcessingJobName="stopped")
               and "ready" in processing_log(aws, "stopped"), "the job to run")
    assert error_of(sagemaker.delete_processing_job, ProcessingJobName="stopped")[0] == "ResourceInUse"
    sagemaker.stop_processing_job(ProcessingJobName="stopped")
    job = wait_for_processing(aws, "stopped")
    assert job["ProcessingJobStatus"] == "Stopped" and "FailureReason" not in job
    assert objects(aws, bucket, "stopped/") == {"x": b"saved\n"}
    code, message, _ = error_of(sagemaker.stop_processing_job, ProcessingJobName="stopped")
    assert code == "ValidationException" and "Stopped" in message


def test_time_limit_stops_the_job(aws, bucket):
    job = run_script(aws, bucket, "too-long", "sleep 600", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert job["ProcessingJobStatus"] == "Stopped"


def test_network_isolation_cuts_the_job_off(aws, bucket):
    ask = "curl -s -o /dev/null --max-time 5 $AWS_ENDPOINT_URL && echo reached || echo cut off"
    run_script(aws, bucket, "isolated", ask, NetworkConfig={"EnableNetworkIsolation": True})
    run_script(aws, bucket, "connected", ask)
    assert processing_log(aws, "isolated") == ["cut off"]
    assert processing_log(aws, "connected") == ["reached"]


CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}


@pytest.mark.parametrize("changes, expected", [
    ({"AppSpecification": {"ImageUri": "example.com/mine:1", "ContainerEntrypoint": ["x"]}}, "example.com/mine:1"),
    ({"AppSpecification": {"ImageUri": IMAGE}}, "ContainerEntrypoint is required"),
    ({"ProcessingResources": {"ClusterConfig": {**CLUSTER, "InstanceCount": 101}}}, "nstanceCount"),
    ({"ProcessingResources": {"ClusterConfig": {**CLUSTER, "VolumeKmsKeyId": "key"}}}, "VolumeKmsKeyId"),
    ({"NetworkConfig": {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}}, "VpcConfig"),
    ({"ProcessingInputs": [{"InputName": "i", "AppManaged": True}]}, "AppManaged"),
    ({"ProcessingInputs": [{"InputName": "i"}]}, "Input i: S3Input is required"),
    ({"ProcessingInputs": [{"InputName": "i", "DatasetDefinition": {"LocalPath": OUT}}]}, "DatasetDefinition"),
    ({"ProcessingInputs": [processing_input("i", "s3://sagemaker-processing-job/data", OUT, S3InputMode="Pipe")]}, "Pipe"),
    ({"ProcessingInputs": [processing_input("i", "s3://sagemaker-processing-job/data", OUT, S3CompressionType="Gzip")]}, "Gzip"),
    ({"ProcessingInputs": [processing_input("i", "s3://sagemaker-processing-job/data", "/opt/ml/input")]}, "/opt/ml/processing"),
    ({"ProcessingInputs": [processing_input("i", "s3://sagemaker-processing-job/data", "/opt/ml/processing/../config")]}, "names"),
    ({"ProcessingInputs": [processing_input("i", "s3://sagemaker-processing-job/nothing", OUT)]}, "No S3 objects found"),
    ({"ProcessingInputs": [processing_input(n, "s3://sagemaker-processing-job/data", OUT) for n in "ij"]}, "Input j: LocalPath"),
    ({"ProcessingOutputConfig": outputs({"OutputName": "o", "AppManaged": True})}, "AppManaged"),
    ({"ProcessingOutputConfig": outputs({"OutputName": "o", "FeatureStoreOutput": {"FeatureGroupName": "g"}})}, "FeatureStoreOutput"),
    ({"ProcessingOutputConfig": outputs(processing_output("o", "https://example.com/x", OUT))}, "S3Uri"),
    ({"ProcessingOutputConfig": outputs({"OutputName": "o", "S3Output": {"S3Uri": "s3://b/x", "S3UploadMode": "EndOfJob"}})}, "LocalPath"),
])
def test_refuses_what_it_cannot_do_and_says_why(aws, sagemaker, bucket, changes, expected):
    code, message, status = error_of(sagemaker.create_processing_job, **processing_request(aws, "refused", **changes))
    assert code in ("ValidationException", "ResourceLimitExceeded") and status == 400
    assert expected in message
    assert error_of(sagemaker.describe_processing_job, ProcessingJobName="refused")[0] == "ValidationException"


def test_inputs_that_cannot_lie_beside_each_other_fail_the_job(aws, bucket):
    inputs = [processing_input("i", f"s3://{bucket}/data", "/opt/ml/processing/input/code/run.sh")]
    job = run_script(aws, bucket, "clash", "true", ProcessingInputs=inputs)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ") and "cannot both be placed" in job["FailureReason"]


def test_role_limits_where_outputs_go(aws, bucket):
    aws.client("s3").create_bucket(Bucket="not-for-the-role")
    job = run_script(aws, bucket, "denied", "true", ProcessingOutputConfig=outputs(
        processing_output("o", "s3://not-for-the-role/x", OUT)))
    assert job["ProcessingJobStatus"] == "Failed" and "AccessDenied" in job["FailureReason"]
    assert "ProcessingStartTime" not in job


def test_too_much_output_fails_the_job(aws, bucket):
    job = run_script(aws, bucket, "sparse", f"truncate -s 900M {OUT}/hole {OUT}/another", ProcessingOutputConfig=outputs(
        processing_output("o", f"s3://{bucket}/sparse", OUT)))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(f"ClientError: Output upload failed: The files in {OUT} have more than")
    assert objects(aws, bucket, "sparse/") == {}


def test_no_link_is_followed(aws, bucket, tmp_path):
    (tmp_path / "key").write_bytes(b"the server's own key")
    script = f"""cd /opt/ml/processing; rm -r output/a; ln -s {tmp_path} output/a; ln -s {tmp_path}/key output/b/key
        ln -s {tmp_path}/key /opt/ml/output/message; ln -s /opt/ml/config output/b/config; ln output/b/key output/b/hard"""
    job = run_script(aws, bucket, "links", script, ProcessingOutputConfig=outputs(
        processing_output("a", f"s3://{bucket}/links/a", f"{OUT}/a"),
        processing_output("b", f"s3://{bucket}/links/b", f"{OUT}/b"),
        processing_output("c", f"s3://{bucket}/links/c", f"{OUT}/c", "Continuous")))
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert "ExitMessage" not in job and objects(aws, bucket, "links/") == {}
    assert f"[sagebrush] {OUT}/a was not uploaded: it is no directory." in processing_log(aws, "links")


def test_missing_job_is_what_clients_look_for(sagemaker):
    for call in (sagemaker.describe_processing_job, sagemaker.stop_processing_job, sagemaker.delete_processing_job):
        code, message, status = error_of(call, ProcessingJobName="nobody")
        assert (code, status) == ("ValidationException", 400) and message.startswith("Could not find requested job")


def test_refuses_a_name_that_is_taken(aws, sagemaker, bucket):
    run_script(aws, bucket, "taken", "true")
    code, message, status = error_of(sagemaker.create_processing_job, **processing_request(aws, "taken"))
    assert (code, status) == ("ResourceInUse", 400) and "already exists" in message


def test_lists_with_filters_sorting_and_pages(aws, sagemaker, bucket):
    for name, script in (("list-c", "true"), ("list-a", "exit 1"), ("list-b", "true")):
        run_script(aws, bucket, name, script)

    def names(**query):
        return [j["ProcessingJobName"] for j in sagemaker.list_processing_jobs(NameContains="list-", **query)["ProcessingJobSummaries"]]

    assert names() == ["list-c", "list-a", "list-b"]  # By creation, ascending: the defaults of API_ListProcessingJobs.
    assert names(SortBy="Name") == ["list-a", "list-b", "list-c"]
    assert names(SortBy="Name", SortOrder="Descending") == ["list-c", "list-b", "list-a"]
    assert names(StatusEquals="Failed") == ["list-a"] and names(StatusEquals="Stopping") == []
    first = sagemaker.list_processing_jobs(NameContains="list-", MaxResults=2)
    rest = sagemaker.list_processing_jobs(NameContains="list-", MaxResults=2, NextToken=first["NextToken"])
    assert [j["ProcessingJobName"] for p in (first, rest) for j in p["ProcessingJobSummaries"]] == ["list-c", "list-a", "list-b"]
    created = sagemaker.describe_processing_job(ProcessingJobName="list-a")["CreationTime"]
    after = created + datetime.timedelta(milliseconds=1)
    assert names(CreationTimeAfter=after) == ["list-b"] and names(CreationTimeBefore=created) == ["list-c"]


def test_delete_removes_an_ended_job(aws, sagemaker, bucket):
    job = run_script(aws, bucket, "deleted", "true")
    sagemaker.delete_processing_job(ProcessingJobName="deleted")
    assert error_of(sagemaker.describe_processing_job, ProcessingJobName="deleted")[0] == "ValidationException"
    again = run_script(aws, bucket, "deleted", "true")
    assert again["CreationTime"] > job["CreationTime"]


def test_policies_see_what_a_request_asks_for(aws, sagemaker, bucket):
    iam = aws.client("iam")
    iam.create_user(UserName="processor")
    allow = {"Effect": "Allow", "Action": ["sagemaker:*", "iam:PassRole"], "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "sagemaker:CreateProcessingJob", "Resource": "*",
            "Condition": {"Bool": {"sagemaker:NetworkIsolation": "false"}}}
    iam.put_user_policy(UserName="processor", PolicyName="p",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]}))
    key = iam.create_access_key(UserName="processor")["AccessKey"]
    theirs = aws.client("sagemaker", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert error_of(theirs.create_processing_job, **processing_request(aws, "open"))[0] == "AccessDeniedException"
    theirs.create_processing_job(**processing_request(aws, "closed", NetworkConfig={"EnableNetworkIsolation": True}))
    wait_for_processing(aws, "closed")


def test_a_killed_server_goes_on_where_it_was(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="sagemaker-restart")
    run_script(server, "sagemaker-restart", "restart", f"echo begun; sleep 2; echo end > {OUT}/x", wait=False,
               ProcessingOutputConfig=outputs(processing_output("o", "s3://sagemaker-restart/out", OUT)))
    wait_until(lambda: "ProcessingStartTime" in server.client("sagemaker").describe_processing_job(ProcessingJobName="restart"),
               "the job to run")
    server.kill()
    server.start()
    job = wait_for_processing(server, "restart")
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert objects(server, "sagemaker-restart", "out/") == {"x": b"end\n"}
    assert processing_log(server, "restart") == ["begun"]
