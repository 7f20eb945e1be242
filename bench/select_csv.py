"""How fast SelectObjectContent reads a CSV of 1 GB, beside DuckDB alone on the same file. usage: .venv/bin/python bench/select_csv.py [MEGABYTES]

Needs `make build`, tools/duckdb.sh and tools/clients.sh (DuckDB's Python package, in .venvs/s3-clients)."""

import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "contract"))

from live_server import Server  # noqa: E402

QUERY = "SELECT COUNT(*) FROM S3Object s WHERE CAST(s._1 AS INT) > 500000"
ALONE = """
import duckdb, sys, time
duckdb.sql("SET threads = 2")
began = time.monotonic()
columns = {f"c{i}": "VARCHAR" for i in range(5)}
found = duckdb.sql(f"SELECT count(*) FROM read_csv('{sys.argv[1]}', auto_detect = false, header = false, columns = {columns}, delim = ',', quote = '\\"') "
                   "WHERE CAST(c0 AS BIGINT) > 500000").fetchone()[0]
print(found, time.monotonic() - began)
"""


def make(path, megabytes):
    block = b"".join(b"%d,hello world %d,3.14159,some text here,2020-01-01\n" % (i * 50, i) for i in range(20_000))
    with open(path, "wb") as file:
        while file.tell() < megabytes * 1_000_000:
            file.write(block)
    return path.stat().st_size


def main(megabytes):
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        path = pathlib.Path(folder) / "big.csv"
        size = make(path, megabytes)
        server = Server(pathlib.Path(folder) / "data")
        try:
            s3 = server.client("s3")
            s3.create_bucket(Bucket="sagemaker-bench")
            s3.upload_file(str(path), "sagemaker-bench", "big.csv")
            began = time.monotonic()
            events = s3.select_object_content(Bucket="sagemaker-bench", Key="big.csv", Expression=QUERY, ExpressionType="SQL",
                                              InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}})["Payload"]
            found = b"".join(event["Records"]["Payload"] for event in events if "Records" in event).decode().strip()
            seconds = time.monotonic() - began
        finally:
            server.end()
        other, alone = subprocess.run([ROOT / ".venvs/s3-clients/bin/python", "-c", ALONE, path], capture_output=True, text=True,
                                      check=True).stdout.split()[-2:]
        assert found == other, (found, other)
        print(f"SelectObjectContent {size / seconds / 1e9:.2f} GB/s, DuckDB on the file {size / float(alone) / 1e9:.2f} GB/s")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
