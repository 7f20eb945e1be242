"""The package's unit, as systemd runs it: a job outlives a restart, a kill and a stop of the service, and ends with the package."""

import os
import pathlib
import shlex
import subprocess
import time

import boto3
from botocore.exceptions import EndpointConnectionError

DATA = "/var/lib/sagebrush"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def wait_until(what, is_so, seconds=120):
    def is_so_now():
        try:
            return is_so()
        except EndpointConnectionError:  # A unit is active as soon as its program runs, and that listens a moment later.
            return False

    end = time.monotonic() + seconds
    while not is_so_now():
        assert time.monotonic() < end, f"{what}: not after {seconds} s\n" + run("journalctl", "-u", "sagebrush", "--no-pager", "-n", "40")
        time.sleep(0.1)


def is_active():
    return subprocess.run(["systemctl", "is-active", "--quiet", "sagebrush"]).returncode == 0


def server_process():
    return int(run("systemctl", "show", "--property", "MainPID", "--value", "sagebrush"))


def is_supervised():
    return "sagebrush-supervisor" in run("ps", "-eo", "args")


def use_environment():
    """What `eval "$(sagebrush env)"` does in a shell."""
    for line in run("sagebrush", "env", "--data", DATA).splitlines():
        if line.startswith("export "):
            for pair in shlex.split(line)[1:]:
                name, value = pair.split("=", 1)
                os.environ[name] = value


def begin_job(sagemaker, name):
    """One that trains until its checkpoints have a file `end`."""
    script = "until [ -e /opt/ml/checkpoints/end ]; do sleep 0.2; done; echo it > /opt/ml/model/weights"
    sagemaker.create_training_job(
        TrainingJobName=name, RoleArn=os.environ["SAGEMAKER_ROLE"],
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File", "ContainerEntrypoint": ["/bin/sh"],
                                "ContainerArguments": ["-c", script]},
        OutputDataConfig={"S3OutputPath": "s3://sagemaker-unit/output"}, CheckpointConfig={"S3Uri": f"s3://sagemaker-unit/{name}"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}, StoppingCondition={"MaxRuntimeInSeconds": 3600})
    wait_until("the job trains", lambda: sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training")
    wait_until("its supervisor is the service's", lambda: "sagebrush-supervisor" in run("systemctl", "status", "sagebrush", "--no-pager"))


def job_is(sagemaker, state):
    return sagemaker.describe_training_job(TrainingJobName="outlives")["TrainingJobStatus"] == state


def main():
    run("systemctl", "enable", "--now", "sagebrush")
    wait_until("the service is active", lambda: is_active() and pathlib.Path(DATA, "resources.db").exists())
    assert pathlib.Path(DATA).stat().st_mode & 0o777 == 0o700
    wait_until("the environment is there", lambda: subprocess.run(["sagebrush", "env", "--data", DATA], capture_output=True).returncode == 0)
    use_environment()
    s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
    s3.create_bucket(Bucket="sagemaker-unit")
    begin_job(sagemaker, "outlives")

    before = server_process()
    run("systemctl", "restart", "sagebrush")
    wait_until("it restarts", lambda: is_active() and server_process() not in (0, before))
    wait_until("the job goes on", lambda: job_is(sagemaker, "InProgress"))
    before = server_process()
    run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "sagebrush")
    wait_until("it is started again", lambda: is_active() and server_process() not in (0, before))
    run("systemctl", "stop", "sagebrush")
    assert is_supervised(), "the job ended with the service"
    run("systemctl", "start", "sagebrush")
    wait_until("the job goes on", lambda: job_is(sagemaker, "InProgress"))
    directory = next(pathlib.Path(DATA).glob("**/checkpoints"))
    (directory / "end").touch()
    wait_until("the job ends", lambda: job_is(sagemaker, "Completed"))
    assert s3.list_objects_v2(Bucket="sagemaker-unit", Prefix="output/")["KeyCount"] == 1

    begin_job(sagemaker, "ends")
    run("dpkg", "--remove", "sagebrush")
    wait_until("what it ran ends with the package", lambda: not is_supervised())
    assert pathlib.Path(DATA, "resources.db").exists(), "removing the package deleted the data"


main()
