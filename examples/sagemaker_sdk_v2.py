"""fit(), deploy(), predict() with the SageMaker Python SDK v2, as against AWS.

    eval "$(sagebrush env)"; python examples/sagemaker_sdk_v2.py
"""

import tempfile

import sagemaker
from sagemaker.deserializers import CSVDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer

import breast_cancer


def main():
    session = sagemaker.Session()
    role = sagemaker.get_execution_role(use_default=True)
    train, validation, test, labels = breast_cancer.write(tempfile.mkdtemp())
    data = {name: TrainingInput(session.upload_data(path, key_prefix=f"sdk-v2/{name}"), content_type="text/csv")
            for name, path in {"train": train, "validation": validation}.items()}

    estimator = Estimator(
        image_uri=sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1"),
        role=role, instance_count=1, instance_type="ml.m5.xlarge", output_path=f"s3://{session.default_bucket()}/sdk-v2/output",
        sagemaker_session=session,
    )
    estimator.set_hyperparameters(objective="binary:logistic", num_round=50, eval_metric="auc", max_depth=4)
    estimator.fit(data)

    predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.large",
                                 serializer=CSVSerializer(), deserializer=CSVDeserializer())
    scores = [float(value) for row in predictor.predict(test) for value in row]
    print(f"accuracy on {len(test)} held-out rows: {breast_cancer.accuracy(scores, labels):.3f}")

    predictor.delete_model()
    predictor.delete_endpoint()


if __name__ == "__main__":
    main()
