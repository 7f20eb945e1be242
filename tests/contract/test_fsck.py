"""`sagebrush fsck`: what it says of a data directory, beside a running server and without one."""

import os
import subprocess

import pytest


@pytest.fixture
def filled(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="sagemaker-fsck")
    s3.put_bucket_versioning(Bucket="sagemaker-fsck", VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "b"):
        for size in (10, 100_000):
            s3.put_object(Bucket="sagemaker-fsck", Key=key, Body=os.urandom(size))
    s3.delete_object(Bucket="sagemaker-fsck", Key="b")
    return server


def fsck(server, *arguments):
    done = subprocess.run([server.sagebrush, "fsck", "--data", server.data, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def large_file(server):
    return max((path for path in (server.data / "objects" / "data").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)


def test_a_whole_store_is_called_whole(filled):
    for _ in range(2):
        status, text = fsck(filled)
        assert (status, "The object store is whole." in text) == (0, True), text
        filled.stop()
    assert fsck(filled, "--repair")[0] == 0
    filled.start()
    assert len(filled.client("s3").list_object_versions(Bucket="sagemaker-fsck")["Versions"]) == 4


def test_it_repairs_only_without_a_server(filled):
    status, text = fsck(filled, "--repair")
    assert status == 1 and "Another server" in text


def test_flipped_bits_are_found_and_stay(filled):
    path = large_file(filled)
    path.chmod(0o600)
    with open(path, "r+b") as file:
        file.seek(50_000)
        byte = file.read(1)[0]
        file.seek(50_000)
        file.write(bytes([byte ^ 1]))
    status, text = fsck(filled)
    assert status == 3 and "of its file are not those that were written" in text and str(path) in text
    filled.stop()
    assert fsck(filled, "--repair")[0] == 3
    assert path.exists()
    filled.start()


def test_a_lost_file_is_found_and_the_index_repaired(filled):
    filled.stop()
    large_file(filled).unlink()
    status, text = fsck(filled)
    assert status == 3 and "has lost its file" in text
    status, text = fsck(filled, "--repair")
    assert status == 2 and "lost+found/rows.jsonl" in text
    assert fsck(filled)[0] == 0
    filled.start()
    assert len(filled.client("s3").list_object_versions(Bucket="sagemaker-fsck")["Versions"]) == 3


def test_what_is_no_data_directory_cannot_be_checked(filled, tmp_path):
    done = subprocess.run([filled.sagebrush, "fsck", "--data", tmp_path / "none"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr


def test_parts_and_copies_of_what_is_encrypted_are_whole(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="sagemaker-fsck-parts")
    for key in ("whole", "open"):
        upload = {"Bucket": "sagemaker-fsck-parts", "Key": key}
        upload["UploadId"] = s3.create_multipart_upload(**upload, ServerSideEncryption="aws:kms")["UploadId"]
        parts = [{"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=os.urandom(5 << 20))["ETag"]} for number in (1, 2)]
        if key == "whole":
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    s3.put_object(Bucket="sagemaker-fsck-parts", Key="small", Body=b"x" * 100_000)
    for source in ("whole", "small"):
        s3.copy_object(Bucket="sagemaker-fsck-parts", Key=f"copy of {source}", CopySource=f"sagemaker-fsck-parts/{source}", ServerSideEncryption="aws:kms")
    status, text = fsck(server)
    assert (status, "The object store is whole." in text) == (0, True), text
