"""`sagebrush logs` and `sagebrush cost`: they ask the running server what every client can ask."""

import json
import shutil
import subprocess

import boto3
import pytest
from botocore.exceptions import ClientError

from live_server import ROOT, wait_until
from training import log_lines, make_bucket, run_shell_job, shell_job, wait_for_job


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "sagemaker-command-line")


def command(server, *arguments):
    name, *rest = arguments
    return subprocess.run([server.sagebrush, name, "--data", server.data, *rest], capture_output=True, text=True, timeout=120)


def own_service(server, monkeypatch, **keys):
    """A boto3 client of this server's own service, by its model in the checkout."""
    monkeypatch.setenv("AWS_DATA_PATH", str(ROOT / "src" / "wire" / "models"))
    environment = server.environment
    return boto3.session.Session().client("sagebrush", **{
        "endpoint_url": server.endpoint, "region_name": server.region,
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"], **keys})


def test_logs_follow_a_job_to_its_end(aws, bucket):
    script = "echo begun; sleep 1; echo ' indented é'; exit 3"
    aws.client("sagemaker").create_training_job(**shell_job(aws, bucket, "follow", script))
    done = command(aws, "logs", "-f", "follow")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == log_lines(aws, "follow") and {"begun", " indented é"} <= set(done.stdout.splitlines())
    reason = wait_for_job(aws, "follow")["FailureReason"]
    assert done.stderr == f"follow: Failed: {reason}\n"


def test_logs_print_every_line_of_a_long_log(aws, bucket):
    run_shell_job(aws, bucket, "long", "seq 1 25000")
    lines = command(aws, "logs", "long").stdout.splitlines()
    assert [line for line in lines if line.isdigit()] == [str(number) for number in range(1, 25001)]


def test_logs_of_a_name_that_was_used_before_are_those_of_the_last_job(aws, bucket):
    run_shell_job(aws, bucket, "again", "echo first")
    made = aws.client("sagemaker").describe_training_job(TrainingJobName="again")["CreationTime"]
    aws.client("sagemaker").delete_training_job(TrainingJobName="again")

    def make_later():
        job = run_shell_job(aws, bucket, "again", "echo second")
        if int(job["CreationTime"].timestamp()) > int(made.timestamp()):
            return True
        return aws.client("sagemaker").delete_training_job(TrainingJobName="again") is None and False

    wait_until(make_later, "a job of another second")
    assert "second" in command(aws, "logs", "again").stdout
    assert "first" not in command(aws, "logs", "again").stdout


def test_logs_say_what_the_server_refuses(aws):
    done = command(aws, "logs", "no-such-job")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == "sagebrush: DescribeTrainingJob: Requested resource not found. (ValidationException)\n"
    elsewhere = command(aws, "logs", "--region", "eu-west-1", "no-such-job")
    assert elsewhere.returncode == 1


def test_cost_counts_what_ran(aws, bucket):
    run_shell_job(aws, bucket, "costs", "true")
    report = json.loads(command(aws, "cost", "--json").stdout)
    line = next(line for line in report["Lines"] if line["Arn"].endswith(":training-job/costs"))
    assert line["InstanceType"] == "ml.m5.large" and line["Use"] == "training" and line["RunningInstances"] == 0
    assert line["Amount"] == pytest.approx(line["Hours"] * line["PerHour"]) and line["Hours"] * 3600 == pytest.approx(round(line["Hours"] * 3600))
    table = command(aws, "cost").stdout
    assert "training-job/costs" in table and "\nTotal USD " in table


def test_the_cost_report_is_an_operation_for_every_client(aws, bucket, monkeypatch):
    for name in ("paged-a", "paged-b", "paged-c"):
        run_shell_job(aws, bucket, name, "true")
    client = own_service(aws, monkeypatch)
    arns, token = [], {}
    while True:
        page = client.get_cost_report(MaxResults=2, **token)
        arns += [line["Arn"] for line in page["Lines"]]
        assert len(page["Lines"]) <= 2 and page["Total"] > 0 and page["Currency"] == "USD"
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert arns == sorted(set(arns)) and {arn.rsplit("/", 1)[1] for arn in arns} >= {"paged-a", "paged-b", "paged-c"}
    with pytest.raises(ClientError, match="ValidationException.*NextToken"):
        client.get_cost_report(NextToken="mine")
    assert client.exceptions.ValidationException


def test_the_cost_report_needs_its_right(aws, monkeypatch):
    iam = aws.client("iam")
    iam.create_user(UserName="accountant")
    try:
        key = iam.create_access_key(UserName="accountant")["AccessKey"]
        client = own_service(aws, monkeypatch, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
        with pytest.raises(ClientError, match="AccessDenied.*user/accountant is not authorized to perform: sagebrush:GetCostReport on resource: \\*"):
            client.get_cost_report()
        iam.put_user_policy(UserName="accountant", PolicyName="p", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sagebrush:GetCostReport", "Resource": "*"}}))
        assert client.get_cost_report()["Currency"] == "USD"
        iam.delete_access_key(UserName="accountant", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="accountant", PolicyName="p")
    finally:
        iam.delete_user(UserName="accountant")


@pytest.mark.parametrize("arguments", [("cost",), ("logs", "job")])
def test_without_a_server_they_say_how_to_start_it(tmp_path, server, arguments):
    nowhere = subprocess.run([server.sagebrush, arguments[0], "--data", tmp_path / "none", *arguments[1:]], capture_output=True, text=True)
    assert nowhere.returncode == 1 and f"Start one with `sagebrush serve --data {tmp_path / 'none'}`" in nowhere.stderr
    server.stop()
    try:
        stopped = command(server, *arguments)
        assert stopped.returncode == 1 and stopped.stdout == ""
        assert f"No server of {server.data} runs" in stopped.stderr and f"Start it with `sagebrush serve --data {server.data}`" in stopped.stderr
    finally:
        server.start()


def test_they_need_nothing_of_the_data_directory_but_how_to_connect(aws, bucket, tmp_path):
    run_shell_job(aws, bucket, "elsewhere", "echo hello")
    shutil.copy(aws.data / "server.json", tmp_path)
    for arguments in (("cost",), ("logs", "elsewhere")):
        name, *rest = arguments
        alone = subprocess.run([aws.sagebrush, name, "--data", tmp_path, *rest], capture_output=True, text=True)
        assert alone.stdout == command(aws, *arguments).stdout != "", alone.stderr
