"""A mixed load (jobs, endpoints and their updates, invocations, objects) while the server and workloads are killed every few
seconds. At its end nothing that was acknowledged is lost, nothing is stuck, and nothing is left: processes, mounts, control
groups, directories and descriptors are counted before and after. `--minutes 10` runs it for longer than `make test` does."""

import contextlib
import hashlib
import os
import pathlib
import random
import signal
import threading
import time

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, EndpointConnectionError, HTTPClientError

from live_server import wait_until
from training import create_config, create_model, delete_endpoint, make_bucket, shell_job, train, wait_for_endpoint, wait_for_job

SECONDS_BETWEEN_KILLS = 3
VERSIONED = "sagemaker-mixed-versioned"
DROPPED = (ConnectionError, EndpointConnectionError, HTTPClientError)
FINAL = ("InService", "Failed")


class Load:
    """Several clients that do what they like, and remember what the server acknowledged."""

    def __init__(self, server, bucket, seed):
        self.server, self.bucket, self.seed = server, bucket, seed
        # A second attempt would be told of a first whose answer was lost.
        once = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=30)
        self.s3, self.sagemaker = server.client("s3", config=once), server.client("sagemaker", config=once)
        self.runtime = server.client("sagemaker-runtime", config=once)
        self.stop, self.lock = threading.Event(), threading.Lock()
        self.objects, self.jobs = {}, {}
        self.answers, self.errors = 0, []
        self.versions = {}
        workers = [self.jobs_worker, self.objects_worker, self.versions_worker, self.invocations_worker,
                   lambda rng: self.endpoint_worker(rng, "moving"), lambda rng: self.endpoint_worker(rng, "other")]
        self.threads = [threading.Thread(target=self.work, args=(worker, number)) for number, worker in enumerate(workers)]
        for thread in self.threads:
            thread.start()

    def work(self, worker, number):
        rng = random.Random(f"{self.seed}/{number}")
        while not self.stop.is_set():
            try:
                worker(rng)
            except DROPPED:
                self.stop.wait(0.02)  # The server is down; it may or may not have done it.
            except ClientError as error:
                # What depends on another client's or a lost answer's doing is refused; a fault of the server only while it ends.
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status == 500:
                    self.errors.append(error)
            self.stop.wait(rng.random() / 4)

    def jobs_worker(self, rng):
        if len(self.sagemaker.list_training_jobs(StatusEquals="InProgress", MaxResults=20)["TrainingJobSummaries"]) == 20:
            return  # They wait for room; more of them would only make the end longer.
        name = f"j-{rng.getrandbits(40):x}"
        script = f"echo started; sleep {rng.random() * 3:.2f}; head -c {rng.choice([10, 5_000_000])} /dev/urandom > /opt/ml/model/m"
        expected = "Completed"
        if rng.random() < 0.2:
            script, expected = "echo about to fail; exit 7", "Failed"
        self.sagemaker.create_training_job(**shell_job(self.server, self.bucket, name, script))
        with self.lock:
            self.jobs[name] = expected
        if rng.random() < 0.2:
            self.stop.wait(rng.random())
            self.sagemaker.stop_training_job(TrainingJobName=name)

    def objects_worker(self, rng):
        key, body = f"load/{rng.getrandbits(40):x}", rng.randbytes(rng.choice([0, 10, 5000, 2_000_000]))
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        with self.lock:
            self.objects[key] = hashlib.sha256(body).hexdigest()

    def versions_worker(self, rng):
        key = f"{rng.randrange(5)}"
        if rng.random() < 0.3:
            version, body = self.s3.delete_object(Bucket=VERSIONED, Key=key)["VersionId"], None
        else:
            body = rng.randbytes(rng.choice([0, 10, 100_000]))
            version = self.s3.put_object(Bucket=VERSIONED, Key=key, Body=body)["VersionId"]
        with self.lock:
            self.versions[key, version] = body

    def invocations_worker(self, rng):
        for _ in range(10):
            with contextlib.suppress(ClientError):
                reply = self.runtime.invoke_endpoint(EndpointName="kept", ContentType="text/csv", Body="0.9,0.1\n")
                assert float(reply["Body"].read()) > 0.5
                self.answers += 1

    def endpoint_worker(self, rng, name):
        act = rng.randrange(6)
        if act <= 1:
            self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=rng.choice(["kept", "two", "corrupt", "huge"]))
        elif act == 2:
            self.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=rng.choice(["kept", "two", "corrupt", "huge"]))
        elif act == 3:
            self.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=[
                {"VariantName": "AllTraffic", "DesiredInstanceCount": rng.choice([1, 2, 90])}])
        elif act == 4:
            self.sagemaker.describe_endpoint(EndpointName=name)
            self.sagemaker.list_endpoints()
        else:
            self.sagemaker.delete_endpoint(EndpointName=name)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


class Left:
    """What a server's data directory holds on the machine."""

    def __init__(self, server):
        data = server.data
        self.supervisors = len(server.workloads())
        self.mounts = pathlib.Path("/proc/self/mounts").read_text().count(f" {data}")
        self.directories = {name: sorted(os.listdir(data / name)) if (data / name).exists() else []
                            for name in ("workloads", "jobs", "endpoints")}
        self.descriptors = len(os.listdir(f"/proc/{server.process.pid}/fd"))


def groups_of(seen):
    """Control groups of workloads of these names that there still are."""
    return [root for root, _, _ in os.walk("/sys/fs/cgroup") if any(root.rsplit("/", 1)[-1].startswith(name) for name in seen)]


def kill_something(server, rng, seen):
    seen.update(os.listdir(server.data / "workloads"))
    if rng.random() < 0.5:
        server.kill()
        server.start()
    else:
        supervisors = server.workloads()
        if supervisors:
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(supervisors), signal.SIGKILL)


def check_nothing_is_lost(server, load):
    s3 = server.client("s3")
    for key, digest in load.objects.items():
        assert hashlib.sha256(s3.get_object(Bucket=load.bucket, Key=key)["Body"].read()).hexdigest() == digest, key
    for (key, version), body in load.versions.items():
        if body is not None:
            assert s3.get_object(Bucket=VERSIONED, Key=key, VersionId=version)["Body"].read() == body, (key, version)
    markers = {(entry["Key"], entry["VersionId"]) for page in s3.get_paginator("list_object_versions").paginate(Bucket=VERSIONED)
               for entry in page.get("DeleteMarkers", [])}
    assert {version for version, body in load.versions.items() if body is None} <= markers
    for name, expected in load.jobs.items():
        job = wait_for_job(server, name)
        if job["TrainingJobStatus"] != expected:  # Stopped, or ended with its supervisor.
            assert job["TrainingJobStatus"] in ("Stopped", "Failed"), job
            assert job["TrainingJobStatus"] == "Stopped" or "supervise" in job["FailureReason"] or "stopped" in job["FailureReason"], job


def settle(server, name):
    """Waits until an endpoint is in a state that lasts, or waits for room: the others have it, and it would wait for ten minutes."""
    def settled():
        try:
            endpoint = server.client("sagemaker").describe_endpoint(EndpointName=name)
        except ClientError:
            return "gone"
        if any("Waiting for room" in status.get("StatusMessage", "") for variant in endpoint.get("ProductionVariants", [])
               for status in variant.get("VariantStatus", [])):
            return "waits"
        return endpoint["EndpointStatus"] if endpoint["EndpointStatus"] in FINAL else None
    return wait_until(settled, f"{name} to settle", seconds=120)


def check_an_update_goes_on(server, name):
    sagemaker = server.client("sagemaker")
    if sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService":
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName="kept")
        wait_for_endpoint(server, name)


def test_a_mixed_load_under_kills_leaves_nothing_stuck_lost_or_leaked(server, seed, minutes):
    bucket = make_bucket(server, "sagemaker-mixed")
    server.client("s3").create_bucket(Bucket=VERSIONED)
    server.client("s3").put_bucket_versioning(Bucket=VERSIONED, VersioningConfiguration={"Status": "Enabled"})
    sagemaker = server.client("sagemaker")
    create_model(server, "kept", train(server, bucket, "trained"))
    create_config(server, "kept", "kept")
    create_config(server, "two", "kept", count=2)
    create_config(server, "huge", "kept", count=100)
    server.client("s3").put_object(Bucket=bucket, Key="corrupt.tar.gz", Body=b"this is no archive")
    create_model(server, "corrupt", f"s3://{bucket}/corrupt.tar.gz")
    create_config(server, "corrupt", "corrupt")
    wait_until(lambda: not os.listdir(server.data / "workloads"), "the first job's files to go")
    server.kill()
    server.start()
    before, seen = Left(server), set()
    sagemaker.create_endpoint(EndpointName="kept", EndpointConfigName="kept")
    wait_for_endpoint(server, "kept")
    rng = random.Random(seed)
    load = Load(server, bucket, seed)
    until, kills = time.monotonic() + 60 * minutes, 0
    try:
        while time.monotonic() < until:
            time.sleep(SECONDS_BETWEEN_KILLS)  # The pace of the faults, not a wait for anything.
            kill_something(server, rng, seen)
            kills += 1
    finally:
        load.end()
    print(f"{kills} kills, {len(load.jobs)} jobs, {len(load.objects)} objects, {load.answers} invocations answered")
    assert load.errors == []
    assert load.jobs and load.objects and load.answers
    is_there = {}
    for name in ("moving", "other"):
        state = settle(server, name)
        is_there[name] = state not in ("gone", "waits")
        if state == "waits":
            delete_endpoint(server, name)
    if is_there["other"]:
        delete_endpoint(server, "other")  # What it holds may be the room that jobs wait for.
    check_nothing_is_lost(server, load)
    if is_there["other"]:
        # One instance: `moving` may have two, and a machine of two cores has room for four.
        sagemaker.create_endpoint(EndpointName="other", EndpointConfigName="kept")
        wait_for_endpoint(server, "other")
    for name in (name for name, there in is_there.items() if there):
        check_an_update_goes_on(server, name)
    wait_until(lambda: invocation(server) > 0.5, "the endpoint that nobody touched to answer")
    seen.update(os.listdir(server.data / "workloads"))
    server.delete_what_runs()
    wait_until(lambda: not any(os.listdir(server.data / name) for name in ("jobs", "endpoints")), "the files to go")
    after = Left(server)
    assert (after.supervisors, after.mounts, after.directories) == (before.supervisors, before.mounts, before.directories)
    assert groups_of(seen) == []
    wait_until(lambda: Left(server).descriptors <= before.descriptors + 16, "the descriptors to be closed")  # Idle connections.


def invocation(server):
    with contextlib.suppress(ClientError):
        reply = server.client("sagemaker-runtime").invoke_endpoint(EndpointName="kept", ContentType="text/csv", Body="0.9,0.1\n")
        return float(reply["Body"].read())
    return 0
