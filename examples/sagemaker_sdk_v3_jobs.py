"""Processing, the model registry and batch transform with the SageMaker Python SDK v3, as against AWS: a script splits a table,
a model is trained on the one part, registered and approved, and predicts the other part in S3.

    eval "$(sagebrush env)"; python examples/sagemaker_sdk_v3_jobs.py
"""

import csv
import os
import pathlib
import tempfile
import time

from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.resources import Model, ModelPackage, ModelPackageGroup
from sagemaker.core.shapes import ContainerDefinition, ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig
from sagemaker.core.transformer import Transformer
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer
from sklearn.datasets import load_breast_cancer

import breast_cancer

NAME = f"sdk-v3-{int(time.time())}"


def split(session, role, image, place):
    """Where train and test are then."""
    features, label = load_breast_cancer(return_X_y=True)
    table = breast_cancer.to_csv([[int(y), *x] for y, x in zip(label, features)], pathlib.Path(tempfile.mkdtemp()) / "all.csv")
    processor = ScriptProcessor(role=role, image_uri=image, command=["python3"], instance_count=1, instance_type="ml.m5.xlarge",
                                sagemaker_session=session)
    processor.run(
        code=str(pathlib.Path(__file__).with_name("split_table.py")), arguments=["--test-share", "0.2"], logs=False,
        inputs=[ProcessingInput(input_name="table", s3_input=ProcessingS3Input(
            s3_uri=session.upload_data(table, key_prefix=f"{NAME}/all"), s3_data_type="S3Prefix", s3_input_mode="File",
            local_path="/opt/ml/processing/input"))],
        outputs=[ProcessingOutput(output_name=name, s3_output=ProcessingS3Output(
            s3_uri=f"{place}/{name}", s3_upload_mode="EndOfJob", local_path=f"/opt/ml/processing/{name}")) for name in ("train", "test")],
    )
    return [f"{place}/{name}/{name}.csv" for name in ("train", "test")]


def register(session, role, image, artifacts):
    """An approved version of a group of its own."""
    ModelPackageGroup.create(model_package_group_name=NAME)
    builder = ModelBuilder(image_uri=image, s3_model_data_url=artifacts, role_arn=role, sagemaker_session=session)
    builder.build(model_name=f"{NAME}-built")
    builder.register(model_package_group_name=NAME, content_types=["text/csv"], response_types=["text/csv"],
                     inference_instances=["ml.m5.large"], transform_instances=["ml.m5.large"])
    [package] = ModelPackage.get_all(model_package_group_name=NAME)
    package.update(model_approval_status="Approved", approval_description="It is good.")
    package.refresh()
    print(f"registered: version {package.model_package_version} ({package.model_approval_status})")
    return package


def main():
    session = Session()
    role = os.environ["SAGEMAKER_ROLE"]
    image = image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1")
    place = f"s3://{session.default_bucket()}/{NAME}"
    train, test = split(session, role, image, place)

    trainer = ModelTrainer(
        training_image=image, role=role, base_job_name=NAME, sagemaker_session=session,
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1, volume_size_in_gb=5),
        output_data_config=OutputDataConfig(s3_output_path=f"{place}/model"),
        hyperparameters={"objective": "binary:logistic", "num_round": 50, "max_depth": 4},
    )
    trainer.train(input_data_config=[InputData(channel_name="train", data_source=train, content_type="text/csv")], logs=False)
    package = register(session, role, image, trainer._latest_training_job.model_artifacts.s3_model_artifacts)
    model = Model.create(model_name=NAME, execution_role_arn=role,
                         primary_container=ContainerDefinition(model_package_name=package.model_package_arn))

    # The model sees all columns but the first, which is the answer that its own is joined to.
    transformer = Transformer(model_name=NAME, instance_count=1, instance_type="ml.m5.large", strategy="MultiRecord", accept="text/csv",
                              assemble_with="Line", output_path=f"{place}/results", sagemaker_session=session)
    transformer.transform(test, content_type="text/csv", split_type="Line", input_filter="$[1:]", join_source="Input",
                          output_filter="$[0,-1]", logs=False)
    text = session.read_s3_file(session.default_bucket(), f"{NAME}/results/test.csv.out")
    rows = [(int(float(label)), float(score)) for label, score in csv.reader(text.splitlines())]
    labels, scores = zip(*rows)
    print(f"accuracy on {len(rows)} held-out rows: {breast_cancer.accuracy(scores, labels):.3f}")

    for made in (model, Model.get(model_name=f"{NAME}-built")):
        made.delete()
    package.delete()
    ModelPackageGroup.get(model_package_group_name=NAME).delete()


if __name__ == "__main__":
    main()
