"""`serve --durability crash`: nothing waits for the disk, and what was acknowledged is there after the server was killed."""

import subprocess

from live_server import SAGEBRUSH, Server


def test_a_killed_server_has_lost_nothing(tmp_path):
    server = Server(tmp_path / "data", "--durability", "crash")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="sagemaker-durability")
    bodies = {f"k{i}": bytes([i]) * (200_000 if i % 2 else 100) for i in range(60)}
    for key, body in bodies.items():
        s3.put_object(Bucket="sagemaker-durability", Key=key, Body=body)
    server.kill()
    server.start()
    s3 = server.client("s3")
    for key, body in bodies.items():
        assert s3.get_object(Bucket="sagemaker-durability", Key=key)["Body"].read() == body
    server.end()
    assert subprocess.run([SAGEBRUSH, "fsck", "--data", server.data], capture_output=True).returncode == 0


def test_another_word_is_refused(tmp_path):
    done = subprocess.run([SAGEBRUSH, "serve", "--data", tmp_path / "data", "--durability", "none"], capture_output=True, text=True)
    assert done.returncode != 0 and "power-loss" in done.stderr
