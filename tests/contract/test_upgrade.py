"""Data directories that earlier releases wrote (tests/fixtures/make_data_directory.py) serve as before."""

import base64
import json
import shutil
import sqlite3

import pytest

from live_server import ROOT, Server

RELEASES = sorted((ROOT / "tests/fixtures/data_directory").glob("*.json"))
SECRETS = ("credentials", "server.key", "complete", "tls")


def rows_with_secrets(data):
    connection = sqlite3.connect(data / "resources.db")
    connection.row_factory = sqlite3.Row
    return [dict(row) for row in connection.execute("SELECT * FROM resource WHERE kind IN ('iam-access-key', 'iam-account')")]


def lay_out(data, old, new):
    """The directory `old` describes, with the keys of the server whose directory is `new`."""
    for name, content in old["files"].items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(base64.b64decode(content))
    for name, database in old["databases"].items():
        connection = sqlite3.connect(data / name)
        connection.executescript("\n".join(database["sql"]))
        connection.execute(f"PRAGMA user_version = {database['user_version']}")
        if name == "resources.db":
            for row in rows_with_secrets(new):
                known = {column[1] for column in connection.execute("PRAGMA table_info(resource)")} - {"id", "sum"}
                row = {column: value for column, value in row.items() if column in known}
                connection.execute(f"INSERT INTO resource ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
        connection.commit()
        connection.close()
    for name in SECRETS:
        (shutil.copytree if (new / name).is_dir() else shutil.copy)(new / name, data / name)


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def upgraded(request, tmp_path):
    old = json.loads(request.param.read_text())
    fresh = Server(tmp_path / "fresh")
    fresh.stop()
    (tmp_path / "data").mkdir()
    lay_out(tmp_path / "data", old, tmp_path / "fresh")
    server = Server(tmp_path / "data")
    yield server, old
    server.end()


def described(server, name):
    job = server.client("sagemaker").describe_training_job(TrainingJobName=name)
    return json.loads(json.dumps({key: value for key, value in job.items() if key != "ResponseMetadata"}, default=str))


def test_an_older_data_directory_serves_as_before(upgraded):
    server, old = upgraded
    sagemaker, s3, iam, logs = (server.client(service) for service in ("sagemaker", "s3", "iam", "logs"))

    def look(*changed):
        for name, before in old["training_jobs"].items():
            now = described(server, name)
            kept = [key for key in before if key not in changed]
            assert {key: now.get(key) for key in kept} == {key: before[key] for key in kept}
        hello = s3.get_object(Bucket="sagemaker-old", Key="folder/hello.txt")
        assert hello["Body"].read() == b"hello" and hello["Metadata"] == {"a": "b"}
        model = sagemaker.describe_model(ModelName="old-model")["PrimaryContainer"]["ModelDataUrl"]
        assert s3.head_object(Bucket="sagemaker-old", Key=model.split("/", 3)[3])["ContentLength"] > 0
        assert sagemaker.describe_endpoint_config(EndpointConfigName="old-config")["ProductionVariants"][0]["ModelName"] == "old-model"
        assert iam.list_user_policies(UserName="old-user")["PolicyNames"] == ["p"]
        events = logs.filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="old-job/")["events"]
        assert [event["message"] for event in events] == ["hello"]
    look()
    # What lists and searches are made of was not there in older ones.
    assert [job["TrainingJobName"] for job in sagemaker.list_training_jobs(StatusEquals="Completed")["TrainingJobSummaries"]] == ["old-job"]
    found = sagemaker.search(Resource="TrainingJob", SearchExpression={"Filters": [{"Name": "Tags.team", "Value": "old"}]})["Results"]
    assert [one["TrainingJob"]["TrainingJobName"] for one in found] == ["old-job"]
    # And it can be written to, and started again.
    sagemaker.add_tags(ResourceArn=old["training_jobs"]["old-job"]["TrainingJobArn"], Tags=[{"Key": "new", "Value": "1"}])
    sagemaker.delete_endpoint_config(EndpointConfigName="old-config")
    sagemaker.create_endpoint_config(EndpointConfigName="old-config", ProductionVariants=[
        {"VariantName": "v", "ModelName": "old-model", "InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}])
    server.kill()
    server.start()
    look("LastModifiedTime")
    tags = sagemaker.list_tags(ResourceArn=old["training_jobs"]["old-job"]["TrainingJobArn"])["Tags"]
    assert sorted(tag["Key"] for tag in tags) == ["new", "team"]
