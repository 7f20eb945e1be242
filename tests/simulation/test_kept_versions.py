"""Versions, delete markers, multipart uploads and lifecycle rules while the server is killed every second or so: no version that was
acknowledged is lost, none that was deleted comes back, rules end what they say and nothing else, and `fsck` finds the store whole."""

import hashlib
import random
import threading
import time

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionError, EndpointConnectionError, HTTPClientError

from live_server import Server, wait_until

DROPPED = (ConnectionError, EndpointConnectionError, HTTPClientError)
BUCKET, ENDING = "sagemaker-kept-versions", "sagemaker-kept-ending"
WORKERS = 4


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "data", "--lifecycle-day", "2")
    yield server
    server.end()


class Versions:
    """One client with keys of its own, and what the server acknowledged of them."""

    def __init__(self, server, seed, number):
        once = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=30)
        self.s3, self.rng, self.number = server.client("s3", config=once), random.Random(f"{seed}/{number}"), number
        self.written = {}  # (key, version) to the digest, None for a delete marker.
        self.gone, self.doubtful = set(), set()  # Deleted; asked to be deleted without an answer.
        self.kept, self.ended, self.count = set(), 0, 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        while not self.stop.is_set():
            key = f"{self.number}/{self.rng.randrange(6)}"
            act = self.rng.choice([self.put, self.put, self.put, self.join, self.mark, self.delete_version, self.put_ending])
            try:
                act(key)
                self.count += 1
            except DROPPED:
                self.stop.wait(0.02)  # The server is down; it may or may not have done it.

    def put(self, key):
        body = self.rng.randbytes(self.rng.choice([0, 10, 5000, 100_000]))
        version = self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]
        self.written[key, version] = hashlib.sha256(body).hexdigest()

    def join(self, key):
        body = self.rng.randbytes(70_000)
        upload = {"Bucket": BUCKET, "Key": key, "UploadId": self.s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]}
        part = self.s3.upload_part(**upload, PartNumber=1, Body=body)
        done = self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
        self.written[key, done["VersionId"]] = hashlib.sha256(body).hexdigest()

    def mark(self, key):
        self.written[key, self.s3.delete_object(Bucket=BUCKET, Key=key)["VersionId"]] = None

    def delete_version(self, key):
        there = [version for version in self.written if version[0] == key and version not in self.gone | self.doubtful]
        if not there:
            return
        victim = self.rng.choice(there)
        self.doubtful.add(victim)
        self.s3.delete_object(Bucket=BUCKET, Key=key, VersionId=victim[1])
        self.doubtful.discard(victim)
        self.gone.add(victim)

    def put_ending(self, key):
        self.s3.put_object(Bucket=ENDING, Key=f"end/{key}/{self.count}", Body=b"x")
        self.ended += 1
        self.s3.put_object(Bucket=ENDING, Key=f"stay/{key}", Body=b"x")
        self.kept.add(f"stay/{key}")

    def end(self):
        self.stop.set()
        self.thread.join()


def versions_of(s3):
    found = {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 50}):
        for entry in page.get("Versions", []):
            found[entry["Key"], entry["VersionId"]] = entry["IsLatest"]
        for entry in page.get("DeleteMarkers", []):
            found[entry["Key"], entry["VersionId"]] = entry["IsLatest"]
    return found


def check(s3, clients):
    found = versions_of(s3)
    for client in clients:
        for (key, version), digest in client.written.items():
            if (key, version) in client.gone:
                assert (key, version) not in found, "a deleted version is back"
            elif (key, version) not in client.doubtful:
                assert (key, version) in found, f"version {version} of {key} is lost"
                if digest:
                    body = s3.get_object(Bucket=BUCKET, Key=key, VersionId=version)["Body"].read()
                    assert hashlib.sha256(body).hexdigest() == digest, (key, version)
    for key in {key for key, _ in found}:
        assert sum(latest for (other, _), latest in found.items() if other == key) == 1
    live = {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET):
        for entry in page.get("Versions", []):
            assert not entry["IsLatest"] or entry["Key"] in live
        for entry in page.get("DeleteMarkers", []):
            assert not entry["IsLatest"] or entry["Key"] not in live


def keys_of(s3, bucket, prefix):
    return {entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for entry in page.get("Contents", [])}


def test_versions_and_rules_under_kills(server, seed, minutes):
    s3 = server.client("s3")
    for bucket in (BUCKET, ENDING):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_lifecycle_configuration(Bucket=ENDING, LifecycleConfiguration={"Rules": [
        {"ID": "end", "Status": "Enabled", "Filter": {"Prefix": "end/"}, "Expiration": {"Days": 1}}]})
    rng = random.Random(seed)
    clients = [Versions(server, seed, number) for number in range(WORKERS)]
    until, kills = time.monotonic() + 60 * minutes, 0
    try:
        while time.monotonic() < until:
            time.sleep(0.5 + rng.random())  # The pace of the faults, not a wait for anything.
            server.kill()
            server.start()
            kills += 1
    finally:
        for client in clients:
            client.end()
    print(f"{kills} kills, {sum(client.count for client in clients)} acknowledged")
    assert all(client.written and client.ended for client in clients)
    check(s3, clients)
    wait_until(lambda: not keys_of(s3, ENDING, "end/"), "what the rule names to end")
    for client in clients:
        assert client.kept <= keys_of(s3, ENDING, "stay/")
    server.stop()
    server.run("fsck")  # Fails unless the store is whole.
    server.start()
