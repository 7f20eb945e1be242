"""Train, deploy, query and evaluate a real model through the plain AWS API, then clean up.

The SageMaker tutorial's XGBoost example with boto3: scikit-learn's bundled breast cancer data (569 tumours, 30 features).
`sagebrush quickstart` runs it against a server of its own; with `eval "$(sagebrush env)"` before it, it uses yours.
"""

import argparse
import csv
import io
import os
import sys
import time

import boto3
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.model_selection import train_test_split

TERMINAL = sys.stdout.isatty()
LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def paint(text, code):
    return f"\033[{code}m{text}\033[0m" if TERMINAL else text


class Timeline:
    """Prints each step as it ends, and all of them at the end."""

    def __init__(self):
        self.began = time.monotonic()
        self.steps = []

    def step(self, title):
        now = time.monotonic()
        begin = self.steps[-1][2] if self.steps else self.began
        self.steps.append((title, begin, now))
        print(paint(f"✓ {title}", "32") + f"  {1000 * (now - begin):.0f} ms")

    def show(self):
        total = self.steps[-1][2] - self.began
        print(paint("\nTimeline", "1"))
        for title, begin, end in self.steps:
            before = int(40 * (begin - self.began) / total)
            length = max(1, round(40 * (end - begin) / total))
            print(f"  {title:<34} {1000 * (end - begin):7.0f} ms  {' ' * before}{'█' * length}")
        print(f"  {'total':<34} {1000 * total:7.0f} ms")


def to_csv(rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def load_data():
    features, malignant = load_breast_cancer(return_X_y=True)
    rest, test, rest_label, test_label = train_test_split(
        features, malignant, test_size=0.2, random_state=1, stratify=malignant
    )
    train, valid, train_label, valid_label = train_test_split(
        rest, rest_label, test_size=0.2, random_state=1, stratify=rest_label
    )
    with_label = lambda label, rows: np.column_stack([label, rows])
    return with_label(train_label, train), with_label(valid_label, valid), test, test_label


def follow_log(logs, sagemaker, job):
    """Prints the job's lines as they appear until it has ended; returns its description."""
    token, stream = None, None
    while True:
        description = sagemaker.describe_training_job(TrainingJobName=job)
        ended = description["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")
        try:
            if stream is None:
                streams = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=job + "/")["logStreams"]
                stream = streams[0]["logStreamName"] if streams else None
            if stream is not None:
                arguments = {"nextToken": token} if token else {"startFromHead": True}
                page = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream, **arguments)
                token = page["nextForwardToken"]
                for event in page["events"]:
                    print(paint("  │ ", "2") + event["message"].replace("\t", "  "))
        except logs.exceptions.ResourceNotFoundException:
            pass
        if ended:
            return description
        time.sleep(0.05)


def wait_in_service(sagemaker, endpoint):
    while True:
        description = sagemaker.describe_endpoint(EndpointName=endpoint)
        if description["EndpointStatus"] == "InService":
            return
        if description["EndpointStatus"] == "Failed":
            raise SystemExit("The endpoint failed: " + description["FailureReason"])
        time.sleep(0.02)


def draw_roc(label, score, auc, path):
    false_positive, true_positive, _ = roc_curve(label, score)
    figure, axes = plt.subplots(figsize=(6, 6), dpi=120)
    axes.plot([0, 1], [0, 1], "--", color="#999999", label="chance")
    axes.plot(false_positive, true_positive, color="#1f6f54", linewidth=2.5, label=f"XGBoost, AUC {auc:.4f}")
    axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set_title("ROC curve on the held-out rows")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(path)
    return false_positive, true_positive


def draw_roc_in_terminal(false_positive, true_positive, width=40, height=12):
    grid = [[" "] * (width + 1) for _ in range(height + 1)]
    for x in np.linspace(0, 1, 4 * width):
        y = np.interp(x, false_positive, true_positive)
        grid[height - round(y * height)][round(x * width)] = "●"
    for x in range(width + 1):
        y = height - round(x / width * height)
        if grid[y][x] == " ":
            grid[y][x] = "·"
    print("  true positive rate")
    for number, row in enumerate(grid):
        tick = {0: "1.0", height: "0.0"}.get(number, "   ")
        print(f"  {tick} │{''.join(row)}")
    print("      └" + "─" * (width + 1) + "\n      0.0" + "false positive rate".center(width - 5) + "1.0")


def empty_and_delete_bucket(s3, bucket):
    deleted = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})
            deleted += [f"s3://{bucket}/{key['Key']}" for key in keys]
    s3.delete_bucket(Bucket=bucket)
    return deleted + [f"s3://{bucket}"]


def still_costing(sagemaker):
    def arns(operation, path, **filters):
        return list(sagemaker.get_paginator(operation).paginate(**filters).search(path))
    jobs = [arns("list_training_jobs", "TrainingJobSummaries[].TrainingJobArn", StatusEquals=state) for state in ("InProgress", "Stopping")]
    return arns("list_endpoints", "Endpoints[].EndpointArn") + sum(jobs, [])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", default="quickstart-roc.png", help="where to write the ROC curve (default %(default)s)")
    parser.add_argument("--role", default=os.environ.get("SAGEMAKER_ROLE"), help="role of the job (default $SAGEMAKER_ROLE)")
    options = parser.parse_args()
    if not options.role:
        raise SystemExit('No role is set. Run eval "$(sagebrush env)" first, or give --role ARN.')

    s3, sagemaker, logs = (boto3.client(name) for name in ("s3", "sagemaker", "logs"))
    runtime = boto3.client("sagemaker-runtime")
    region = s3.meta.region_name
    name = time.strftime("quickstart-%H%M%S")
    bucket = f"sagemaker-{name}"
    image = f"683313688378.dkr.ecr.{region}.amazonaws.com/sagemaker-xgboost:1.7-1"

    train, valid, test, test_label = load_data()
    timeline = Timeline()

    s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}))
    s3.put_object(Bucket=bucket, Key="train/train.csv", Body=to_csv(train))
    s3.put_object(Bucket=bucket, Key="validation/validation.csv", Body=to_csv(valid))
    timeline.step(f"bucket, upload of {len(train) + len(valid)} rows")

    channel = lambda which: {
        "ChannelName": which,
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{which}/", "S3DataDistributionType": "FullyReplicated"}},
    }
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        RoleArn=options.role,
        InputDataConfig=[channel("train"), channel("validation")],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/output"},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
        HyperParameters={"objective": "binary:logistic", "num_round": "100", "max_depth": "6", "eta": "0.2", "subsample": "0.8",
                         "eval_metric": "auc", "early_stopping_rounds": "20", "seed": "1"},
    )
    job = follow_log(logs, sagemaker, name)
    if job["TrainingJobStatus"] != "Completed":
        raise SystemExit(f"The training job ended {job['TrainingJobStatus']}: {job.get('FailureReason', '')}")
    timeline.step("train (CreateTrainingJob to end)")
    for metric in job.get("FinalMetricDataList", []):
        print(f"  {metric['MetricName']} = {metric['Value']:.5f}")

    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=options.role,
        PrimaryContainer={"Image": image, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]},
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "InitialVariantWeight": 1}],
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    timeline.step("deploy (CreateEndpoint to InService)")

    score = []
    for row in test:
        reply = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=to_csv([row]))
        score.append(float(reply["Body"].read()))
    timeline.step(f"predict {len(test)} held-out rows, one a call")

    auc = roc_auc_score(test_label, score)
    false_positive, true_positive = draw_roc(test_label, score, auc, options.picture)
    timeline.step("ROC curve")
    print(paint(f"\nAUC on {len(test)} held-out rows: {auc:.4f}", "1"))
    draw_roc_in_terminal(false_positive, true_positive)
    print(f"  picture: {os.path.abspath(options.picture)}\n")

    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName=name)
    while any(e["EndpointName"] == name for e in sagemaker.list_endpoints(NameContains=name)["Endpoints"]):
        time.sleep(0.02)
    deleted = [f"endpoint {name}", f"endpoint configuration {name}", f"model {name}", *empty_and_delete_bucket(s3, bucket)]
    timeline.step("clean up")
    timeline.show()

    print(paint("\nDeleted", "1"))
    for item in deleted:
        print(f"  {item}")
    left = still_costing(sagemaker)
    print(paint("\nWhat would still cost money: ", "1") + (", ".join(left) if left else "nothing."))


if __name__ == "__main__":
    main()
