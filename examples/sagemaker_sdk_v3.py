"""ModelTrainer and ModelBuilder of the SageMaker Python SDK v3, as against AWS.

    eval "$(sagebrush env)"; python examples/sagemaker_sdk_v3.py
"""

import os
import tempfile

from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer

import breast_cancer


def main():
    session = Session()
    role = os.environ["SAGEMAKER_ROLE"]
    image = image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1")
    train, validation, test, labels = breast_cancer.write(tempfile.mkdtemp())
    data = [InputData(channel_name=name, data_source=session.upload_data(path, key_prefix=f"sdk-v3/{name}"), content_type="text/csv")
            for name, path in {"train": train, "validation": validation}.items()]

    trainer = ModelTrainer(
        training_image=image, role=role, base_job_name="sdk-v3", sagemaker_session=session,
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1, volume_size_in_gb=5),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{session.default_bucket()}/sdk-v3/output"),
        hyperparameters={"objective": "binary:logistic", "num_round": 50, "eval_metric": "auc", "max_depth": 4},
    )
    trainer.train(input_data_config=data)
    job = trainer._latest_training_job
    print("trained", job.model_artifacts.s3_model_artifacts)

    builder = ModelBuilder(image_uri=image, s3_model_data_url=job.model_artifacts.s3_model_artifacts, role_arn=role,
                           sagemaker_session=session, instance_type="ml.m5.large")
    model = builder.build()
    endpoint = builder.deploy(endpoint_name=model.model_name, initial_instance_count=1, instance_type="ml.m5.large")
    body = "\n".join(",".join(map(str, row)) for row in test)
    reply = endpoint.invoke(body=body, content_type="text/csv", accept="text/csv")
    text = reply.body.read().decode() if hasattr(reply.body, "read") else str(reply.body)
    scores = [float(value) for value in text.replace("\n", ",").strip(",").split(",")]
    print(f"accuracy on {len(test)} held-out rows: {breast_cancer.accuracy(scores, labels):.3f}")

    config = endpoint.endpoint_config_name
    endpoint.delete()
    endpoint.wait_for_delete()
    print("deleted endpoint", endpoint.endpoint_name, "of configuration", config)


if __name__ == "__main__":
    main()
