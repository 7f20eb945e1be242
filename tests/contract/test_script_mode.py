"""The SageMaker SDK's own `fit()` and `train()` on a server that nobody has prepared: it makes its bucket, uploads the script, and asks for the job.

Scripts of framework images are not run yet: the upload must have worked, and the answer say which images there are.
"""

import io
import subprocess
import tarfile

import pytest

from live_server import ROOT
from test_client_environment import need
from training import wait_for_job

# Without pictures of where it was raised, which the SDK breaks lines of.
TELL = """
import sys
sys.excepthook = lambda kind, error, trace: print(f"{kind.__name__}: {error}", file=sys.stderr)
"""

SKLEARN = """
from sagemaker.sklearn import SKLearn
""" + TELL + """
SKLearn(entry_point="train.py", source_dir="source", role="SageMakerRole", instance_count=1, instance_type="ml.m5.xlarge",
        framework_version="1.2-1", py_version="py3", base_job_name="script").fit(wait=False)
"""

MODEL_TRAINER = TELL + """
from sagemaker.core import image_uris
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, SourceCode
image = image_uris.retrieve("pytorch", "us-east-1", version="2.3", py_version="py311", instance_type="ml.m5.xlarge", image_scope="training")
ModelTrainer(training_image=image, role="SageMakerRole", source_code=SourceCode(source_dir="source", entry_script="train.py"),
             compute=Compute(instance_type="ml.m5.xlarge"), base_job_name="script").train(wait=False)
"""

BUILT_IN = """
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
session = sagemaker.Session()
data = TrainingInput(session.upload_data("train.csv", key_prefix="data"), content_type="text/csv")
estimator = Estimator(sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1"), "SageMakerRole", 1, "ml.m5.xlarge",
                      hyperparameters={"num_round": 2, "objective": "binary:logistic"})
estimator.fit({"train": data}, job_name="built-in", wait=False)
"""


@pytest.fixture
def sdk(server, tmp_path):
    """Runs a program of an SDK's user; with `configured`, as after `sagebrush env`, else without the SDK's configuration of that."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source/train.py").write_text("print('trained')\n")
    (tmp_path / "source/requirements.txt").write_text("")
    (tmp_path / "train.csv").write_text("1,0.5,0.5\n0,0.1,0.9\n" * 50)

    def run(environment, program, configured):
        python = ROOT / f".venvs/{environment}/bin/python"
        need(python)
        leave_out = "" if configured else "unset SAGEMAKER_USER_CONFIG_OVERRIDE; "
        return subprocess.run(["bash", "-c", f'eval "$({server.sagebrush} env --data {server.data})"; {leave_out}exec {python} -c "$1"', "bash", program],
                              cwd=tmp_path, capture_output=True, text=True, timeout=300)
    return run


def uploads(server):
    """The keys in the bucket that the SDK has made, and the kind of encryption that it asked for each with."""
    s3, bucket = server.client("s3"), f"sagemaker-{server.region}-{server.account}"
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    return bucket, {key: s3.head_object(Bucket=bucket, Key=key)["ServerSideEncryption"] for key in keys}


@pytest.mark.parametrize("configured", [False, True])
def test_a_script_of_version_2(server, sdk, configured):
    done = sdk("sdk-v2", SKLEARN, configured)
    assert "ValidationException" in done.stderr and "sagemaker-scikit-learn" in done.stderr and "not available on this server" in done.stderr, done.stderr[-3000:]
    bucket, found = uploads(server)
    (key,) = found
    assert key.startswith("script-") and key.endswith("/source/sourcedir.tar.gz") and found[key] == "aws:kms"
    with tarfile.open(fileobj=io.BytesIO(server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())) as archive:
        assert archive.extractfile("train.py").read() == b"print('trained')\n"
        assert sorted(archive.getnames()) == ["requirements.txt", "train.py"]


@pytest.mark.parametrize("configured", [False, True])
def test_a_script_of_version_3(server, sdk, configured):
    done = sdk("sdk-v3", MODEL_TRAINER, configured)
    assert "ValidationException" in done.stderr and "pytorch-training" in done.stderr and "not available on this server" in done.stderr, done.stderr[-3000:]
    bucket, found = uploads(server)
    (script,) = [key for key in found if key.endswith("/input/code/train.py")]
    assert server.client("s3").get_object(Bucket=bucket, Key=script)["Body"].read() == b"print('trained')\n"
    assert any(key.endswith("/input/sm_drivers/sm_train.sh") for key in found)


@pytest.mark.parametrize("configured", [False, True])
def test_a_built_in_algorithm(server, sdk, configured):
    done = sdk("sdk-v2", BUILT_IN, configured)
    assert done.returncode == 0, done.stderr[-3000:]
    job = wait_for_job(server, "built-in")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    _, found = uploads(server)
    assert {"data/train.csv", "built-in/output/model.tar.gz"} <= set(found)
