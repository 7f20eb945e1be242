"""A live server for tests, and clients of it."""

import json
import os
import pathlib
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

    def __init__(self, data, *options):
        self.data = pathlib.Path(data)
        self.options = options
        self.start()

    def start(self):
        self.log = open(self.data.parent / (self.data.name + ".log"), "ab")
        self.process = subprocess.Popen(
            [SAGEBRUSH, "serve", "--data", self.data, "--listen", "127.0.0.1:0", *self.options],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
        )
        line = self.process.stdout.readline()
        if "ready" not in line:
            raise RuntimeError(f"the server did not start: {line!r}; see {self.log.name}:\n"
                               + pathlib.Path(self.log.name).read_text()[-2000:])
        self.environment = json.loads(self.run("env", "--json"))
        self.endpoint = self.environment["AWS_ENDPOINT_URL"]
        self.role = self.environment["SAGEMAKER_ROLE"]
        self.account = self.role.split(":")[4]
        self.region = self.environment["AWS_REGION"]

    def run(self, command, *arguments):
        return subprocess.run([SAGEBRUSH, command, "--data", self.data, *arguments], check=True, capture_output=True, text=True).stdout

    def client(self, service, **options):
        environment = self.environment
        config = options.pop("config", botocore.config.Config(retries={"max_attempts": 1}, proxies={}))
        arguments = dict(
            endpoint_url=self.endpoint, region_name=self.region, config=config,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"], aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
        return boto3.session.Session().client(service, **{**arguments, **options})

    def kill(self):
        """Ends the server without a chance to clean up: what it runs goes on."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError("the server did not stop within 60 s of SIGTERM")


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
