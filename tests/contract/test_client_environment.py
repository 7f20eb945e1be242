"""`eval "$(sagebrush env)"` harms no program of that shell: each one that is installed works with the server, and past it.

Past it means the registries that pip and npm are set up for; where they are not reached without us, that part is skipped.
AWS's SDKs are tried in test_sdks.py.
"""

import json
import os
import shutil
import subprocess

import pytest

from live_server import ROOT, SAGEBRUSH

AWS = ROOT / ".venvs/aws-cli/bin/aws"
STS = "https://sts.us-east-1.amazonaws.com"  # Hard-coded in SDKs: answered through the proxy, with our certificate.


@pytest.fixture
def shell(aws, tmp_path):
    """Runs a command in a shell after `sagebrush env`; returns its output."""
    def run(command, env=(), plain=False, check=True, timeout=300):
        prepare = "" if plain else f'eval "$({SAGEBRUSH} env --data {aws.data})"; '
        environment = {**os.environ, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", **dict(env)}
        done = subprocess.run(["bash", "-c", "set -e; " + prepare + command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0 or not check, done.stdout[-2000:] + done.stderr[-2000:]
        return done if not check else done.stdout
    return run


def need(program):
    if shutil.which(str(program)) is None:
        pytest.skip(f"{program} is not installed")


def need_network(shell, command):
    done = shell(command, plain=True, check=False)
    if done.returncode != 0:
        pytest.skip("not reached from this machine, without the server's environment either: " + command)


@pytest.fixture(scope="module")
def bucket(aws):
    aws.client("s3").create_bucket(Bucket="client-environment")
    aws.client("s3").put_object(Bucket="client-environment", Key="hello", Body=b"hello")
    return "client-environment"


def test_the_aws_cli(aws, shell, bucket):
    need(AWS)
    assert aws.account in shell(f"{AWS} sts get-caller-identity")
    assert aws.account in shell(f"{AWS} sts get-caller-identity --endpoint-url {STS}")
    assert shell(f"{AWS} s3 cp s3://{bucket}/hello -") == "hello"


def test_boto3(aws, shell):
    program = "import boto3; print(boto3.client('sts', endpoint_url={}).get_caller_identity()['Account'])"
    for address in ("None", repr(STS)):
        assert shell(f'{ROOT}/.venv/bin/python -c "{program.format(address)}"').strip() == aws.account


def test_boto3_where_the_caller_had_a_bundle_of_its_own(aws, shell, tmp_path):
    """AWS_CA_BUNDLE comes before all that we set: its certificates are taken over, and the variable goes."""
    shutil.copy(aws.data / "tls/ca.pem", tmp_path / "corporate.pem")
    program = f"import boto3; print(boto3.client('sts', endpoint_url='{STS}').get_caller_identity()['Account'])"
    env = {"AWS_CA_BUNDLE": str(tmp_path / "corporate.pem")}
    assert shell(f'test -z "${{AWS_CA_BUNDLE+x}}"; {ROOT}/.venv/bin/python -c "{program}"', env).strip() == aws.account


def test_curl(aws, shell):
    need("curl")
    sign = f'--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 aws:amz:us-east-1:sts'
    for address in ("$AWS_ENDPOINT_URL", STS):
        answer = shell(f'curl -sS --fail-with-body {sign} "{address}/?Action=GetCallerIdentity&Version=2011-06-15"')
        assert f"<Account>{aws.account}</Account>" in answer


def test_rclone(shell, bucket):
    need("rclone")
    remote = f'":s3,provider=Other,env_auth=true,endpoint=\'$AWS_ENDPOINT_URL\',force_path_style=true,region=us-east-1:{bucket}"'
    shell(f"echo data > file; rclone copy file {remote}/folder")
    assert shell(f"rclone cat {remote}/folder/file") == "data\n"
    assert "hello" in shell(f"rclone lsf {remote}")


def test_s3cmd(shell, bucket):
    need("s3cmd")
    host = "${AWS_ENDPOINT_URL#http://}"
    # Without a configuration file it takes the keys from the environment.
    s3cmd = f's3cmd --config=/dev/null --no-ssl --host="{host}" --host-bucket="{host}" --region=us-east-1'
    assert f"s3://{bucket}/hello" in shell(f"{s3cmd} ls s3://{bucket}")


def test_git(shell):
    need("git")
    shell("git init -q one && cd one && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && git clone -q . ../two")


def test_pip_reaches_its_index_past_the_server(shell):
    download = f"{ROOT}/.venv/bin/python -m pip download --quiet --no-deps --no-cache-dir --no-binary :none: -d got six==1.16.0"
    need_network(shell, download + " && rm -r got")
    assert "six" in shell(f"{download} && ls got")


def test_npm_reaches_its_registry_past_the_server(shell):
    npm = ROOT / ".venvs/toolchains/bin/npm"
    need(npm)
    # npm's program finds Node by the path.
    view = f"PATH={npm.parent}:$PATH; npm view --silent tslib@2.8.1 version"
    need_network(shell, view)
    assert shell(view).strip() == "2.8.1"


def test_what_is_exported(aws):
    exported = json.loads(aws.run("env", "--json"))
    assert "AWS_CA_BUNDLE" not in exported
    bundle = open(exported["REQUESTS_CA_BUNDLE"]).read()
    assert (aws.data / "tls/ca.pem").read_text().strip() in bundle
    assert bundle.count("BEGIN CERTIFICATE") > 1
