"""The scripts in examples/ as a user runs them: unmodified clients, nothing but `eval "$(sagebrush env)"` before them."""

import shlex
import subprocess

import pytest

from live_server import ROOT, SAGEBRUSH


def run(aws, command, **environment):
    script = f'set -e; eval "$({shlex.quote(str(SAGEBRUSH))} env --data {aws.data})"; exec {command}'
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def accuracy(output):
    return float(output.split("held-out rows: ")[1].split()[0])


def test_sagemaker_sdk_v2(aws):
    assert accuracy(run(aws, ".venvs/sdk-v2/bin/python examples/sagemaker_sdk_v2.py")) > 0.93


def test_sagemaker_sdk_v3(aws):
    assert accuracy(run(aws, ".venvs/sdk-v3/bin/python examples/sagemaker_sdk_v3.py")) > 0.93


def test_jobs_and_registry_of_sagemaker_sdk_v3(aws):
    output = run(aws, ".venvs/sdk-v3/bin/python examples/sagemaker_sdk_v3_jobs.py")
    assert "registered: version 1 (Approved)" in output
    assert accuracy(output) > 0.93


def test_processing(aws):
    output = run(aws, ".venvs/sdk-v2/bin/python examples/processing.py")
    assert "read 569 rows" in output  # A line of the job's own log, which the SDK follows.
    assert "exit message: 569 rows\ntrain: 456 rows\ntest: 113 rows\n" in output


def test_batch_transform(aws):
    assert accuracy(run(aws, ".venvs/sdk-v2/bin/python examples/batch_transform.py")) > 0.93


def test_model_registry(aws):
    output = run(aws, ".venvs/sdk-v2/bin/python examples/model_registry.py")
    assert "version 1 (PendingManualApproval), version 2 (PendingManualApproval)" in output
    assert accuracy(output) > 0.93


def test_aws_cli(aws):
    # Absolute, for the script changes its directory; and no `aws` of this machine's own may stand in for it.
    path = f"{ROOT}/.venvs/aws-cli/bin:/usr/bin:/bin"
    output = run(aws, f"env PATH={shlex.quote(path)} examples/aws_cli.sh")
    high, low = output.split("predictions: ")[1].split("\n")[0].replace(",", " ").split()[:2]
    assert float(high) > 0.5 > float(low)


def test_quickstart_script(server, tmp_path):
    # A server of its own: it says what on the whole server still costs money.
    output = run(server, f".venv/bin/python examples/quickstart.py --picture {tmp_path}/roc.png")
    assert float(output.split("held-out rows: ")[1].split()[0]) > 0.98
    assert "What would still cost money: nothing." in output
    assert (tmp_path / "roc.png").read_bytes().startswith(b"\x89PNG")
