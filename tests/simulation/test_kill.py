"""`kill -9` of the server at random moments under load: nothing acknowledged is lost, no job runs twice, endpoints come back."""

import hashlib
import random
import threading
import time

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, EndpointConnectionError, HTTPClientError

from live_server import wait_until
from training import (create_config, create_model, log_lines, make_bucket, shell_job, train, wait_for_endpoint, wait_for_job)

KILLS = 200
SECONDS_BETWEEN = (0.02, 0.4)
DROPPED = (ConnectionError, EndpointConnectionError, HTTPClientError)


class Load:
    """Writes all the time from several threads, and remembers what the server acknowledged."""

    def __init__(self, server, bucket, seed):
        self.server, self.bucket, self.seed = server, bucket, seed
        # A second attempt would be told of a first whose answer was lost: "already existing model".
        once = Config(retries={"total_max_attempts": 1}, proxies={})
        self.s3, self.sagemaker = server.client("s3", config=once), server.client("sagemaker", config=once)
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.objects, self.models, self.jobs, self.deleted = {}, set(), set(), set()
        self.errors = []
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(4)]
        for thread in self.threads:
            thread.start()

    def work(self, number):
        rng = random.Random(f"{self.seed}/{number}")
        count = 0
        while not self.stop.is_set():
            count += 1
            try:
                rng.choice([self.put_object, self.put_object, self.create_model, self.create_job, self.delete_object])(f"{number}-{count}", rng)
            except DROPPED:
                time.sleep(0.01)  # The server is down; it may or may not have done it.
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                    self.errors.append(error)

    def put_object(self, name, rng):
        body = rng.randbytes(rng.choice([0, 10, 5000, 200_000]))
        self.s3.put_object(Bucket=self.bucket, Key=f"load/{name}", Body=body)
        with self.lock:
            self.objects[f"load/{name}"] = hashlib.sha256(body).hexdigest()

    def delete_object(self, name, rng):
        with self.lock:
            if not self.objects:
                return
            key = rng.choice(sorted(self.objects))
            del self.objects[key]  # From here on its fate is open, until the answer.
        self.s3.delete_object(Bucket=self.bucket, Key=key)
        with self.lock:
            self.deleted.add(key)

    def create_model(self, name, rng):
        self.sagemaker.create_model(
            ModelName=f"m-{name}", ExecutionRoleArn=self.server.role,
            PrimaryContainer={"Image": "x/sagemaker-xgboost:1.7-1"})
        self.models.add(f"m-{name}")

    def create_job(self, name, rng):
        if len(self.jobs) >= 60:
            return
        script = f"echo started {name}; sleep {rng.random() / 2:.2f}; echo {name} > /opt/ml/model/m; echo ended {name}"
        request = shell_job(self.server, self.bucket, f"j-{name}", script)
        self.sagemaker.create_training_job(**request)
        self.jobs.add(f"j-{name}")

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def check_everything(server, load):
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    for key, digest in load.objects.items():
        body = s3.get_object(Bucket=load.bucket, Key=key)["Body"].read()
        assert hashlib.sha256(body).hexdigest() == digest, key
    for key in load.deleted:
        with pytest.raises(ClientError):
            s3.head_object(Bucket=load.bucket, Key=key)
    for model in load.models:
        assert sagemaker.describe_model(ModelName=model)["ModelName"] == model
    # Also those whose acknowledgement the kill cut off: they are there or not, and run once.
    summaries = sagemaker.get_paginator("list_training_jobs").paginate(NameContains="j-").search("TrainingJobSummaries[]")
    jobs = {summary["TrainingJobName"] for summary in summaries}
    assert load.jobs <= jobs
    for job in sorted(jobs):
        ended = wait_for_job(server, job)
        assert ended["TrainingJobStatus"] == "Completed", (job, ended.get("FailureReason"))
        name = job.removeprefix("j-")
        assert log_lines(server, job) == [f"started {name}", f"ended {name}"]


def answers(server, endpoint):
    try:
        reply = server.client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body="0.9,0.1\n")
        return float(reply["Body"].read()) > 0.5
    except ClientError:
        return False  # Not routed again yet.


def test_200_kills_lose_nothing(server, seed):
    bucket = make_bucket(server, "sagemaker-kill")
    create_model(server, "kept", train(server, bucket, "trained"))
    create_config(server, "kept", "kept")
    server.client("sagemaker").create_endpoint(EndpointName="kept", EndpointConfigName="kept")
    wait_for_endpoint(server, "kept")
    rng = random.Random(seed)
    load = Load(server, bucket, seed)
    try:
        for _ in range(KILLS):
            time.sleep(rng.uniform(*SECONDS_BETWEEN))  # The moment of the fault, not a wait for anything.
            server.kill()
            server.start()
            wait_until(lambda: answers(server, "kept"), "the endpoint to answer after a restart")
    finally:
        load.end()
    assert load.errors == []
    assert len(load.jobs) > 10 and len(load.objects) > 50 and len(load.models) > 50
    check_everything(server, load)
