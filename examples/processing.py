"""A processing job with the SageMaker Python SDK v2, as against AWS: a script splits a table into train and test.

    eval "$(sagebrush env)"; python examples/processing.py
"""

import pathlib
import tempfile

import sagemaker
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.s3 import S3Downloader
from sklearn.datasets import load_breast_cancer

import breast_cancer


def main():
    session = sagemaker.Session()
    features, label = load_breast_cancer(return_X_y=True)
    table = breast_cancer.to_csv([[int(y), *x] for y, x in zip(label, features)], pathlib.Path(tempfile.mkdtemp()) / "all.csv")

    processor = ScriptProcessor(
        image_uri=sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1"), command=["python3"],
        role=sagemaker.get_execution_role(use_default=True), instance_count=1, instance_type="ml.m5.xlarge",
        sagemaker_session=session,
    )
    processor.run(
        code=str(pathlib.Path(__file__).with_name("split_table.py")), arguments=["--test-share", "0.2"],
        inputs=[ProcessingInput(source=table, destination="/opt/ml/processing/input")],
        outputs=[ProcessingOutput(output_name=name, source=f"/opt/ml/processing/{name}") for name in ("train", "test")],
    )

    job = processor.latest_job.describe()
    print(f"exit message: {job['ExitMessage']}")
    for output in job["ProcessingOutputConfig"]["Outputs"]:
        name = output["OutputName"]
        rows = S3Downloader.read_file(f"{output['S3Output']['S3Uri']}/{name}.csv", session).splitlines()
        print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
