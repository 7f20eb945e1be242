"""S3 beside MinIO: PUT and GET of small and large objects at 1 and 16 connections, on the same disk in the same hour."""

import hashlib
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from live_server import REGION, ROOT, LiveServer, wrk
from row import Row
from whole_server import cpu_seconds, resident_mib

BUCKET = "sagemaker-bench"
KIB, MIB = 1 << 10, 1 << 20
SECONDS = 4
# Size, then for PUT and GET the goals at 1 and 16 connections, in requests a second.
GOALS = [
    (4 * KIB, {"PUT": (1500, 5000), "GET": (8000, 30000)}),
    (64 * KIB, {"PUT": (1000, 2500), "GET": (6000, 20000)}),
    (8 * MIB, {"PUT": (350e6 / (8 * MIB), 600e6 / (8 * MIB)), "GET": (2.0e9 / (8 * MIB), 2.4e9 / (8 * MIB))}),
]
PUT_P99_MS = 10  # Of 64 KiB at one connection.


class MinIO:
    """As LiveServer, as far as loads need it."""

    def __init__(self, data):
        program = subprocess.check_output([ROOT / "bench/minio.sh"], text=True).strip()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.root = Credentials("benchmark", "benchmark-secret")
        environment = {"MINIO_ROOT_USER": self.root.access_key, "MINIO_ROOT_PASSWORD": self.root.secret_key,
                       "MINIO_BROWSER": "off", "MINIO_CALLHOME_ENABLE": "off", "MINIO_UPDATE": "off"}
        self.process = subprocess.Popen([program, "server", data, "--quiet", "--address", self.address],
                                        env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

    def __enter__(self):
        client, last = s3(self), time.monotonic() + 60
        while True:
            try:
                client.list_buckets()
                return self
            except (ClientError, BotoCoreError):
                if time.monotonic() > last:
                    self.__exit__()
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def s3(server):
    return boto3.client("s3", endpoint_url=f"http://{server.address}", region_name=REGION,
                        aws_access_key_id=server.root.access_key, aws_secret_access_key=server.root.secret_key)


def signed(server, method, key, body=b"", headers=None, bucket=BUCKET):
    """The bytes of a whole request, its body's digest signed. Valid for 15 minutes."""
    headers = {**(headers or {}), "Host": server.address, "X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest()}
    request = AWSRequest(method, f"http://{server.address}/{bucket}/{key}", headers=headers, data=body or None)
    S3SigV4Auth(server.root, "s3", REGION).add_auth(request)
    lines = [f"{method} /{bucket}/{key} HTTP/1.1"] + [f"{name}: {value}" for name, value in request.headers.items()
                                                       if name.lower() != "content-length"]
    return "\r\n".join(lines + [f"Content-Length: {len(body)}", "", ""]).encode() + body


class Loads:
    """What one server does, by (method, size, connections): rate, p99 in ms, microseconds of its processor time each."""

    def __init__(self, make_server, headers=None):
        with tempfile.TemporaryDirectory() as folder, make_server(Path(folder) / "data") as server:
            s3(server).create_bucket(Bucket=BUCKET)
            self.results = {}
            for size, goals in GOALS:
                body = os.urandom(size)
                keys = [f"{size}/{i:04}" for i in range(6 if size > MIB else 500)]
                for method in goals:  # PUT comes first: then there is something to get.
                    requests = [signed(server, method, key, body if method == "PUT" else b"",
                                       headers if method == "PUT" else None) for key in keys]
                    wrk(server.address, requests, 1, 2)
                    for connections in (1, 16):
                        self.results[method, size, connections] = self.load(server, requests, connections)
            self.memory = resident_mib(server.process.pid)

    @staticmethod
    def load(server, requests, connections):
        before = cpu_seconds(server.process.pid)
        rate, _, p99 = wrk(server.address, requests, connections, SECONDS)
        return rate, p99, 1e6 * (cpu_seconds(server.process.pid) - before) / (rate * SECONDS)


def name(method, size, connections):
    amount = f"{size // MIB} MiB" if size >= MIB else f"{size // KIB} KiB"
    return f"{method} {amount}{', durable' if method == 'PUT' else ''}, {connections} connection{'s' * (connections > 1)}"


def rows():
    ours, peer = Loads(LiveServer), Loads(MinIO)
    for size, goals in GOALS:
        scale, unit = (size / 1e6, "MB/s") if size >= MIB else (1, "/s")
        for method, (alone, many) in goals.items():
            for connections, goal in ((1, alone), (16, many)):
                case = method, size, connections
                rate, p99, cpu = ours.results[case]
                yield Row(f"S3 {name(*case)}", goal * scale, unit, rate * scale, False,
                          f"p99 {p99:.2f} ms, MinIO's {peer.results[case][1]:.2f} ms; {cpu:.0f} µs of the server's processor time each, "
                          f"MinIO's {peer.results[case][2]:.0f}", "MinIO", peer.results[case][0] * scale)
    case = "PUT", 64 * KIB, 1
    yield Row(f"S3 {name(*case)}, p99", PUT_P99_MS, "ms", ours.results[case][1], True, "of the same run", "MinIO", peer.results[case][1])
    yield Row("S3: resident memory after these", peer.memory, "MiB", ours.memory, True, "", "MinIO", peer.memory)
