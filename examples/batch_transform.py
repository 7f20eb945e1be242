"""Batch transform with the SageMaker Python SDK v2, as against AWS: train, then predict a whole table in S3.

    eval "$(sagebrush env)"; python examples/batch_transform.py
"""

import csv
import pathlib
import tempfile

import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.s3 import S3Downloader

import breast_cancer


def main():
    session = sagemaker.Session()
    bucket = session.default_bucket()
    folder = pathlib.Path(tempfile.mkdtemp())
    train, validation, test, labels = breast_cancer.write(folder)
    data = {name: TrainingInput(session.upload_data(path, key_prefix=f"transform/{name}"), content_type="text/csv")
            for name, path in {"train": train, "validation": validation}.items()}
    estimator = Estimator(
        image_uri=sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1"),
        role=sagemaker.get_execution_role(use_default=True), instance_count=1, instance_type="ml.m5.xlarge",
        output_path=f"s3://{bucket}/transform/model", sagemaker_session=session,
    )
    estimator.set_hyperparameters(objective="binary:logistic", num_round=50, eval_metric="auc", max_depth=4)
    estimator.fit(data, logs=False)

    # The model sees all columns but the first, a number by which its results are told apart.
    table = breast_cancer.to_csv([[f"tumour-{i}", *row] for i, row in enumerate(test)], folder / "test.csv")
    transformer = estimator.transformer(instance_count=1, instance_type="ml.m5.large", strategy="MultiRecord",
                                        assemble_with="Line", accept="text/csv", output_path=f"s3://{bucket}/transform/results")
    transformer.transform(session.upload_data(table, key_prefix="transform/test"), content_type="text/csv", split_type="Line",
                          input_filter="$[1:]", join_source="Input", output_filter="$[0,-1]", logs=False)

    rows = list(csv.reader(S3Downloader.read_file(f"{transformer.output_path}/test.csv.out", session).splitlines()))
    assert [name for name, _ in rows] == [f"tumour-{i}" for i in range(len(test))]
    scores = [float(score) for _, score in rows]
    print(f"accuracy on {len(rows)} held-out rows: {breast_cancer.accuracy(scores, labels):.3f}")
    transformer.delete_model()


if __name__ == "__main__":
    main()
