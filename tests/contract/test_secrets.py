"""Secrets Manager through boto3. Behaviour by docs.aws.amazon.com/secretsmanager/latest/apireference, named at each test."""

import json
import uuid

import pytest

from test_access import document, statement, users  # noqa: F401 (a fixture)
from test_kms import refusal


@pytest.fixture
def secrets(aws):
    return aws.client("secretsmanager")


@pytest.fixture
def name(secrets):
    name = f"test/{uuid.uuid4().hex[:8]}"
    yield name
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True) if refusal(secrets.describe_secret, SecretId=name) == "" else None


# API_CreateSecret, API_GetSecretValue; the ARN ends in a hyphen and six random characters.
def test_a_value_comes_back(aws, secrets, name):
    made = secrets.create_secret(Name=name, SecretString='{"user": "a"}', Description="d", Tags=[{"Key": "team", "Value": "x"}])
    assert made["ARN"].startswith(f"arn:aws:secretsmanager:{aws.region}:{aws.account}:secret:{name}-") and len(made["ARN"].rsplit("-", 1)[1]) == 6
    got = secrets.get_secret_value(SecretId=made["ARN"])
    assert (got["SecretString"], got["VersionId"], got["VersionStages"]) == ('{"user": "a"}', made["VersionId"], ["AWSCURRENT"])
    told = secrets.describe_secret(SecretId=name)
    assert told["Tags"] == [{"Key": "team", "Value": "x"}] and told["VersionIdsToStages"] == {made["VersionId"]: ["AWSCURRENT"]}
    assert refusal(secrets.create_secret, Name=name, SecretString="other") == "ResourceExistsException"
    assert refusal(secrets.get_secret_value, SecretId="missing") == "ResourceNotFoundException"


# API_PutSecretValue, API_UpdateSecretVersionStage, "Secret versions".
def test_versions_and_stages(secrets, name):
    first = secrets.create_secret(Name=name, SecretBinary=b"\x00one")["VersionId"]
    second = secrets.put_secret_value(SecretId=name, SecretBinary=b"two")["VersionId"]
    assert secrets.get_secret_value(SecretId=name)["SecretBinary"] == b"two"
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretBinary"] == b"\x00one"
    secrets.update_secret_version_stage(SecretId=name, VersionStage="AWSCURRENT", RemoveFromVersionId=second, MoveToVersionId=first)
    assert secrets.get_secret_value(SecretId=name)["VersionId"] == first
    assert secrets.get_secret_value(SecretId=name, VersionId=second)["VersionStages"] == ["AWSPREVIOUS"]
    assert {row["VersionId"] for row in secrets.list_secret_version_ids(SecretId=name)["Versions"]} == {first, second}


# API_DeleteSecret, API_RestoreSecret.
def test_deletion_and_recovery(secrets, name):
    secrets.create_secret(Name=name, SecretString="text")
    secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    assert refusal(secrets.get_secret_value, SecretId=name) == "InvalidRequestException"
    assert refusal(secrets.create_secret, Name=name, SecretString="text") == "InvalidRequestException"
    listed = lambda **options: {row["Name"] for page in secrets.get_paginator("list_secrets").paginate(**options) for row in page["SecretList"]}  # noqa: E731
    assert name not in listed() and name in listed(IncludePlannedDeletion=True)
    secrets.restore_secret(SecretId=name)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "text"


# "Secret encryption and decryption": the key of the secret decides too; the default key serves all of the account.
def test_the_key_of_a_secret_is_asked(aws, secrets, name, users):  # noqa: F811
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name=name, SecretString="text", KmsKeyId=key)
    reader = users.client("secretsmanager", "secret-reader", statement("Allow", "secretsmanager:GetSecretValue"))
    assert refusal(reader.get_secret_value, SecretId=name) == "AccessDeniedException"
    kms.disable_key(KeyId=key)
    assert refusal(secrets.get_secret_value, SecretId=name) == "DecryptionFailure"
    kms.enable_key(KeyId=key)
    secrets.update_secret(SecretId=name, KmsKeyId="alias/aws/secretsmanager")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert reader.get_secret_value(SecretId=name)["SecretString"] == "text"


# API_PutResourcePolicy, API_ValidateResourcePolicy.
def test_resource_policies(aws, secrets, name, users):  # noqa: F811
    secrets.create_secret(Name=name, SecretString="text")
    reader = users.client("secretsmanager", "secret-nobody")
    assert refusal(reader.get_secret_value, SecretId=name) == "AccessDeniedException"
    given = {**statement("Allow", "secretsmanager:GetSecretValue"), "Principal": {"AWS": f"arn:aws:iam::{aws.account}:user/secret-nobody"}}
    secrets.put_resource_policy(SecretId=name, ResourcePolicy=document(given), BlockPublicPolicy=True)
    assert json.loads(secrets.get_resource_policy(SecretId=name)["ResourcePolicy"])["Statement"] == [given]
    assert reader.get_secret_value(SecretId=name)["SecretString"] == "text"
    public = document({**given, "Principal": "*"})
    assert refusal(secrets.put_resource_policy, SecretId=name, ResourcePolicy=public, BlockPublicPolicy=True) == "PublicPolicyException"
    assert not secrets.validate_resource_policy(ResourcePolicy=public)["PolicyValidationPassed"]
    secrets.delete_resource_policy(SecretId=name)
    assert refusal(reader.get_secret_value, SecretId=name) == "AccessDeniedException"


# API_ListSecrets (filters), API_BatchGetSecretValue, API_GetRandomPassword, API_TagResource.
def test_lists_batches_and_passwords(aws, secrets, name):
    arn = secrets.create_secret(Name=name, SecretString="text")["ARN"]
    secrets.tag_resource(SecretId=name, Tags=[{"Key": "colour", "Value": "blue"}])
    by_tag = [{"Key": "tag-value", "Values": ["blue"]}]
    assert name in [row["Name"] for row in secrets.list_secrets(Filters=by_tag)["SecretList"]]
    tagged = aws.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["secretsmanager"], TagFilters=[{"Key": "colour"}])
    assert [row["ResourceARN"] for row in tagged["ResourceTagMappingList"]] == [arn]
    batch = secrets.batch_get_secret_value(SecretIdList=[name, "missing"])
    assert [row["SecretString"] for row in batch["SecretValues"]] == ["text"]
    assert [row["ErrorCode"] for row in batch["Errors"]] == ["ResourceNotFoundException"]
    password = secrets.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]
    assert len(password) == 20 and password.isalnum()


def test_what_is_not_built_is_refused(secrets, name):
    assert refusal(secrets.create_secret, Name=name, AddReplicaRegions=[{"Region": "eu-west-1"}]) == "InvalidParameterException"
    assert refusal(secrets.rotate_secret, SecretId=name) == "UnknownOperationException"


def test_a_secret_is_in_no_file_and_outlives_a_kill(server):
    server.client("secretsmanager").create_secret(Name="kept", SecretString="a text that no file may have")
    server.kill()
    for file in server.data.rglob("*"):
        assert not file.is_file() or b"a text that no file may have" not in file.read_bytes(), file
    server.start()
    assert server.client("secretsmanager").get_secret_value(SecretId="kept")["SecretString"] == "a text that no file may have"
