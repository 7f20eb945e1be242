"""The daily work of the programs and libraries that people read and write S3 with, at their defaults, after `sagebrush env`."""

import pathlib
import uuid

import pytest

from live_server import ROOT
from s3_buckets import bucket, s3
from test_client_environment import need, shell
from test_sdks import build_java

PYTHON = ROOT / ".venvs/s3-clients/bin/python"
CLIENTS = pathlib.Path(__file__).parent / "s3_clients"


@pytest.mark.parametrize("client", ["s3fs", "pyarrow", "pandas", "polars", "duckdb", "smart_open", "boto3"])
def test_a_library(shell, bucket, client):
    need(PYTHON)
    shell(f"{PYTHON} {CLIENTS}/daily_work.py {client} {bucket}")


def test_boto3_of_before_checksums_by_default(shell, bucket):
    python = ROOT / ".venvs/older/bin/python"
    need(python)
    shell(f"{python} {CLIENTS}/daily_work.py boto3 {bucket}")


def test_spark(shell, bucket):
    """The part of it that reads and writes s3a://, Hadoop's."""
    found_in = build_java(CLIENTS / "s3a", ROOT / "build" / "s3a")
    shell(f"java -Dfile.encoding=UTF-8 -cp '{found_in}' DailyWork {bucket}")


def test_rclone(s3, shell, bucket):
    need("rclone")
    remote = f'":s3,provider=Other,env_auth=true,endpoint=\'$AWS_ENDPOINT_URL\':{bucket}"'
    shell("mkdir -p from/sub; for i in 1 2 3; do echo $i > from/$i; done; head -c 7000000 /dev/urandom > 'from/sub/l ü'")
    shell(f"rclone sync from {remote} && rclone check from {remote}")
    shell(f"rm from/1; rclone sync from {remote} && rclone copy {remote} back && diff -r from back")
    assert "sub/l ü" in shell(f"rclone lsf -R {remote}")
    assert shell(f"rclone size --json {remote}").startswith('{"count":3,')
    shell(f"rclone moveto {remote}/2 {remote}/moved && rclone deletefile {remote}/3 && rclone purge {remote}/sub")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["moved"]


def test_s3cmd(s3, shell, bucket):
    """It signs for the region US at first, and learns the right one from the answer."""
    need("s3cmd")
    host = "${AWS_ENDPOINT_URL#http://}"
    s3cmd = f's3cmd --config=/dev/null --no-ssl --host="{host}" --host-bucket="{host}"'
    shell("mkdir from; echo hello > from/a; head -c 17000000 /dev/zero > from/large")
    shell(f"{s3cmd} sync from/ s3://{bucket}/dir/")
    assert f"s3://{bucket}/dir/large" in shell(f"{s3cmd} ls -r s3://{bucket}")
    shell(f"{s3cmd} get s3://{bucket}/dir/large large && cmp large from/large")
    shell(f"{s3cmd} cp s3://{bucket}/dir/a s3://{bucket}/b && {s3cmd} mv s3://{bucket}/b s3://{bucket}/c")
    assert "hello" in shell(f"{s3cmd} get s3://{bucket}/c -")
    assert f"s3://{bucket}/c" in shell(f"{s3cmd} info s3://{bucket}/c")
    assert "3 objects" in shell(f"{s3cmd} du s3://{bucket}")
    shell(f"{s3cmd} del -r --force s3://{bucket}/dir")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["c"]


@pytest.mark.parametrize("environment", ["aws-cli", "older"])
def test_the_aws_cli(s3, shell, bucket, environment):
    aws = ROOT / f".venvs/{environment}/bin/aws"
    need(aws)
    name = f"sagemaker-{uuid.uuid4()}"
    shell(f"{aws} s3 mb s3://{name}; mkdir from; echo 1 > from/a; head -c 9000000 /dev/zero > from/large")
    shell(f"{aws} s3 sync from s3://{name}/dir && {aws} s3 cp --recursive s3://{name}/dir back && diff -r from back")
    assert "Total Objects: 2" in shell(f"{aws} s3 ls --recursive --summarize s3://{name}")
    shell(f"{aws} s3 mv s3://{name}/dir/a s3://{name}/b && {aws} s3 cp s3://{name}/dir/large s3://{name}/copy")
    assert shell(f'curl -sS "$({aws} s3 presign s3://{name}/b)"') == "1\n"
    shell(f"{aws} s3 rm s3://{name}/b && {aws} s3 rb --force s3://{name}")
