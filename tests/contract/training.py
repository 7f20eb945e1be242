"""What several contract tests need to train and deploy: a bucket with data, requests with defaults."""

import random

from live_server import wait_until

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ENDED = ("Completed", "Failed", "Stopped")


def csv_rows(count, seed=1):
    """Rows `label,x1,x2` with label = x1 > x2, as an XGBoost CSV channel has them."""
    rng = random.Random(seed)
    rows = [(rng.random(), rng.random()) for _ in range(count)]
    return "".join(f"{int(a > b)},{a:.6f},{b:.6f}\n" for a, b in rows)


def make_bucket(aws, name):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="train/part-0.csv", Body=csv_rows(200))
    s3.put_object(Bucket=name, Key="validation/part-0.csv", Body=csv_rows(50, seed=2))
    return name


def channel(bucket, name, **source):
    return {"ChannelName": name, "ContentType": "text/csv",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{name}", **source}}}


def job_request(aws, bucket, name, **changes):
    request = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": aws.role,
        "InputDataConfig": [channel(bucket, "train"), channel(bucket, "validation")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "HyperParameters": {"objective": "binary:logistic", "num_round": "5", "eval_metric": "logloss"},
    }
    request.update(changes)
    return request


def shell_job(aws, bucket, name, script, **changes):
    """A job that runs a shell script in the sandbox instead of the algorithm. The script comes as the channel `code`."""
    aws.client("s3").put_object(Bucket=bucket, Key=f"code/{name}/run.sh", Body=script)
    specification = {"TrainingImage": IMAGE, "TrainingInputMode": "File",
                     "ContainerEntrypoint": ["/bin/bash"], "ContainerArguments": ["/opt/ml/input/data/code/run.sh"]}
    request = job_request(aws, bucket, name, AlgorithmSpecification=specification, HyperParameters={}, **changes)
    code = channel(bucket, "code", S3Uri=f"s3://{bucket}/code/{name}/")
    return {**request, "InputDataConfig": [code, *request["InputDataConfig"]]}


def wait_for_job(aws, name, states=ENDED, seconds=90):
    sagemaker = aws.client("sagemaker")

    def ended():
        job = sagemaker.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in states else None

    return wait_until(ended, f"training job {name} to be {states}", seconds)


def run_shell_job(aws, bucket, name, script, **changes):
    """Describes it as it ended."""
    aws.client("sagemaker").create_training_job(**shell_job(aws, bucket, name, script, **changes))
    return wait_for_job(aws, name)


def log_lines(aws, name):
    logs = aws.client("logs")
    group = "/aws/sagemaker/TrainingJobs"
    stream = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name + "/")["logStreams"][0]["logStreamName"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    return [event["message"] for event in events]


def train(aws, bucket, name):
    aws.client("sagemaker").create_training_job(**job_request(aws, bucket, name))
    job = wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job["ModelArtifacts"]["S3ModelArtifacts"]


def create_model(aws, name, artifact, **container):
    return aws.client("sagemaker").create_model(
        ModelName=name, ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": artifact, **container})


def create_config(aws, name, model, count=1):
    variant = {"VariantName": "AllTraffic", "ModelName": model, "InstanceType": "ml.t2.medium",
               "InitialInstanceCount": count, "InitialVariantWeight": 1}
    return aws.client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def deploy(aws, bucket, name, archive):
    """Begins an endpoint, its configuration and its model of that name, with the bytes of a model archive."""
    aws.client("s3").put_object(Bucket=bucket, Key=f"{name}.tar.gz", Body=archive)
    create_model(aws, name, f"s3://{bucket}/{name}.tar.gz")
    create_config(aws, name, name)
    aws.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)


def wait_for_endpoint(aws, name, state="InService", seconds=60):
    sagemaker = aws.client("sagemaker")

    def reached():
        endpoint = sagemaker.describe_endpoint(EndpointName=name)
        if state == "InService":
            assert endpoint["EndpointStatus"] != "Failed", endpoint.get("FailureReason")
        return endpoint if endpoint["EndpointStatus"] == state else None

    return wait_until(reached, f"endpoint {name} to be {state}", seconds)


def delete_endpoint(aws, name):
    sagemaker = aws.client("sagemaker")
    sagemaker.delete_endpoint(EndpointName=name)
    wait_until(lambda: name not in [e["EndpointName"] for e in sagemaker.list_endpoints(NameContains=name)["Endpoints"]],
               f"endpoint {name} to go")
