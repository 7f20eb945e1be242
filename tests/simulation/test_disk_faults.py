"""Writes and syncs of the server's files fail at random, with a broken disk's error and a full one's: the server says so, what it
acknowledged stays, it goes on by itself when the disk does, and it is whole after a kill."""

import concurrent.futures
import errno
import os
import random
import struct
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

import object_load
from test_object_kills import CLIENTS

HERE = os.path.dirname(__file__)
ROUNDS = 12
SECONDS = 0.3


class Faults:
    """Those of disk_faults.c, of which there are none at first."""

    def __init__(self, folder):
        self.path, self.library = folder / "faults", folder / "disk_faults.so"
        self.path.write_bytes(bytes(16))
        subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", self.library, f"{HERE}/disk_faults.c", "-ldl"], check=True)

    def set(self, writes_failing, syncs_failing, error):
        """Shares, and which error."""
        with open(self.path, "r+b", buffering=0) as file:
            file.write(struct.pack("III", int(writes_failing * 1e6), int(syncs_failing * 1e6), error))

    def end(self):
        self.set(0, 0, 0)

    def failed(self):
        return struct.unpack("IIII", self.path.read_bytes())[3]


@pytest.fixture
def faults(tmp_path):
    return Faults(tmp_path)


@pytest.fixture
def server(tmp_path, faults, monkeypatch):
    monkeypatch.setenv("SAGEBRUSH_FAULTY_DIRECTORY", str(tmp_path / "data"))
    monkeypatch.setenv("SAGEBRUSH_FAULTS", str(faults.path))
    monkeypatch.setenv("LD_PRELOAD", str(faults.library))
    server = object_load.serve(tmp_path / "data")
    yield server
    faults.end()
    server.end()


def write(client, until):
    """What it was refused with, if it was: whether that write is done is open then."""
    try:
        client.write(lambda: time.monotonic() > until)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500 and "disk" in error.response["Error"]["Message"], error
        return error.response["Error"]
    return None


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=errno.errorcode.get)
def test_a_disk_that_fails_now_and_then_loses_nothing_that_was_acknowledged(server, faults, seed, error):
    object_load.make_buckets(server.client("s3"))
    services, rng, refused = object_load.services_of(server), random.Random(seed), []
    clients = [object_load.Client(services, seed, number) for number in range(CLIENTS)]
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as everybody:
        for number in range(ROUNDS):
            until = time.monotonic() + SECONDS
            faults.set(rng.choice([0, 0.01, 0.05]), rng.choice([0.02, 0.2]), error)
            refused += everybody.map(lambda client: write(client, until), clients)
            faults.end()
            if number % 3 == 2:
                server.kill()
                server.start()
            list(everybody.map(lambda client: client.check(whole=number % 4 == 3), clients))
    refused = [error for error in refused if error]
    print(f"{faults.failed()} faults, {len(refused)} refusals, {sum(client.acknowledged for client in clients)} writes acknowledged")
    assert refused
    server.stop()
    server.run("fsck")  # Fails unless the store is whole.
    server.start()
