"""Much at once: an upload of 10 GB by `aws s3 cp` beside MinIO, a channel of 100,000 objects."""

import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from live_server import REGION, ROOT, LiveServer
from object_loads import BUCKET, MinIO, s3, signed
from row import Row
from whole_server import WholeServer, resident_mib

GB = 10**9
LARGE = 10 * GB
OBJECTS, OBJECT_SIZE = 100_000, 100_000
AWS = ROOT / ".venvs/aws-cli/bin/aws"


def make_file(path, size):
    """Of bytes that no disk can make smaller."""
    block = os.urandom(1 << 24)
    with path.open("wb") as file:
        while size > 0:
            file.write(block[:size])
            size -= len(block)
        os.fsync(file.fileno())


def copy_seconds(make_server, source):
    """What `aws s3 cp` takes with its default settings, and what the server holds in memory afterwards."""
    with tempfile.TemporaryDirectory() as folder, make_server(Path(folder) / "data") as server:
        s3(server).create_bucket(Bucket=BUCKET)
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": server.root.access_key, "AWS_SECRET_ACCESS_KEY": server.root.secret_key,
                       "AWS_REGION": REGION, "AWS_ENDPOINT_URL": f"http://{server.address}", "AWS_CONFIG_FILE": "/dev/null"}
        begin = time.monotonic()
        subprocess.run([AWS, "s3", "cp", "--only-show-errors", source, f"s3://{BUCKET}/large"], env=environment, check=True)
        return time.monotonic() - begin, resident_mib(server.process.pid)


def copy_rows():
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "large"
        make_file(source, LARGE)
        (ours, memory), (peer, peers_memory) = copy_seconds(LiveServer, source), copy_seconds(MinIO, source)
    rate = lambda seconds: LARGE / 1e6 / seconds
    return [Row("`aws s3 cp` of 10 GB, default settings", 1.5 * rate(peer), "MB/s", rate(ours), False, "encrypted; the goal is 1.5 times MinIO",
                "MinIO", rate(peer)),
            Row("S3: resident memory after that", peers_memory, "MiB", memory, True, "", "MinIO", peers_memory)]


def put_many(server, bucket, body):
    """Signed here and sent as they are: boto3 would take ten times as long."""
    def put(numbers):
        connection = socket.create_connection(server.address.split(":"))
        replies = connection.makefile("rb")
        for number in numbers:
            connection.sendall(signed(server, "PUT", f"many/train/{number:06}", body, bucket=bucket))
            if b" 200 " not in replies.readline():
                raise SystemExit("A PUT failed.")
            while replies.readline() != b"\r\n":
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, [range(first, OBJECTS, 8) for first in range(8)]))


def channel_rows():
    """On plain files, which a channel is a tree of hard links to."""
    with tempfile.TemporaryDirectory() as folder, WholeServer(Path(folder) / "data", options=["--disk-is-encrypted"]) as server:
        put_many(server, server.bucket, os.urandom(OBJECT_SIZE))
        free = shutil.disk_usage(folder).free
        seconds = []
        for _ in range(3):
            job, _, _ = server.run_job("many", {}, entry_point=["/bin/true"])
            phases = {phase["Status"]: phase["EndTime"] - phase["StartTime"] for phase in job["SecondaryStatusTransitions"]}
            seconds.append(phases["Downloading"])
        taken = (free - shutil.disk_usage(folder).free) / 1e6
    return [Row(f"a channel of {OBJECTS:,} objects, 10 GB, ready for the job", 1, "s", statistics.median(seconds), True,
                f"plain files; three such jobs took {taken:.0f} MB of the disk")]


def rows():
    yield from copy_rows()
    yield from channel_rows()
