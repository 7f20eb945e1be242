"""What a user with few rights may do: condition keys, all resources of an operation, one name for one resource."""

import json

import botocore.config
import pytest
import urllib3
from botocore.exceptions import ClientError

from training import IMAGE, job_request, make_bucket


def statement(effect, action, resource="*", **condition):
    return {"Effect": effect, "Action": action, "Resource": resource} | ({"Condition": condition} if condition else {})


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Users:
    """Makes users with policies of their own, and deletes them."""

    def __init__(self, aws):
        self.aws, self.iam, self.names = aws, aws.client("iam"), []

    def key(self, name, *statements, boundary=None):
        """The access key of a new user that may do what `statements` say."""
        self.names.append(name)
        if boundary:
            arn = self.iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=document(*boundary))["Policy"]["Arn"]
            self.iam.create_user(UserName=name, PermissionsBoundary=arn)
        else:
            self.iam.create_user(UserName=name)
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def client(self, service, name, *statements, boundary=None, **options):
        return self.aws.client(service, **self.key(name, *statements, boundary=boundary), **options)

    def end(self):
        for name in self.names:
            for key in self.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
                self.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
            for policy in self.iam.list_user_policies(UserName=name)["PolicyNames"]:
                self.iam.delete_user_policy(UserName=name, PolicyName=policy)
            boundary = self.iam.get_user(UserName=name)["User"].get("PermissionsBoundary")
            self.iam.delete_user(UserName=name)
            if boundary:
                self.iam.delete_policy(PolicyArn=boundary["PermissionsBoundaryArn"])


@pytest.fixture
def users(aws):
    made = Users(aws)
    yield made
    made.end()


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "access")


@pytest.fixture(scope="module")
def models(aws, bucket):
    """Models `mine` and `yours`, and a configuration `secret`."""
    aws.client("s3").put_object(Bucket=bucket, Key="model.tar.gz", Body=b"none")
    sagemaker = aws.client("sagemaker")
    for name in ("mine", "yours"):
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=aws.role,
                               PrimaryContainer={"Image": IMAGE})
    sagemaker.create_endpoint_config(EndpointConfigName="secret", ProductionVariants=[
        {"VariantName": "a", "ModelName": "mine", "InitialInstanceCount": 1, "InstanceType": "ml.t2.medium"}])
    yield f"arn:aws:sagemaker:{aws.region}:{aws.account}:model/"
    sagemaker.delete_endpoint_config(EndpointConfigName="secret")
    for name in ("mine", "yours"):
        sagemaker.delete_model(ModelName=name)


def outcome(call, **arguments):
    """The code of the error that a call ends with; "" for none."""
    try:
        call(**arguments)
        return ""
    except ClientError as error:
        return error.response["Error"]["Code"]


ALL = statement("Allow", ["sagemaker:*", "s3:*", "iam:PassRole", "logs:*"])


# Keys as https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html lists them.
@pytest.mark.parametrize("condition, denied, allowed", [
    ({"ForAnyValue:StringLike": {"sagemaker:InstanceTypes": "ml.p4*"}},
     {"ResourceConfig": {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}}, {}),
    ({"ForAllValues:StringNotEquals": {"sagemaker:InstanceTypes": ["ml.m4.xlarge"]}}, {},
     {"ResourceConfig": {"InstanceType": "ml.m4.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}}),
    ({"NumericGreaterThan": {"sagemaker:MaxRuntimeInSeconds": "600"}}, {"StoppingCondition": {"MaxRuntimeInSeconds": 3600}}, {}),
    # What is not said is what the server takes: a day.
    ({"NumericGreaterThan": {"sagemaker:MaxRuntimeInSeconds": "600"}}, {"StoppingCondition": {}}, {}),
    ({"Bool": {"sagemaker:NetworkIsolation": "false"}}, {}, {"EnableNetworkIsolation": True}),
    ({"Bool": {"sagemaker:InterContainerTrafficEncryption": "false"}}, {}, {"EnableInterContainerTrafficEncryption": True}),
    ({"Null": {"sagemaker:VpcSubnets": "true"}}, {}, {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}),
    ({"ForAnyValue:StringEquals": {"sagemaker:VpcSecurityGroupIds": "sg-1"}},
     {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1", "sg-2"]}}, {}),
    ({"Null": {"aws:RequestTag/team": "true"}}, {}, {"Tags": [{"Key": "team", "Value": "a"}]}),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": "free"}}, {"Tags": [{"Key": "free", "Value": "a"}]}, {}),
    # A key that nobody knows might hold: the Deny applies, whatever the operator makes of an absent key.
    ({"StringEquals": {"sagemaker:InstanceType": "ml.p4d.24xlarge"}}, {}, None),
    ({"StringEquals": {"aws:SomethingNew": "x"}}, {}, None),
])
def test_a_deny_on_a_key_of_create_training_job_applies(aws, bucket, users, condition, denied, allowed):
    sagemaker = users.client("sagemaker", "conditions", ALL, statement("Deny", "sagemaker:CreateTrainingJob", **condition))
    # No such image: what is not denied is refused all the same, and nothing starts.
    request = job_request(aws, bucket, "conditions", AlgorithmSpecification={"TrainingImage": "none", "TrainingInputMode": "File"})
    assert outcome(sagemaker.create_training_job, **{**request, **denied}) == "AccessDeniedException"
    if allowed is not None:
        assert outcome(sagemaker.create_training_job, **{**request, **allowed}) == "ValidationException"


def test_an_allow_on_a_key_that_nobody_knows_never_applies(aws, users):
    for name, condition in (("a", {"StringNotEquals": {"aws:SomethingNew": "x"}}),
                            ("b", {"ForAllValues:StringEquals": {"sagemaker:Misspelt": "x"}}),
                            ("c", {"StringEqualsIfExists": {"aws:SomethingNew": "x"}}),
                            ("d", {"Null": {"aws:SomethingNew": "true"}})):
        sagemaker = users.client("sagemaker", f"unknown-{name}", statement("Allow", "sagemaker:ListModels", **condition))
        assert outcome(sagemaker.list_models) == "AccessDeniedException", name


def test_a_deny_on_the_tags_of_a_resource_applies(aws, models, users):
    for number, key in enumerate(("aws:ResourceTag/team", "sagemaker:ResourceTag/team")):
        sagemaker = users.client("sagemaker", f"tagged-{number}", ALL, statement(
            "Deny", "sagemaker:*", StringEquals={key: "blue"}))
        assert outcome(sagemaker.describe_model, ModelName="mine") == ""
        aws.client("sagemaker").add_tags(ResourceArn=models + "mine", Tags=[{"Key": "team", "Value": "blue"}])
        assert outcome(sagemaker.describe_model, ModelName="mine") == "AccessDeniedException"
        assert outcome(sagemaker.list_tags, ResourceArn=models + "mine") == "AccessDeniedException"
        assert outcome(sagemaker.delete_tags, ResourceArn=models + "mine", TagKeys=["team"]) == "AccessDeniedException"
        aws.client("sagemaker").delete_tags(ResourceArn=models + "mine", TagKeys=["team"])


def test_one_resource_has_one_arn(aws, models, users):
    """The ARN that is checked is the ARN that is used: other spellings of it name nothing."""
    sagemaker = users.client("sagemaker", "speller", statement("Allow", "sagemaker:*"),
                             statement("Deny", "sagemaker:*", models + "yours"))
    yours = models + "yours"
    assert outcome(sagemaker.add_tags, ResourceArn=yours, Tags=[{"Key": "k", "Value": "v"}]) == "AccessDeniedException"
    for arn in (models + "YOURS", models + "Yours", models.replace("model/", "MODEL/") + "yours", models + "/yours", models + "yours/",
                yours.replace(aws.region, aws.region.upper()), yours.replace("arn:aws:", "arn:aws-cn:"),
                yours.replace("arn:aws:", "arn:x:"), yours.replace(aws.region, "eu-west-1"),
                yours.replace(aws.account, "999999999999"), yours + " ", yours + ":1", models + "mine/../yours"):
        for call in (lambda: sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}]),
                     lambda: sagemaker.list_tags(ResourceArn=arn),
                     lambda: sagemaker.delete_tags(ResourceArn=arn, TagKeys=["k"])):
            assert outcome(call) == "ValidationException", arn
    assert aws.client("sagemaker").list_tags(ResourceArn=yours)["Tags"] == []


def test_an_operation_needs_access_to_all_that_it_uses(aws, models, users):
    secret = f"arn:aws:sagemaker:{aws.region}:{aws.account}:endpoint-config/secret"
    sagemaker = users.client("sagemaker", "borrower", ALL, statement("Deny", "sagemaker:*", secret))
    for call in (sagemaker.create_endpoint, sagemaker.update_endpoint):
        with pytest.raises(ClientError) as raised:
            call(EndpointName="borrowed", EndpointConfigName="SECRET")
        assert raised.value.response["Error"]["Code"] == "AccessDeniedException"
        assert secret in str(raised.value)


def test_tags_on_creation_need_the_right_to_tag(aws, users):
    sagemaker = users.client("sagemaker", "tagger", statement("Allow", ["sagemaker:CreateModel", "iam:PassRole"]))
    request = {"ModelName": "tagged-at-birth", "ExecutionRoleArn": aws.role, "PrimaryContainer": {"Image": IMAGE}}
    with pytest.raises(ClientError) as raised:
        sagemaker.create_model(**request, Tags=[{"Key": "a", "Value": "b"}])
    assert "is not authorized to perform: sagemaker:AddTags on resource: arn:" in str(raised.value)
    assert outcome(sagemaker.create_model, **request) == ""
    aws.client("sagemaker").delete_model(ModelName="tagged-at-birth")


def test_a_role_that_may_not_be_passed_is_denied_in_sagemakers_words(aws, users):
    sagemaker = users.client("sagemaker", "passer", statement("Allow", "sagemaker:*"))
    with pytest.raises(ClientError) as raised:
        sagemaker.create_model(ModelName="passed", ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE})
    assert raised.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"User: arn:aws:iam::{aws.account}:user/passer is not authorized to perform: iam:PassRole on resource: "
                   f"{aws.role} because no identity-based policy allows the iam:PassRole action"}
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_role_may_be_passed_for_the_resource_that_the_policy_names(aws, users):
    model = f"arn:aws:sagemaker:{aws.region}:{aws.account}:model/for-this"
    sagemaker = users.client("sagemaker", "precise", statement("Allow", "sagemaker:*"), statement(
        "Allow", "iam:PassRole", aws.role, StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"},
        ArnEquals={"iam:AssociatedResourceArn": model}))
    create = lambda name: outcome(sagemaker.create_model, ModelName=name, ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE})
    assert (create("for-this"), create("for-that")) == ("", "AccessDeniedException")
    aws.client("sagemaker").delete_model(ModelName="for-this")


# Keys as https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html lists them.
@pytest.mark.parametrize("condition, denied, allowed", [
    ({"Null": {"s3:x-amz-server-side-encryption": "true"}}, {}, {"ServerSideEncryption": "AES256"}),
    ({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}, {"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "aws:kms"}),
    ({"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:key"}}, {}, {"SSEKMSKeyId": "arn:key"}),
    ({"StringEquals": {"s3:x-amz-acl": "public-read"}}, {"ACL": "public-read"}, {"ACL": "private"}),
    ({"StringNotEquals": {"s3:x-amz-storage-class": "STANDARD"}}, {"StorageClass": "GLACIER"}, {"StorageClass": "STANDARD"}),
    ({"Null": {"s3:if-none-match": "true"}}, {}, {"IfNoneMatch": "*"}),
    ({"StringEquals": {"s3:RequestObjectTag/a": "b"}}, {"Tagging": "a=b"}, {"Tagging": "a=c"}),
    ({"ForAnyValue:StringEquals": {"s3:RequestObjectTagKeys": "a"}}, {"Tagging": "a=b"}, {"Tagging": "c=d"}),
    ({"Bool": {"s3:ObjectCreationOperation": "true"}}, {}, None),
    ({"StringEquals": {"s3:authType": "REST-HEADER"}}, {}, None),
    ({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, {}, None),
    ({"StringLike": {"s3:x-amz-content-sha256": "*"}}, {}, None),
    ({"StringEquals": {"s3:ResourceAccount": "123456789012"}}, {}, None),
    ({"Bool": {"aws:SecureTransport": "false"}}, {}, None),
    ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {}, None),
    ({"StringEquals": {"s3:TlsVersion": "1.3"}}, None, {}),  # Nothing is encrypted here: absent.
])
def test_a_deny_on_a_key_of_put_object_applies(aws, bucket, users, condition, denied, allowed):
    s3 = users.client("s3", "s3-conditions", ALL, statement("Deny", "s3:PutObject", **condition))
    put = lambda **arguments: outcome(s3.put_object, Bucket=bucket, Key="conditions", Body=b"x", **arguments)
    if denied is not None:
        assert put(**denied) == "AccessDenied"
    if allowed is not None:
        assert put(**allowed) != "AccessDenied"
    aws.client("s3").delete_object(Bucket=bucket, Key="conditions")


def test_a_deny_unless_version_4_lets_version_4_pass(bucket, users):
    s3 = users.client("s3", "v4", ALL, statement("Deny", "s3:*", StringNotEquals={"s3:signatureversion": "AWS4-HMAC-SHA256"}))
    assert outcome(s3.head_object, Bucket=bucket, Key="train/part-0.csv") == ""


def test_old_presigned_urls_can_be_denied(bucket, users):
    old = statement("Deny", "s3:*", NumericGreaterThan={"s3:signatureAge": "0"})
    url = statement("Deny", "s3:*", StringEquals={"s3:authType": "REST-QUERY-STRING"})
    for number, (deny, status) in enumerate(((old, 403), (url, 403), (None, 200))):
        s3 = users.client("s3", f"presigner-{number}", ALL, *([deny] if deny else []),
                          config=botocore.config.Config(signature_version="s3v4", proxies={}))
        address = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "train/part-0.csv"})
        assert urllib3.PoolManager().request("GET", address).status == status, deny
        assert outcome(s3.get_object, Bucket=bucket, Key="train/part-0.csv") == ""


def test_a_copy_is_checked_for_its_source_and_by_its_keys(aws, bucket, users):
    source = {"Bucket": bucket, "Key": "train/part-0.csv"}
    only = users.client("s3", "copier-1", statement("Allow", "s3:*"), statement(
        "Deny", "s3:PutObject", StringNotLike={"s3:x-amz-copy-source": f"{bucket}/validation/*"}))
    assert outcome(only.copy_object, Bucket=bucket, Key="copy", CopySource=source) == "AccessDenied"
    assert outcome(only.copy_object, Bucket=bucket, Key="copy", CopySource=f"/{bucket}/validation/part-0.csv") == ""
    blind = users.client("s3", "copier-2", statement("Allow", "s3:*"),
                         statement("Deny", "s3:GetObject", f"arn:aws:s3:::{bucket}/train/*"))
    assert outcome(blind.copy_object, Bucket=bucket, Key="copy", CopySource=source) == "AccessDenied"
    upload = blind.create_multipart_upload(Bucket=bucket, Key="copy")["UploadId"]
    assert outcome(blind.upload_part_copy, Bucket=bucket, Key="copy", UploadId=upload, PartNumber=1, CopySource=source) == "AccessDenied"
    replacing = users.client("s3", "copier-3", statement("Allow", "s3:*"), statement(
        "Deny", "s3:PutObject", StringEquals={"s3:x-amz-metadata-directive": "REPLACE"}))
    assert outcome(replacing.copy_object, Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="REPLACE") == "AccessDenied"
    aws.client("s3").abort_multipart_upload(Bucket=bucket, Key="copy", UploadId=upload)
    aws.client("s3").delete_object(Bucket=bucket, Key="copy")


def test_each_key_of_a_batch_is_asked_for_with_all_that_is_known_of_the_request(bucket, users):
    s3 = users.client("s3", "deleter", ALL, statement("Deny", "s3:DeleteObject", f"arn:aws:s3:::{bucket}/train/*",
                                                      IpAddress={"aws:SourceIp": "127.0.0.0/8"}))
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "train/part-0.csv"}, {"Key": "nothing"}]})
    assert [(error["Key"], error["Code"]) for error in answer["Errors"]] == [("train/part-0.csv", "AccessDenied")]
    assert [deleted["Key"] for deleted in answer["Deleted"]] == ["nothing"]


def test_a_listing_is_limited_to_a_prefix(bucket, users):
    s3 = users.client("s3", "lister", statement("Allow", "s3:ListBucket", StringLike={"s3:prefix": "train/*"},
                                                NumericLessThanEquals={"s3:max-keys": "10"}))
    assert outcome(s3.list_objects_v2, Bucket=bucket, Prefix="train/", MaxKeys=10) == ""
    assert outcome(s3.list_objects_v2, Bucket=bucket, Prefix="train/") == "AccessDenied"
    assert outcome(s3.list_objects_v2, Bucket=bucket, MaxKeys=10) == "AccessDenied"


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html: what a
# resource's policy gives to a user or to everyone is not limited by what a boundary does not allow, what it gives to the
# account is; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html the same.
@pytest.mark.parametrize("principal, allowed", [
    ("*", True),
    ({"AWS": "arn:aws:iam::123456789012:user/bounded"}, True),
    ({"AWS": "arn:aws:iam::123456789012:root"}, False),
    ({"AWS": "123456789012"}, False),
])
def test_a_bucket_policy_and_a_permissions_boundary(aws, bucket, users, principal, allowed):
    s3 = users.client("s3", "bounded", boundary=[statement("Allow", "sagemaker:*")])
    own = aws.client("s3")
    own.delete_public_access_block(Bucket=bucket)
    own.put_bucket_policy(Bucket=bucket, Policy=document(
        {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}))
    try:
        assert outcome(s3.get_object, Bucket=bucket, Key="validation/part-0.csv") == ("" if allowed else "AccessDenied")
        # An explicit deny of the boundary counts always.
        arn = aws.client("iam").get_user(UserName="bounded")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        aws.client("iam").create_policy_version(PolicyArn=arn, SetAsDefault=True,
                                                PolicyDocument=document(statement("Deny", "s3:*")))
        assert outcome(s3.get_object, Bucket=bucket, Key="validation/part-0.csv") == "AccessDenied"
        aws.client("iam").delete_policy_version(PolicyArn=arn, VersionId="v1")
    finally:
        own.delete_bucket_policy(Bucket=bucket)


def test_no_bucket_policy_locks_the_root_user_out(aws, bucket):
    s3 = aws.client("s3")
    everything = document({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
                           "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]})
    s3.put_bucket_policy(Bucket=bucket, Policy=everything)
    assert outcome(s3.get_object, Bucket=bucket, Key="validation/part-0.csv") == "AccessDenied"
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(everything)
    assert outcome(s3.put_bucket_policy, Bucket=bucket, Policy=everything) == ""
    s3.delete_bucket_policy(Bucket=bucket)
    assert outcome(s3.get_object, Bucket=bucket, Key="validation/part-0.csv") == ""


def test_a_bucket_policy_names_who_there_was(aws, bucket, users):
    """A principal that was deleted becomes its unique id, and who comes later under its name gets nothing."""
    s3 = aws.client("s3")
    first = users.client("s3", "reader")
    arn = f"arn:aws:iam::{aws.account}:user/reader"
    policy = document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    shown = lambda: json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]["Principal"]["AWS"]
    assert shown() == arn
    assert outcome(first.get_object, Bucket=bucket, Key="validation/part-0.csv") == ""
    first_id = aws.client("iam").get_user(UserName="reader")["User"]["UserId"]
    users.end()
    users.names = []
    assert shown() == first_id
    second = users.client("s3", "reader")
    assert outcome(second.get_object, Bucket=bucket, Key="validation/part-0.csv") == "AccessDenied"
    assert shown() == first_id
    assert outcome(s3.put_bucket_policy, Bucket=bucket, Policy=policy.replace(arn, first_id)) == "MalformedPolicy"
    s3.delete_bucket_policy(Bucket=bucket)


@pytest.mark.parametrize("principal", [
    {"AWS": "arn:aws:iam::123456789012:user/nobody"},
    {"AWS": "arn:aws:iam::123456789012:role/nobody"},
    {"AWS": "arn:aws:sts::123456789012:assumed-role/nobody/session"},
    {"AWS": "arn:aws:iam::123456789012:user/*"},
    {"AWS": ["*", "nobody"]},
    {"AWS": "AIDAAAAAAAAAAAAAAAAAA"},
    {"Service": "sagemaker"},
    {"CanonicalUser": "0" * 64},
    {},
])
def test_principals_that_do_not_exist_are_refused(aws, bucket, principal):
    policy = document({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    with pytest.raises(ClientError) as raised:
        aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    assert raised.value.response["Error"]["Code"] == "MalformedPolicy"
    assert "Invalid principal in policy" in str(raised.value)
    trust = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    assert outcome(aws.client("iam").create_role, RoleName="trusting", AssumeRolePolicyDocument=trust) == "MalformedPolicyDocument"


def test_a_bucket_policy_that_cannot_be_read_is_refused(aws, bucket):
    broken = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    for change in ({"Condition": {"StringAlmost": {"a:b": "c"}}}, {"Colour": "red"}, {"Condition": {"NumericEquals": {"s3:max-keys": "x"}}}):
        assert outcome(aws.client("s3").put_bucket_policy, Bucket=bucket, Policy=document({**broken, **change})) == "MalformedPolicy", change
    assert outcome(aws.client("s3").get_bucket_policy, Bucket=bucket) == "NoSuchBucketPolicy"


def sized(length):
    """A policy of that many characters, white space not counted."""
    empty = document(statement("Allow", "s3:GetObject", "arn:aws:s3:::b/"))
    count = length - len(empty.replace(" ", ""))
    return document(statement("Allow", "s3:GetObject", "arn:aws:s3:::b/" + "x" * count)) + " " * 50


# Sizes of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
def test_policies_have_their_sizes(aws, users):
    iam = aws.client("iam")
    users.key("large")
    put = lambda name, size: outcome(iam.put_user_policy, UserName="large", PolicyName=name, PolicyDocument=sized(size))
    assert (put("a", 2048), put("a", 2049), put("b", 100)) == ("", "LimitExceeded", "LimitExceeded")
    assert put("a", 1000) == "" and put("b", 1048) == ""
    trust = document({"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"})
    iam.create_role(RoleName="large", AssumeRolePolicyDocument=trust)
    put = lambda name, size: outcome(iam.put_role_policy, RoleName="large", PolicyName=name, PolicyDocument=sized(size))
    assert (put("a", 10240), put("a", 10241)) == ("", "LimitExceeded")
    long = trust.replace("sagemaker.amazonaws.com", "x" * 2048 + ".amazonaws.com")
    assert outcome(iam.update_assume_role_policy, RoleName="large", PolicyDocument=long) == "LimitExceeded"
    iam.delete_role_policy(RoleName="large", PolicyName="a")
    iam.delete_role(RoleName="large")
    assert outcome(iam.create_policy, PolicyName="large", PolicyDocument=sized(6145)) == "LimitExceeded"
    arn = iam.create_policy(PolicyName="large", PolicyDocument=sized(6144))["Policy"]["Arn"]
    assert outcome(iam.create_policy_version, PolicyArn=arn, PolicyDocument=sized(6145)) == "LimitExceeded"
    iam.delete_policy(PolicyArn=arn)


def test_a_boundary_can_be_required_of_new_users(aws, users):
    boundary = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam = users.client("iam", "delegate", statement("Allow", "iam:*"), statement(
        "Deny", ["iam:CreateUser", "iam:PutUserPolicy"], StringNotEquals={"iam:PermissionsBoundary": boundary}))
    assert outcome(iam.create_user, UserName="unbound") == "AccessDenied"
    assert outcome(iam.create_user, UserName="bound", PermissionsBoundary=boundary) == ""
    assert outcome(iam.put_user_policy, UserName="bound", PolicyName="p", PolicyDocument=document(ALL)) == ""
    assert outcome(iam.put_user_policy, UserName="delegate", PolicyName="q", PolicyDocument=document(ALL)) == "AccessDenied"
    users.names.append("bound")
    aws.client("iam").delete_user_permissions_boundary(UserName="bound")


def test_renaming_a_user_needs_the_right_to_both_names(aws, users):
    iam = users.client("iam", "renamer", statement("Allow", "iam:UpdateUser", f"arn:aws:iam::{aws.account}:user/team-*"))
    users.key("team-a")
    assert outcome(iam.update_user, UserName="team-a", NewUserName="boss") == "AccessDenied"
    assert outcome(iam.update_user, UserName="team-a", NewUserName="team-b") == ""
    users.names[-1] = "team-b"


def test_a_log_group_has_one_arn(aws, users):
    own = aws.client("logs")
    own.create_log_group(logGroupName="/yours", tags={"team": "blue"})
    yours = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/yours"
    logs = users.client("logs", "logger", ALL, statement("Deny", "logs:*", yours + "*"))
    tag = lambda arn: outcome(logs.tag_resource, resourceArn=arn, tags={"k": "v"})
    assert tag(yours) == "AccessDeniedException"
    for arn in (yours + ":*", yours.replace("arn:aws:", "arn:x:"), yours.replace("log-group:", "LOG-GROUP:"), yours + ":*:*", yours + "/",
                yours.replace(aws.region, "eu-west-1"), yours.replace(aws.account, "999999999999")):
        assert tag(arn) in ("InvalidParameterException", "ResourceNotFoundException", "AccessDeniedException"), arn
        for call in (lambda: logs.list_tags_for_resource(resourceArn=arn),
                     lambda: logs.describe_log_streams(logGroupIdentifier=arn)):
            assert outcome(call) in ("InvalidParameterException", "ResourceNotFoundException", "AccessDeniedException"), arn
    blue = users.client("logs", "blue", ALL, statement("Deny", "logs:*", StringEquals={"aws:ResourceTag/team": "blue"}))
    assert outcome(blue.describe_log_streams, logGroupName="/yours") == "AccessDeniedException"
    assert outcome(blue.delete_log_group, logGroupName="/yours") == "AccessDeniedException"
    assert own.list_tags_for_resource(resourceArn=yours)["tags"] == {"team": "blue"}
    own.delete_log_group(logGroupName="/yours")


def test_conditions_of_a_trust_policy_see_where_a_request_comes_from(aws, users):
    iam = aws.client("iam")
    sts = users.client("sts", "traveller", statement("Allow", "sts:AssumeRole"))
    for network, code in (("127.0.0.0/8", ""), ("203.0.113.0/24", "AccessDenied")):
        trust = document({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.account}:user/traveller"}, "Action": "sts:AssumeRole",
                          "Condition": {"IpAddress": {"aws:SourceIp": network}}})
        iam.create_role(RoleName="visited", AssumeRolePolicyDocument=trust)
        assert outcome(sts.assume_role, RoleArn=f"arn:aws:iam::{aws.account}:role/visited", RoleSessionName="session") == code
        iam.delete_role(RoleName="visited")
