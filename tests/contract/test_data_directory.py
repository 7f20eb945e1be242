"""The data directory: for the server's user only, and never made anew where it was complete once."""

import os
import pathlib
import shutil
import stat
import subprocess
import time

import pytest

from live_server import SAGEBRUSH, Server, wait_until
from training import make_bucket, shell_job, wait_for_job


def files_below(directory):
    for folder, _, names in os.walk(directory):
        yield pathlib.Path(folder)
        for name in names:
            yield pathlib.Path(folder) / name


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def serve_until_it_ends(data):
    return subprocess.run([SAGEBRUSH, "serve", "--data", data, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=60)


def test_nobody_else_may_read_what_the_server_keeps(server):
    bucket = make_bucket(server, "sagemaker-modes")
    server.client("sagemaker").create_training_job(**shell_job(server, bucket, "modes", "echo m > /opt/ml/model/m; chmod 777 /opt/ml/model/m"))
    assert wait_for_job(server, "modes")["TrainingJobStatus"] == "Completed"
    assert mode(server.data) == 0o700
    sandbox = server.data / "sandbox" / "etc"  # Of all sandboxes; it holds nothing of anybody.
    open_to_others = [path for path in files_below(server.data) if mode(path) & 0o077 and path != sandbox and sandbox not in path.parents]
    assert not open_to_others
    assert not [path for path in files_below(server.data) if mode(path) & (stat.S_ISUID | stat.S_ISGID)]


def test_a_directory_that_others_could_read_is_tightened_at_start(server):
    server.stop()
    server.data.chmod(0o755)
    (server.data / "resources.db").chmod(0o644)
    server.start()
    assert mode(server.data) == 0o700
    assert mode(server.data / "resources.db") == 0o600
    assert "could be read by other users" in pathlib.Path(server.log.name).read_text()


@pytest.mark.parametrize("name", ["resources.db", "server.key", "objects/index.db", "tls/ca-key.pem"])
def test_a_server_does_not_start_without_a_file_that_it_had(server, name):
    server.stop()
    file = server.data / name
    kept = file.rename(server.data.parent / "kept")
    try:
        for content in (None, b""):  # A file that was cut to nothing is lost as well.
            if content is not None:
                file.write_bytes(content)
            ended = serve_until_it_ends(server.data)
            assert ended.returncode != 0
            assert str(file) in ended.stderr and "backup" in ended.stderr, ended.stderr
            assert not file.exists() or file.read_bytes() == b""
            file.unlink(missing_ok=True)
    finally:
        kept.rename(file)
    server.start()
    assert server.client("s3").list_buckets()["Buckets"]


def test_a_first_start_that_was_killed_anywhere_goes_on(tmp_path):
    """Killed at moments spread over the time that a first start takes on this machine."""
    began = time.monotonic()
    Server(tmp_path / "whole").stop()
    whole = time.monotonic() - began
    for moment in range(31):
        data = tmp_path / f"data{moment}"
        process = subprocess.Popen([SAGEBRUSH, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * moment / 30)  # When to kill it, not a wait for anything.
        process.kill()
        process.wait()
        server = Server(data)  # Fails unless it says that it is ready.
        try:
            assert mode(data) == 0o700
            wait_until((data / "complete").exists, "the directory to be complete")
        finally:
            server.stop()
        shutil.rmtree(data)
