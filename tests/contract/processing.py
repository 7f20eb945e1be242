"""What tests of processing jobs need: requests whose program is a shell script, and what came of them."""

from live_server import wait_until
from training import ENDED, IMAGE


def processing_input(name, uri, local_path, **source):
    return {"InputName": name, "S3Input": {"S3Uri": uri, "LocalPath": local_path, "S3DataType": "S3Prefix",
                                           "S3InputMode": "File", **source}}


def processing_output(name, uri, local_path, mode="EndOfJob"):
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": local_path, "S3UploadMode": mode}}


def processing_request(aws, name, **changes):
    request = {
        "ProcessingJobName": name,
        "RoleArn": aws.role,
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["/bin/true"]},
        "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
    }
    request.update(changes)
    return request


def run_script(aws, bucket, name, script, arguments=(), wait=True, **changes):
    """A job that runs a shell script, which comes as the input `code`. Describes it as it ended."""
    aws.client("s3").put_object(Bucket=bucket, Key=f"code/{name}/run.sh", Body=script)
    application = {"ImageUri": IMAGE, "ContainerEntrypoint": ["/bin/bash", "/opt/ml/processing/input/code/run.sh"]}
    if arguments:
        application["ContainerArguments"] = list(arguments)
    code = processing_input("code", f"s3://{bucket}/code/{name}/run.sh", "/opt/ml/processing/input/code")
    inputs = [*changes.pop("ProcessingInputs", []), code]
    aws.client("sagemaker").create_processing_job(
        **processing_request(aws, name, AppSpecification=application, ProcessingInputs=inputs, **changes))
    return wait_for_processing(aws, name) if wait else None


def wait_for_processing(aws, name, states=ENDED, seconds=90):
    sagemaker = aws.client("sagemaker")

    def ended():
        job = sagemaker.describe_processing_job(ProcessingJobName=name)
        return job if job["ProcessingJobStatus"] in states else None

    return wait_until(ended, f"processing job {name} to be {states}", seconds)


def processing_log(aws, name):
    logs = aws.client("logs")
    group = "/aws/sagemaker/ProcessingJobs"
    stream = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name + "/")["logStreams"][0]["logStreamName"]
    return [e["message"] for e in logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]]
