"""What users of SageMaker, of S3 and of other servers reported in public, tried here. Each test names its report."""

import base64
import http.client
import io
import json
import tarfile

import botocore.auth
import botocore.awsrequest
import botocore.config
import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from training import (IMAGE, create_config, create_model, delete_endpoint, deploy, log_lines, make_bucket, run_shell_job, shell_job,
                      train, wait_for_endpoint, wait_for_job)


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "sagemaker-public-reports")


def archive(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, kind, content in members:
            member = tarfile.TarInfo(name)
            member.type = kind
            if kind == tarfile.REGTYPE:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
            else:
                member.linkname = content
                tar.addfile(member)
    return out.getvalue()


def failed_endpoint(aws, bucket, name, model):
    deploy(aws, bucket, name, model)
    endpoint = wait_for_endpoint(aws, name, "Failed")
    delete_endpoint(aws, name)
    return endpoint["FailureReason"]


# https://github.com/aws/amazon-sagemaker-examples/issues/668: a file that is no LIBSVM, and no ContentType.
def test_a_channel_without_content_type_says_what_it_was_read_as(aws, bucket):
    aws.client("s3").put_object(Bucket=bucket, Key="headed/a.csv", Body=b"label,x1,x2\n1,2,3\n")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/headed/"}}
    job = shell_job(aws, bucket, "report-668", "")
    del job["AlgorithmSpecification"]["ContainerEntrypoint"], job["AlgorithmSpecification"]["ContainerArguments"]
    job |= {"InputDataConfig": [{"ChannelName": "train", "DataSource": source}], "HyperParameters": {"num_round": "1"}}
    aws.client("sagemaker").create_training_job(**job)
    reason = wait_for_job(aws, "report-668")["FailureReason"]
    assert "a.csv" in reason and "LIBSVM" in reason.upper() and "ContentType" in reason, reason


# https://github.com/aws/amazon-sagemaker-examples/issues/3235,
# https://github.com/aws/sagemaker-xgboost-container/pull/51: parameters behind a media type.
def test_parameters_of_a_content_type_change_nothing(aws, bucket):
    create_model(aws, "report-3235", train(aws, bucket, "report-3235"))
    create_config(aws, "report-3235", "report-3235")
    aws.client("sagemaker").create_endpoint(EndpointName="report-3235", EndpointConfigName="report-3235")
    wait_for_endpoint(aws, "report-3235")
    runtime = aws.client("sagemaker-runtime")
    answers = {content_type: runtime.invoke_endpoint(EndpointName="report-3235", ContentType=content_type, Body="0.9,0.1")["Body"].read()
               for content_type in ("text/csv", "text/csv; charset=utf-8", "text/csv;charset=UTF-8", "Text/CSV; header=absent")}
    assert len(set(answers.values())) == 1, answers
    delete_endpoint(aws, "report-3235")


# https://github.com/aws/sagemaker-xgboost-container/issues/341: "IndexError: list index out of range".
def test_an_archive_without_a_model_says_so(aws, bucket):
    reason = failed_endpoint(aws, bucket, "report-341", archive(("readme.txt", tarfile.REGTYPE, b"hello")))
    assert "readme.txt" in reason and "model" in reason, reason


# https://github.com/hashicorp/nomad/pull/23738, https://github.com/frostyard/nbc/issues/85: a link out of the directory, then
# a file through it.
@pytest.mark.parametrize("to", ["/tmp", "../../../../../../../../tmp"])
def test_an_archive_writes_nothing_through_a_link(aws, bucket, tmp_path, to):
    out = tmp_path / "out"
    out.mkdir()
    target = str(out) if to == "/tmp" else "../" * 20 + str(out)[1:]
    model = archive(("model", tarfile.SYMTYPE, target), ("model/xgboost-model", tarfile.REGTYPE, b"x"))
    reason = failed_endpoint(aws, bucket, f"report-23738-{len(to)}", model)
    assert list(out.iterdir()) == [] and "model" in reason, reason


# https://github.com/aws/sagemaker-python-sdk/issues/3455: what a job that saved nothing names as its artifact is not there.
def test_the_artifact_of_a_job_that_saved_nothing_can_be_fetched(aws, bucket):
    job = run_shell_job(aws, bucket, "report-3455", "echo nothing to save")
    assert job["TrainingJobStatus"] == "Completed"
    found_bucket, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    body = aws.client("s3").get_object(Bucket=found_bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert tar.getnames() == []


# https://github.com/aws/amazon-sagemaker-examples/issues/588: is what a stopped job saves in its two minutes kept?
# https://github.com/aws/sagemaker-python-sdk/issues/3062: stopping took a day, and the last checkpoints never came.
def test_a_stopped_job_keeps_what_it_saved_on_the_way_out(aws, bucket):
    script = """
      trap 'echo late > /opt/ml/model/m; echo last > /opt/ml/checkpoints/2; exit 0' TERM
      echo first > /opt/ml/checkpoints/1; echo ready; while true; do sleep 0.05; done"""
    config = {"S3Uri": f"s3://{bucket}/report-588"}
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(**shell_job(aws, bucket, "report-588", script, CheckpointConfig=config))
    wait_until(lambda: sagemaker.describe_training_job(TrainingJobName="report-588")["SecondaryStatus"] == "Training"
               and "ready" in log_lines(aws, "report-588"), "the job to be ready")
    sagemaker.stop_training_job(TrainingJobName="report-588")
    job = wait_for_job(aws, "report-588", seconds=30)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    s3 = aws.client("s3")
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix="report-588/")["Contents"]]
    assert keys == ["report-588/1", "report-588/2"]
    body = s3.get_object(Bucket=bucket, Key=job["ModelArtifacts"]["S3ModelArtifacts"].split("/", 3)[3])["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert tar.extractfile("m").read() == b"late\n"


# https://github.com/syne-tune/syne-tune/pull/363: the checkpoints of ASHA-1 brought those of ASHA-10 with them.
def test_checkpoints_of_a_longer_name_do_not_come_too(aws, bucket):
    s3 = aws.client("s3")
    for key in ("asha-1/a", "asha-10/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    job = run_shell_job(aws, bucket, "report-363", "cd /opt/ml/checkpoints; find . -type f; touch c",
              CheckpointConfig={"S3Uri": f"s3://{bucket}/asha-1"})
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert [line for line in log_lines(aws, "report-363") if line.startswith("./")] == ["./a"]
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix="asha-1")["Contents"]] == ["asha-1/a", "asha-1/c", "asha-10/b"]


# https://github.com/aws/amazon-sagemaker-examples/issues/842: "exit code 132" told nobody what had happened.
def test_the_signal_that_ended_a_job_is_named(aws, bucket):
    reason = run_shell_job(aws, bucket, "report-842", "echo before; kill -ILL $$")["FailureReason"]
    assert "132" in reason and "SIGILL" in reason, reason


# https://github.com/aws-samples/serverless-sagemaker-orchestration/issues/2: a job that ran out of time is Stopped, not Failed.
def test_a_job_that_ran_out_of_time_is_stopped(aws, bucket):
    job = run_shell_job(aws, bucket, "report-2", "trap 'exit 0' TERM; while true; do sleep 0.05; done", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


# https://github.com/aws/amazon-sagemaker-examples/issues/368: a job writes to its output directories without making them.
# https://github.com/aws/sagemaker-python-sdk/issues/2647, 4764: what it writes without rights for others is collected and deleted.
def test_output_directories_are_there_and_their_modes_are_the_jobs_own(aws, bucket):
    script = "cd /opt/ml/output/data && mkdir -m 700 d && echo a > d/f && chmod 000 d/f && chmod 500 d && echo b > /opt/ml/model/m && umask 777 && echo c > /opt/ml/model/n"
    job = run_shell_job(aws, bucket, "report-368", script)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    wait_until(lambda: not list(aws.data.glob("jobs/*/model/n")), "its files to go")


def send(method, url, body=None, headers={}):
    """The status and the body of the reply. As urllib3 does it, but for a path that is sent as it is."""
    host, path = url.removeprefix("http://").split("/", 1)
    connection = http.client.HTTPConnection(host)
    connection.request(method, f"/{path}", body, headers)
    reply = connection.getresponse()
    return reply.status, reply.read()


ODD_KEYS = ["a!b'c(d)e*f.jpg", "doc[123].pdf", "a b+c%20d.txt", "~/ü/日本.txt", "a//b", "./../c", "folder/", "%2F", "a;b=c&d?e#f"]


# https://github.com/aws/aws-sdk-js-v3/issues/866, https://github.com/TTLabs/EvaporateJS/issues/222,
# https://github.com/parse-community/parse-server-s3-adapter/pull/336, https://github.com/aws/aws-sdk-net/issues/244
@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("key", ODD_KEYS)
def test_keys_of_any_characters(aws, bucket, key, version):
    s3 = aws.client("s3", config=botocore.config.Config(signature_version=version))
    key = f"odd-{version}/{key}"
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": key})
    assert send("PUT", url, b"odd") == (200, b"")
    assert send("GET", s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})) == (200, b"odd")
    s3 = aws.client("s3")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"odd"
    assert key in [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix=f"odd-{version}/")["Contents"]]
    s3.delete_object(Bucket=bucket, Key=key)
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=bucket, Key=key)


# https://github.com/durch/rust-s3/issues/144: a presigned URL whose slashes somebody encodes on its way.
def test_a_path_with_encoded_slashes(aws, bucket):
    s3 = aws.client("s3", config=botocore.config.Config(signature_version="s3v4"))  # Version 2 signs the path as it is sent.
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "train/part-0.csv"})
    status, body = send("GET", url.replace("train/part", "train%2Fpart"))
    assert status == 200 and body.count(b"\n") == 200, body


def put_chunked(aws, bucket, key, body, checksum, **headers):
    """PutObject as the SDKs send it: STREAMING-UNSIGNED-PAYLOAD-TRAILER."""
    framed = f"{len(body):x}\r\n".encode() + body + f"\r\n0\r\nx-amz-checksum-crc32:{checksum}\r\n\r\n".encode()
    request = botocore.awsrequest.AWSRequest("PUT", f"{aws.endpoint}/{bucket}/{key}", data=framed, headers={
        "Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(body)), "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", **headers})
    request.context["payload_signing_enabled"] = False
    auth = botocore.auth.S3SigV4Auth(aws.client("s3")._request_signer._credentials, "s3", aws.region)
    auth.payload = lambda request: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    auth.add_auth(request)
    return send("PUT", request.url, framed, dict(request.headers))


# https://github.com/afreidah/s3-orchestrator/issues/1536, https://github.com/scality/cloudserver/issues/5553: the trailing
# checksum is there without a signature, and is checked. https://github.com/trinodb/aws-proxy/issues/102: what is wrong leaves
# no object.
def test_a_trailing_checksum_is_taken_and_checked(aws, bucket):
    crc32 = base64.b64encode(0x3610a686.to_bytes(4, "big")).decode()  # Of "hello".
    assert put_chunked(aws, bucket, "trailing", b"hello", crc32) == (200, b"")
    s3 = aws.client("s3")
    assert s3.head_object(Bucket=bucket, Key="trailing", ChecksumMode="ENABLED")["ChecksumCRC32"] == crc32
    for wrong, code in ((crc32, b"BadDigest"), ("AAAAAA", b"InvalidDigest"), ("!!!!!!==", b"InvalidDigest")):
        status, body = put_chunked(aws, bucket, "wrong", b"hellO", wrong)
        assert status == 400 and code in body, body
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=bucket, Key="wrong")


# https://github.com/TraceMachina/nativelink/issues/2767: a checksum without its padding.
def test_a_checksum_that_is_no_base64_is_refused(aws, bucket):
    with pytest.raises(ClientError) as raised:
        aws.client("s3").put_object(Bucket=bucket, Key="unpadded", Body=b"hello", ChecksumSHA256="LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ")
    assert raised.value.response["Error"]["Code"] == "InvalidDigest"


# https://github.com/awsdocs/amazon-sagemaker-developer-guide/issues/58: the policy that the guide meant.
def test_endpoints_only_with_a_tag_of_their_environment(aws, bucket):
    allow = {"Effect": "Allow", "Action": "sagemaker:CreateEndpoint", "Resource": ["arn:aws:sagemaker:*:*:endpoint/*"],
             "Condition": {"StringEquals": {"aws:RequestTag/environment": "dev"}}}
    others = {"Effect": "Allow", "Action": ["sagemaker:AddTags", "sagemaker:CreateEndpoint"],
              "Resource": ["arn:aws:sagemaker:*:*:endpoint-config/*", "arn:aws:sagemaker:*:*:endpoint/*"],
              "Condition": {"StringEquals": {"aws:RequestTag/environment": "dev"}}}
    config = {"Effect": "Allow", "Action": "sagemaker:CreateEndpoint", "Resource": ["arn:aws:sagemaker:*:*:endpoint-config/*"]}
    iam = aws.client("iam")
    iam.create_user(UserName="report-58")
    iam.put_user_policy(UserName="report-58", PolicyName="p",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow, others, config]}))
    key = iam.create_access_key(UserName="report-58")["AccessKey"]
    sagemaker = aws.client("sagemaker", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    for tags in ([], [{"Key": "environment", "Value": "prod"}], [{"Key": "Environment2", "Value": "dev"}]):
        with pytest.raises(ClientError, match="AccessDenied"):
            sagemaker.create_endpoint(EndpointName="report-58", EndpointConfigName="no-such-config", Tags=tags)
    with pytest.raises(ClientError, match="Could not find"):
        sagemaker.create_endpoint(EndpointName="report-58", EndpointConfigName="no-such-config", Tags=[{"Key": "environment", "Value": "dev"}])


# https://github.com/duo-labs/parliament/issues/145: a key that belongs to the resource, with a variable of the principal.
def test_who_may_tag_a_role_by_the_roles_own_tag(aws):
    iam = aws.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
    for project in ("red", "blue"):
        iam.create_role(RoleName=f"report-145-{project}", AssumeRolePolicyDocument=trust, Tags=[{"Key": "access-project", "Value": project}])
    iam.create_role(RoleName="report-145-none", AssumeRolePolicyDocument=trust)
    iam.create_user(UserName="report-145", Tags=[{"Key": "access-project", "Value": "red"}])
    deny = {"Effect": "Deny", "Action": ["iam:TagRole", "iam:UntagRole"], "Resource": "*", "Condition": {
        "StringNotEquals": {"iam:ResourceTag/access-project": "${aws:PrincipalTag/access-project}",
                            "aws:PrincipalArn": "arn:aws:iam::123456789012:role/org-admins/iam-admin"},
        "Null": {"iam:ResourceTag/access-project": "false"}}}
    iam.put_user_policy(UserName="report-145", PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, deny]}))
    key = iam.create_access_key(UserName="report-145")["AccessKey"]
    red = aws.client("iam", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    tag = [{"Key": "a", "Value": "b"}]
    red.tag_role(RoleName="report-145-red", Tags=tag)
    red.tag_role(RoleName="report-145-none", Tags=tag)
    with pytest.raises(ClientError, match="explicit deny"):
        red.tag_role(RoleName="report-145-blue", Tags=tag)


# github.com/ministackorg/ministack/issues/849, floci-io/floci/issues/709, stackshy/cloudemu/pull/671: filters of a pattern
# that are taken and then ignored, and patterns that match nothing because they are none.
@pytest.mark.parametrize("detail, matches", [
    ({"id": "PROD-42"}, True), ({"id": "TEST-1"}, False), ({"other": 1}, False)])
def test_filters_inside_of_anything_but_count(aws, detail, matches):
    event = {"id": "1", "account": aws.account, "source": "mine", "time": "2026-01-01T00:00:00Z", "region": aws.region,
             "resources": [], "detail-type": "t", "detail": detail}
    pattern = {"source": ["mine"], "detail": {"id": [{"anything-but": {"prefix": "TEST-"}}]}}
    tested = aws.client("events").test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))
    assert tested["Result"] == matches


def test_each_field_of_a_pattern_counts_and_what_is_none_is_refused(aws):
    events = aws.client("events")
    event = {"id": "1", "account": aws.account, "source": "mine", "time": "2026-01-01T00:00:00Z", "region": aws.region,
             "resources": [], "detail-type": "t", "detail": {"resource": {"name": "alpha"}, "object": {"path": "allowed/x"}}}

    def matches(**pattern):
        return events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"]
    assert matches(source=["mine"], detail={"resource": {"name": ["alpha"]}, "object": {"path": [{"prefix": "allowed/"}]}})
    assert not matches(source=["mine"], detail={"object": {"path": [{"prefix": "blocked/"}]}})
    assert not matches(source=["mine"], detail={"resource": {"name": ["beta"]}})
    assert not matches(source=["mine"], account=["000000000000"]) and not matches(region=["eu-north-9"])
    for wrong in ('{"source": "not-an-array"}', '{"source": [', '{"source": []}', '{"detail": {"id": [{"no-such": 1}]}}'):
        for call in (lambda: events.put_rule(Name="wrong-pattern", EventPattern=wrong),
                     lambda: events.test_event_pattern(EventPattern=wrong, Event=json.dumps(event))):
            with pytest.raises(ClientError) as raised:
                call()
            assert raised.value.response["Error"]["Code"] == "InvalidEventPatternException", wrong


def test_more_instances_than_objects_of_a_sharded_input(aws, bucket):
    """github.com/aws/amazon-sagemaker-examples/issues/1075 and 3947: each instance has its share, and a directory without any."""
    sagemaker = aws.client("sagemaker")
    for i in range(2):
        aws.client("s3").put_object(Bucket=bucket, Key=f"shards/{i}", Body=b"x")
    script = 'echo "$(ls /opt/ml/processing/in | tr "\\n" " ")" > /opt/ml/processing/out/$HOSTNAME'
    sagemaker.create_processing_job(
        ProcessingJobName="more-instances-than-objects", RoleArn=aws.role,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["/bin/bash", "-c", script]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 3, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}},
        ProcessingInputs=[{"InputName": "in", "S3Input": {"S3Uri": f"s3://{bucket}/shards/", "LocalPath": "/opt/ml/processing/in",
                                                          "S3DataType": "S3Prefix", "S3InputMode": "File", "S3DataDistributionType": "ShardedByS3Key"}}],
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": {
            "S3Uri": f"s3://{bucket}/shares/", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}}]})

    def ended():
        job = sagemaker.describe_processing_job(ProcessingJobName="more-instances-than-objects")
        return job if job["ProcessingJobStatus"] in ("Completed", "Failed", "Stopped") else None
    job = wait_until(ended, "the processing job to end")
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    found = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix="shares/")["Contents"]
    shares = [aws.client("s3").get_object(Bucket=bucket, Key=one["Key"])["Body"].read().split() for one in found]
    assert sorted(shares) == [[], [b"0"], [b"1"]], found


def test_credentials_are_where_each_sdk_looks_for_them(aws, bucket):
    """github.com/boto/botocore/issues/2515, aws/aws-sdk-java/issues/2898, aws-sdk-php/issues/2825: most SDKs send a token in the
    clear to 127.0.0.1 and localhost only."""
    run_shell_job(aws, bucket, "where-credentials-are", "echo $AWS_CONTAINER_CREDENTIALS_FULL_URI")
    assert log_lines(aws, "where-credentials-are")[-1].startswith("http://127.0.0.1:")
