"""What jobs and model servers sign their calls with: keys that last an hour, asked for with a token, in the form of
docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html."""

import datetime
import http.client
import json

import botocore.credentials
import botocore.utils
import pytest

from live_server import wait_until
from training import log_lines, make_bucket, run_shell_job, shell_job, wait_for_job

PATH = "/_sagebrush/credentials"
# Prints the reply's body as its last line: the sandbox has no SDK.
ASK = r"""
  address=${AWS_CONTAINER_CREDENTIALS_FULL_URI#http://}; host=${address%%/*}
  exec 3<>/dev/tcp/${host/://}
  printf "GET /${address#*/} HTTP/1.1\r\nHost: $host\r\nAuthorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\r\nConnection: close\r\n\r\n" >&3
  cat <&3; echo
"""


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "sagemaker-workload-credentials")


@pytest.fixture(scope="module")
def sagemaker(aws):
    return aws.client("sagemaker")


def ask(aws, token, source="127.0.0.2", method="GET", path=PATH):
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=20, source_address=(source, 0))
    connection.request(method, path, headers={"Authorization": token})
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def credentials_in(lines):
    return next(json.loads(line) for line in lines if line.startswith("{"))


def client_of(aws, service, keys):
    return aws.client(service, aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
                      aws_session_token=keys["Token"])


def test_a_job_acts_as_its_role(aws, bucket):
    job = run_shell_job(aws, bucket, "asks", ASK + 'echo "keys:$AWS_ACCESS_KEY_ID"; env | grep ^AWS_CONTAINER')
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    lines = log_lines(aws, "asks")
    assert lines[0].startswith("HTTP/1.1 200") and "keys:" in lines
    keys = credentials_in(lines)
    assert client_of(aws, "sts", keys).get_caller_identity()["Arn"].endswith(":assumed-role/SageMakerRole/SageMaker")
    assert bucket in [b["Name"] for b in client_of(aws, "s3", keys).list_buckets()["Buckets"]]
    # As boto3 reads the same address and the same reply.
    environment = dict(line.split("=", 1) for line in lines if line.startswith("AWS_CONTAINER"))

    class Session:
        def send(self, request):
            assert environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] in str(request.headers["Authorization"])
            return type("Reply", (), {"status_code": 200, "content": json.dumps(keys).encode()})

    provider = botocore.credentials.ContainerProvider(environment, botocore.utils.ContainerMetadataFetcher(Session()))
    loaded = provider.load()
    assert loaded.access_key == keys["AccessKeyId"] and loaded.token == keys["Token"] and not loaded.refresh_needed()
    left = datetime.datetime.fromisoformat(keys["Expiration"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=50) < left <= datetime.timedelta(hours=1)
    # The job has ended.
    status, refusal = ask(aws, environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
    assert status == 403 and "does not run any more" in refusal["message"]


def test_a_token_is_good_in_the_sandbox_only_and_while_the_job_runs(aws, bucket, sagemaker):
    sagemaker.create_training_job(**shell_job(aws, bucket, "keeps-asking", "echo TOKEN=$AWS_CONTAINER_AUTHORIZATION_TOKEN; trap 'exit 1' TERM; while :; do sleep 0.1; done"))

    def printed():
        try:
            lines = log_lines(aws, "keeps-asking")
        except (IndexError, aws.client("logs").exceptions.ResourceNotFoundException):
            return None
        return next((line.removeprefix("TOKEN=") for line in lines if line.startswith("TOKEN=")), None)

    token = wait_until(printed, "the job to print its token")
    first, second = ask(aws, token), ask(aws, token)
    assert first[0] == second[0] == 200 and first[1]["AccessKeyId"] != second[1]["AccessKeyId"]
    assert ask(aws, token, source="127.0.0.1")[0] == 403
    assert ask(aws, "")[0] == 403
    assert ask(aws, token[:-8] + "AAAAAAA=")[0] == 403
    assert ask(aws, token, method="POST")[0] == 405
    assert ask(aws, token, path=PATH + "/more")[0] == 404
    aws.kill()
    aws.start()
    assert ask(aws, token)[0] == 200
    sagemaker.stop_training_job(TrainingJobName="keeps-asking")
    wait_for_job(aws, "keeps-asking")
    assert ask(aws, token)[0] == 403


def test_a_role_that_is_gone_gives_no_more_credentials(aws, bucket, sagemaker):
    iam = aws.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="short-lived", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="short-lived", PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    request = shell_job(aws, bucket, "outlives-its-role", ASK + "while :; do sleep 0.1; done", RoleArn=role)
    sagemaker.create_training_job(**request)

    def asked():
        try:
            return [line for line in log_lines(aws, "outlives-its-role") if line.startswith("{")]
        except (IndexError, aws.client("logs").exceptions.ResourceNotFoundException):
            return None

    keys = json.loads(wait_until(asked, "the job to ask")[0])
    assert client_of(aws, "s3", keys).list_buckets()
    iam.delete_role_policy(RoleName="short-lived", PolicyName="p")
    iam.delete_role(RoleName="short-lived")
    with pytest.raises(Exception, match="InvalidAccessKeyId|InvalidToken|AccessDenied|ExpiredToken"):
        client_of(aws, "s3", keys).list_buckets()
    sagemaker.stop_training_job(TrainingJobName="outlives-its-role")
