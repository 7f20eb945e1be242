"""What the disk changed by itself is found: never wrong bytes, never changes lost in silence, never the client's fault."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import uuid

import pytest
from botocore.exceptions import ClientError

from live_server import SAGEBRUSH, Server
from training import IMAGE


@pytest.fixture
def server(tmp_path):
    """One that need not run at the end: what it has may be damaged for good."""
    server = Server(tmp_path / "data")
    yield server
    if server.process.poll() is None:
        server.end()


def flip(path, offset):
    os.chmod(path, 0o600)
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def log_of(server):
    return pathlib.Path(server.log.name).read_text()


def file_with(server, body):
    return next(path for path in (server.data / "objects" / "data").rglob("*") if path.is_file() and path.read_bytes() == body)


def end_of_commits(log):
    """Where in a write-ahead log the room begins that is kept for further ones: its frames are those of its header's salts."""
    content, end, frame = log.read_bytes(), 32, 24 + 4096
    while content[end + 8:end + 16] == content[16:24]:
        end += frame
    return end


def refused_start(server):
    """What a start of the server says that does not come about."""
    result = subprocess.run([SAGEBRUSH, "serve", "--data", server.data, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=60)
    assert result.returncode != 0
    return result.stderr


# Of one that is stored plain; test_s3_encryption.py has the other.
@pytest.mark.parametrize("size", [100, 300_000])
def test_an_object_with_a_flipped_bit_is_not_sent(stand_in, size):
    server = stand_in("exit 1", "--disk-is-encrypted")
    s3, body = server.client("s3"), os.urandom(size)
    bucket = f"damage-{uuid.uuid4()}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    file = file_with(server, body)
    flip(file, size // 2)
    for arguments in ({}, {"Range": "bytes=0-9"}):
        with pytest.raises(ClientError) as raised:
            s3.get_object(Bucket=bucket, Key="k", **arguments)
        assert raised.value.response["Error"]["Code"] == "InternalError"
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert str(server.data) not in str(raised.value)
    with pytest.raises(ClientError):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    assert str(file) in log_of(server)
    s3.put_object(Bucket=bucket, Key="k", Body=body)  # As the message says.
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def test_a_damaged_document_is_the_servers_fault(server):
    sagemaker = server.client("sagemaker")
    for name in ("intact", "damaged"):
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=server.role, PrimaryContainer={"Image": IMAGE})
    server.stop()
    with contextlib.closing(sqlite3.connect(server.data / "resources.db")) as database:
        database.execute("""UPDATE resource SET spec = replace(spec, '"PrimaryContainer"', '"PrimaryContainer') WHERE name = 'damaged'""")
        database.commit()
    server.start()
    sagemaker = server.client("sagemaker")
    for call, arguments in ((sagemaker.describe_model, {"ModelName": "damaged"}), (sagemaker.list_models, {})):
        with pytest.raises(ClientError) as raised:
            call(**arguments)
        error = raised.value.response
        assert error["Error"]["Code"] == "InternalFailure" and error["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert error["ResponseMetadata"]["RequestId"] in log_of(server)
        assert str(server.data) not in str(error)
    assert f"{server.data / 'resources.db'}" in log_of(server) and "model damaged" in log_of(server)
    assert sagemaker.describe_model(ModelName="intact")["ModelName"] == "intact"


@pytest.mark.parametrize("database", ["resources.db", "objects/index.db"])
@pytest.mark.parametrize("damage", ["emptied", "cut", "flipped", "deleted"])
def test_a_start_that_would_lose_changes_is_refused(server, database, damage):
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    s3.create_bucket(Bucket="damage-bucket")
    for i in range(5):
        s3.put_object(Bucket="damage-bucket", Key=str(i), Body=b"x")
        sagemaker.create_model(ModelName=f"m{i}", ExecutionRoleArn=server.role, PrimaryContainer={"Image": IMAGE})
    server.kill()
    log = pathlib.Path(f"{server.data / database}-wal")
    kept = log.parent / "kept"
    shutil.copy2(log, kept)
    if damage == "flipped":
        flip(log, end_of_commits(log) // 2)
    elif damage == "deleted":
        log.unlink()
    else:
        os.truncate(log, 0 if damage == "emptied" else end_of_commits(log) - 5000)
    for _ in range(2):  # Having looked does not make it right.
        said = refused_start(server)
        assert str(log) in said and "backup" in said
    if damage == "deleted":
        shutil.copy2(kept, log)
    else:
        log.write_bytes(kept.read_bytes())
    kept.unlink()
    server.start()  # Nothing was touched: with its log back all is there.
    assert len(server.client("sagemaker").list_models()["Models"]) == 5
    assert server.client("s3").list_objects_v2(Bucket="damage-bucket")["KeyCount"] == 5


def test_a_start_with_a_damaged_database_is_refused(server):
    server.stop()
    file = server.data / "resources.db"
    with open(file, "r+b") as database:
        for page in range(1, file.stat().st_size // 4096):
            database.seek(page * 4096)
            database.write(b"\xa5" * 64)
    said = refused_start(server)
    assert str(file) in said and "is damaged" in said and "backup" in said
