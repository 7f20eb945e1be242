"""The model registry with the SageMaker Python SDK v2 and boto3, as against AWS: train, register, approve, find, deploy.

    eval "$(sagebrush env)"; python examples/model_registry.py
"""

import pathlib
import tempfile
import time

import boto3
import sagemaker
from sagemaker.deserializers import CSVDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import ModelPackage
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer

import breast_cancer

GROUP = f"tumours-{int(time.time())}"


def train(session, role):
    folder = pathlib.Path(tempfile.mkdtemp())
    train, validation, test, labels = breast_cancer.write(folder)
    data = {name: TrainingInput(session.upload_data(path, key_prefix=f"registry/{name}"), content_type="text/csv")
            for name, path in {"train": train, "validation": validation}.items()}
    estimator = Estimator(
        image_uri=sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1"), role=role,
        instance_count=1, instance_type="ml.m5.xlarge", output_path=f"s3://{session.default_bucket()}/registry/model",
        sagemaker_session=session,
    )
    estimator.set_hyperparameters(objective="binary:logistic", num_round=50, eval_metric="auc", max_depth=4)
    estimator.fit(data, logs=False)
    return estimator, test, labels


def main():
    session = sagemaker.Session()
    role = sagemaker.get_execution_role(use_default=True)
    client = boto3.client("sagemaker")
    estimator, test, labels = train(session, role)

    # Each registration is a version of the group, which waits for somebody's approval.
    for description in ("first", "with a description of its own"):
        estimator.register(content_types=["text/csv"], response_types=["text/csv"], inference_instances=["ml.m5.large"],
                           transform_instances=["ml.m5.large"], model_package_group_name=GROUP, description=description)
    versions = client.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
    print("registered:", ", ".join(f"version {one['ModelPackageVersion']} ({one['ModelApprovalStatus']})" for one in versions))
    newest = versions[-1]["ModelPackageArn"]
    client.update_model_package(ModelPackageArn=newest, ModelApprovalStatus="Approved", ApprovalDescription="It is good.")

    # What goes into service is found by its approval, not by its name.
    found = client.search(Resource="ModelPackage", SearchExpression={"Filters": [
        {"Name": "ModelPackageGroupName", "Operator": "Equals", "Value": GROUP},
        {"Name": "ModelApprovalStatus", "Operator": "Equals", "Value": "Approved"}]})["Results"]
    assert [one["ModelPackage"]["ModelPackageArn"] for one in found] == [newest]
    model = ModelPackage(role=role, model_package_arn=newest, sagemaker_session=session)
    model.deploy(initial_instance_count=1, instance_type="ml.m5.large", endpoint_name=GROUP)
    predictor = Predictor(GROUP, session, serializer=CSVSerializer(), deserializer=CSVDeserializer())
    scores = [float(score) for row in predictor.predict(test) for score in row]
    print(f"accuracy on {len(scores)} held-out rows: {breast_cancer.accuracy(scores, labels):.3f}")

    predictor.delete_endpoint(delete_endpoint_config=True)
    model.delete_model()
    for version in versions:
        client.delete_model_package(ModelPackageName=version["ModelPackageArn"])
    client.delete_model_package_group(ModelPackageGroupName=GROUP)


if __name__ == "__main__":
    main()
