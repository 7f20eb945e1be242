"""Parameter Store through boto3. Behaviour by docs.aws.amazon.com/systems-manager/latest/APIReference, named at each test."""

import uuid

import pytest

from test_access import statement, users  # noqa: F401 (a fixture)
from test_kms import refusal


@pytest.fixture
def ssm(aws):
    return aws.client("ssm")


@pytest.fixture
def path(ssm):
    """A hierarchy of the test's own, gone afterwards."""
    path = f"/test-{uuid.uuid4().hex[:8]}"
    yield path
    names = [row["Name"] for page in ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True) for row in page["Parameters"]]
    for name in names:
        ssm.delete_parameter(Name=name)


# API_PutParameter, API_GetParameter.
def test_put_and_get(aws, ssm, path):
    assert ssm.put_parameter(Name=f"{path}/a", Value="text", Type="String")["Version"] == 1
    got = ssm.get_parameter(Name=f"{path}/a")["Parameter"]
    assert (got["Value"], got["Type"], got["Version"], got["DataType"]) == ("text", "String", 1, "text")
    assert got["ARN"] == f"arn:aws:ssm:{aws.region}:{aws.account}:parameter{path}/a"
    assert refusal(ssm.put_parameter, Name=f"{path}/a", Value="x", Type="String") == "ParameterAlreadyExists"
    assert refusal(ssm.get_parameter, Name=f"{path}/missing") == "ParameterNotFound"


# "Working with parameter versions", API_LabelParameterVersion, API_GetParameterHistory.
def test_versions_labels_and_history(ssm, path):
    name = f"{path}/a"
    ssm.put_parameter(Name=name, Value="one", Type="StringList")
    assert ssm.put_parameter(Name=name, Value="two,three", Overwrite=True)["Version"] == 2
    assert ssm.get_parameter(Name=f"{name}:1")["Parameter"]["Value"] == "one"
    ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["good"])
    assert ssm.get_parameter(Name=f"{name}:good")["Parameter"]["Selector"] == ":good"
    history = [row for page in ssm.get_paginator("get_parameter_history").paginate(Name=name, PaginationConfig={"PageSize": 1})
               for row in page["Parameters"]]
    assert [(row["Value"], row["Labels"]) for row in history] == [("one", ["good"]), ("two,three", [])]


# "Working with parameter hierarchies", API_GetParametersByPath.
def test_paths(ssm, path):
    for name in ("a", "b/c", "b/d"):
        ssm.put_parameter(Name=f"{path}/{name}", Value=name, Type="String")
    below = lambda **options: [row["Name"][len(path):] for page in ssm.get_paginator("get_parameters_by_path").paginate(**options)  # noqa: E731
                               for row in page["Parameters"]]
    assert below(Path=path) == ["/a"]
    assert below(Path=path, Recursive=True, PaginationConfig={"PageSize": 1}) == ["/a", "/b/c", "/b/d"]
    described = ssm.describe_parameters(ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": [path]}])["Parameters"]
    assert len(described) == 3 and "Value" not in described[0]


# "AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters".
@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_secure_strings(aws, ssm, path, users, tier):  # noqa: F811
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    name = f"{path}/a"
    ssm.put_parameter(Name=name, Value="secret", Type="SecureString", KeyId=key, Tier=tier)
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "secret"
    assert "secret" not in ssm.get_parameter(Name=name)["Parameter"]["Value"]
    reader = users.client("ssm", f"parameter-reader-{tier}", statement("Allow", "ssm:GetParameter"))
    assert refusal(reader.get_parameter, Name=name, WithDecryption=True) == "AccessDeniedException"
    kms.disable_key(KeyId=key)
    assert refusal(ssm.get_parameter, Name=name, WithDecryption=True) == "InvalidKeyId"


# API_AddTagsToResource; resourcegroupstaggingapi sees them.
def test_tags(aws, ssm, path):
    name = f"{path}/a"
    ssm.put_parameter(Name=name, Value="x", Type="String", Tags=[{"Key": "colour", "Value": "red"}])
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=[{"Key": "size", "Value": "1"}])
    assert {tag["Key"] for tag in ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]} == {"colour", "size"}
    tagging = aws.client("resourcegroupstaggingapi")
    found = tagging.get_resources(ResourceTypeFilters=["ssm:parameter"], TagFilters=[{"Key": "size"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"].split("parameter")[1] for row in found] == [name]
    tagging.untag_resources(ResourceARNList=[found[0]["ResourceARN"]], TagKeys=["size", "colour"])
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"] == []


def test_what_is_not_built_is_refused(ssm, path):
    assert refusal(ssm.put_parameter, Name=f"{path}/a", Value="x", Type="String", Tier="Advanced",
                   Policies='[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-01T00:00:00Z"}}]') == "InvalidPolicyTypeException"
    assert refusal(ssm.put_parameter, Name=f"{path}/a", Value="ami-1", Type="String", DataType="aws:ec2:image") == "ValidationException"
    assert refusal(ssm.list_documents) == "UnknownOperationException"
