"""AddTags, ListTags, DeleteTags on any noun, and policies that look at tags."""

import json

import pytest
from botocore.exceptions import ClientError

from test_training_job import error_of
from training import IMAGE


@pytest.fixture
def model(aws):
    sagemaker = aws.client("sagemaker")
    arn = sagemaker.create_model(ModelName="tagged", ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE},
                                 Tags=[{"Key": "team", "Value": "a"}])["ModelArn"]
    yield arn
    sagemaker.delete_model(ModelName="tagged")


def tags(sagemaker, arn):
    return {t["Key"]: t["Value"] for t in sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def test_tags_are_added_replaced_and_deleted(aws, model):
    sagemaker = aws.client("sagemaker")
    assert tags(sagemaker, model) == {"team": "a"}
    sagemaker.add_tags(ResourceArn=model, Tags=[{"Key": "team", "Value": "b"}, {"Key": "stage", "Value": "dev"}])
    assert tags(sagemaker, model) == {"team": "b", "stage": "dev"}
    sagemaker.delete_tags(ResourceArn=model, TagKeys=["team", "unknown"])
    assert tags(sagemaker, model) == {"stage": "dev"}


def test_tags_of_nothing_are_refused(aws):
    sagemaker = aws.client("sagemaker")
    missing = f"arn:aws:sagemaker:{aws.region}:{aws.account}:model/nobody"
    assert error_of(sagemaker.list_tags, ResourceArn=missing)[1] == f'Could not find model "{missing}".'
    assert error_of(sagemaker.add_tags, ResourceArn="arn:aws:sagemaker:us-east-1:999999999999:model/x",
                    Tags=[{"Key": "a", "Value": "b"}])[0] in ("ValidationException", "AccessDeniedException")


def test_a_policy_on_a_tag_decides(aws, model):
    iam = aws.client("iam")
    iam.create_user(UserName="tag-reader")
    key = iam.create_access_key(UserName="tag-reader")["AccessKey"]
    iam.put_user_policy(UserName="tag-reader", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sagemaker:DescribeModel", "Resource": "*",
                       "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}}]}))
    reader = aws.client("sagemaker", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert reader.describe_model(ModelName="tagged")["ModelName"] == "tagged"
    aws.client("sagemaker").add_tags(ResourceArn=model, Tags=[{"Key": "team", "Value": "b"}])
    with pytest.raises(ClientError) as raised:
        reader.describe_model(ModelName="tagged")
    assert raised.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "is not authorized to perform: sagemaker:DescribeModel on resource: arn:" in str(raised.value)
