"""model.tar.gz as people's tools write it. The SageMaker Python SDK repacks every script-mode model with
tarfile.add(folder, arcname="/") (sagemaker/utils.py, create_tar_file); others write "./" and ".". Case O."""

import io
import tarfile

import pytest

from training import delete_endpoint, deploy, make_bucket, train, wait_for_endpoint


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "sagemaker-model-archive")


@pytest.fixture(scope="module")
def files(aws, bucket):
    """The files of a model that our own job made."""
    artifact = train(aws, bucket, "for-archives").removeprefix("s3://").split("/", 1)
    body = aws.client("s3").get_object(Bucket=artifact[0], Key=artifact[1])["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}


def packed(entries, form=tarfile.PAX_FORMAT):
    """A .tar.gz of (name, contents); no contents: a directory."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=form) as tar:
        for name, contents in entries:
            entry = tarfile.TarInfo(name)
            if contents is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            else:
                entry.size = len(contents)
            tar.addfile(entry, io.BytesIO(contents or b""))
    return out.getvalue()


LONG = "code/" + "d" * 120 + "/" + "n" * 120 + ".py"


@pytest.mark.parametrize("name, root, prefix, more, form", [
    ("root", "/", "/", [], tarfile.PAX_FORMAT),
    ("dot-slash", "./", "./", [("./code/./inference.py", b"x = 1\n")], tarfile.PAX_FORMAT),
    ("dot-long", ".", "", [(LONG, b"x = 1\n")], tarfile.GNU_FORMAT),
])
def test_serves_an_archive_however_its_root_is_written(aws, bucket, files, name, root, prefix, more, form):
    name = "archive-" + name
    entries = [(root, None)] + [(prefix + file, contents) for file, contents in files.items()] + more
    deploy(aws, bucket, name, packed(entries, form))
    wait_for_endpoint(aws, name)
    reply = aws.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body="0.9,0.1", ContentType="text/csv")
    assert float(reply["Body"].read()) > 0.5
    delete_endpoint(aws, name)


def test_refuses_an_archive_that_would_leave_the_model_directory(aws, bucket, files):
    deploy(aws, bucket, "archive-out", packed([*files.items(), ("../../../etc/x", b"x")]))
    endpoint = wait_for_endpoint(aws, "archive-out", "Failed")
    assert "holds the entry ../../../etc/x, which would be unpacked outside the model directory" in endpoint["FailureReason"]
    delete_endpoint(aws, "archive-out")
