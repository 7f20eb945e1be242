"""A live server for tests, and clients of it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import boto3
import botocore.config
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SAGEBRUSH_BUILD_DIR", ROOT / "build"))
SAGEBRUSH = BUILD / "bin" / "sagebrush"


class Server:
    """A running `sagebrush serve` and the environment that its `sagebrush env` prints."""

    def __init__(self, data, *options, binaries=SAGEBRUSH.parent):
        self.sagebrush = binaries / "sagebrush"
        self.data = pathlib.Path(data)
        self.options = options
        self.port = 0  # A free one at first, the same one again after a restart.
        self.clients = {}
        self.start()

    def launch(self):
        """Begins to start; `start` also waits until it serves."""
        self.log = open(self.data.parent / (self.data.name + ".log"), "ab")
        self.process = subprocess.Popen(
            [self.sagebrush, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *self.options],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
        )

    def start(self):
        self.launch()
        line = self.process.stdout.readline()
        if "ready" not in line:
            raise RuntimeError(f"the server did not start: {line!r}; see {self.log.name}:\n"
                               + pathlib.Path(self.log.name).read_text()[-2000:])
        self.environment = json.loads(self.run("env", "--json"))
        self.endpoint = self.environment["AWS_ENDPOINT_URL"]
        self.port = int(self.endpoint.rsplit(":", 1)[1])
        self.role = self.environment["SAGEMAKER_ROLE"]
        self.account = self.role.split(":")[4]
        self.region = self.environment["AWS_REGION"]

    def run(self, command, *arguments):
        return subprocess.run([self.sagebrush, command, "--data", self.data, *arguments], check=True, capture_output=True, text=True).stdout

    def client(self, service, **options):
        """A boto3 client, which threads may share; one without options is made once, because that takes 50 ms."""
        if options:
            return self.new_client(service, **options)
        if service not in self.clients:
            self.clients[service] = self.new_client(service)
        return self.clients[service]

    def new_client(self, service, **options):
        environment = self.environment
        config = options.pop("config", botocore.config.Config(retries={"max_attempts": 1}, proxies={}))
        arguments = dict(
            endpoint_url=self.endpoint, region_name=self.region, config=config,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"], aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
        client = boto3.session.Session().client(service, **{**arguments, **options})
        client.meta.events.register("after-call", self.check_answer)
        return client

    def check_answer(self, parsed, model, **_):
        """No answer of any test, error or not, shows where on this machine the server keeps its files."""
        assert str(self.data) not in repr(parsed), f"{model.name} shows a path of the server: {parsed}"

    def workloads(self):
        """Process ids of the supervisors of this server's workloads; they outlive the server."""
        directory = f"\0{self.data}/workloads/".encode()
        return [int(process.name) for process in pathlib.Path("/proc").iterdir()
                if process.name.isdigit() and b"sagebrush-supervisor\0run" + directory in command_line(process)]

    def end(self):
        """Deletes what runs, stops the server, and fails when anything of either is left."""
        try:
            self.delete_what_runs()
        finally:
            self.stop()
            for supervisor in self.workloads():  # What a failed test leaves shall not disturb the others.
                os.kill(supervisor, signal.SIGTERM)
        assert f" {self.data}" not in pathlib.Path("/proc/self/mounts").read_text()

    def delete_what_runs(self):
        sagemaker = self.client("sagemaker")
        for endpoint in sagemaker.get_paginator("list_endpoints").paginate().search("Endpoints[]"):
            if endpoint["EndpointStatus"] != "Deleting":
                sagemaker.delete_endpoint(EndpointName=endpoint["EndpointName"])
        for job in sagemaker.get_paginator("list_training_jobs").paginate(StatusEquals="InProgress").search("TrainingJobSummaries[]"):
            sagemaker.stop_training_job(TrainingJobName=job["TrainingJobName"])
        cgroups = pathlib.Path("/sys/fs/cgroup")  # Version 1 and 2.
        groups = [group for name in os.listdir(self.data / "workloads") for base in ("*/sagebrush", "sagebrush")
                  for group in cgroups.glob(f"{base}/{name}-*")]
        wait_until(lambda: not os.listdir(self.data / "workloads"), "the files of all workloads to be deleted")
        wait_until(lambda: not self.workloads(), "the supervisors to end")
        wait_until(lambda: not any(group.exists() for group in groups), "the control groups to be removed")

    def kill(self):
        """Ends the server without a chance to clean up: what it runs goes on."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError("the server did not stop within 60 s of SIGTERM")
        self.log.close()
        if self.process.returncode != 0:  # What a sanitizer found shows here.
            raise RuntimeError(f"the server ended with {self.process.returncode}; see {self.log.name}:\n"
                               + pathlib.Path(self.log.name).read_text()[-5000:])


def binaries_with(folder, algorithms):
    """A directory of the programs in which the shell script `algorithms` takes the place of the built-in algorithms:
    hostile code in a job or model container. Its $1 is `train` or `serve`."""
    folder.mkdir()
    for name in ("sagebrush", "sagebrush-supervisor", "algorithms.json"):
        shutil.copy2(SAGEBRUSH.parent / name, folder)
    program = folder / "sagebrush-algorithms"
    program.write_text("#!/bin/bash\n" + algorithms)
    program.chmod(0o755)
    return folder


def command_line(process):
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # It has ended.
        return b""


def wait_until(condition, what, seconds=60):
    """The first true value of condition(); polls, and fails the test when the time is over."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            pytest.fail(f"waited {seconds} s in vain for {what}")
        time.sleep(0.01)
