"""Ways to more rights than one was given: each needs a right of its own, on the resource that it changes."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ME = f"arn:aws:iam::{ACCOUNT}:user/climber"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"
BOUND = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | statement for statement in statements]})


TRUST_ME = document({"Principal": {"AWS": ME}, "Action": "sts:AssumeRole"})
TRUST_SAGEMAKER = document({"Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"})
ALL = document({"Action": "*", "Resource": "*"})


def code(call, **arguments):
    try:
        call(**arguments)
        return ""
    except ClientError as error:
        return error.response["Error"]["Code"]


@pytest.fixture
def climber(aws):
    """climber(*statements): IAM as a user that may do what they say. There is a group, a policy and two roles to climb by."""
    iam = aws.client("iam")
    iam.create_user(UserName="climber")
    key = iam.create_access_key(UserName="climber")["AccessKey"]
    iam.create_group(GroupName="administrators")
    iam.attach_group_policy(GroupName="administrators", PolicyArn=EVERYTHING)
    policy = iam.create_policy(PolicyName="mine", PolicyDocument=document({"Action": "s3:ListAllMyBuckets", "Resource": "*"}))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="climber", PolicyArn=policy)
    iam.create_role(RoleName="powerful", AssumeRolePolicyDocument=TRUST_SAGEMAKER)
    iam.attach_role_policy(RoleName="powerful", PolicyArn=EVERYTHING)

    def allow(*statements, service="iam"):
        iam.put_user_policy(UserName="climber", PolicyName="p", PolicyDocument=document(*statements))
        return aws.client(service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    allow.policy = policy
    yield allow
    for name in iam.list_user_policies(UserName="climber")["PolicyNames"]:
        iam.delete_user_policy(UserName="climber", PolicyName=name)
    for name in iam.list_policies(Scope="Local")["Policies"]:
        for version in iam.list_policy_versions(PolicyArn=name["Arn"])["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=name["Arn"], VersionId=version["VersionId"])
    iam.detach_user_policy(UserName="climber", PolicyArn=policy)
    iam.delete_policy(PolicyArn=policy)
    for one in iam.list_groups_for_user(UserName="climber")["Groups"]:
        iam.remove_user_from_group(GroupName=one["GroupName"], UserName="climber")
    iam.detach_group_policy(GroupName="administrators", PolicyArn=EVERYTHING)
    iam.delete_group(GroupName="administrators")
    iam.detach_role_policy(RoleName="powerful", PolicyArn=EVERYTHING)
    iam.delete_role(RoleName="powerful")
    iam.delete_access_key(UserName="climber", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="climber")


def test_reading_iam_gives_no_way_up(climber):
    iam = climber({"Action": ["iam:Get*", "iam:List*", "sts:*"], "Resource": "*"})
    for call, arguments in (
            (iam.create_policy_version, {"PolicyArn": climber.policy, "PolicyDocument": ALL, "SetAsDefault": True}),
            (iam.set_default_policy_version, {"PolicyArn": climber.policy, "VersionId": "v1"}),
            (iam.update_assume_role_policy, {"RoleName": "powerful", "PolicyDocument": TRUST_ME}),
            (iam.add_user_to_group, {"GroupName": "administrators", "UserName": "climber"}),
            (iam.put_group_policy, {"GroupName": "administrators", "PolicyName": "p", "PolicyDocument": ALL}),
            (iam.attach_user_policy, {"UserName": "climber", "PolicyArn": EVERYTHING}),
            (iam.put_user_policy, {"UserName": "climber", "PolicyName": "q", "PolicyDocument": ALL}),
            (iam.create_access_key, {"UserName": "climber"}),
            (iam.create_role, {"RoleName": "own", "AssumeRolePolicyDocument": TRUST_ME}),
            (iam.create_service_linked_role, {"AWSServiceName": "sagemaker.amazonaws.com"}),
            (iam.create_open_id_connect_provider, {"Url": "https://mine.example.com"}),
            (iam.create_instance_profile, {"InstanceProfileName": "own"})):
        assert code(call, **arguments) == "AccessDenied", call.__name__
    sts = climber({"Action": "sts:*", "Resource": "*"}, service="sts")
    assert code(sts.assume_role, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/powerful", RoleSessionName="up") == "AccessDenied"


def test_a_right_holds_for_the_resource_that_it_names_only(climber):
    """Who may fill one group may fill no other, whatever else the request names, and however it spells it."""
    iam = climber({"Action": "iam:*", "Resource": [ME, f"arn:aws:iam::{ACCOUNT}:group/readers", f"arn:aws:iam::{ACCOUNT}:role/mine*"]})
    assert code(iam.create_group, GroupName="readers") == ""
    assert code(iam.add_user_to_group, GroupName="readers", UserName="climber") == ""
    for name in ("administrators", "Administrators"):
        assert code(iam.add_user_to_group, GroupName=name, UserName="climber") == "AccessDenied"
    assert code(iam.update_group, GroupName="readers", NewGroupName="writers") == "AccessDenied"  # Both names are asked for.
    assert code(iam.create_group, GroupName="readers2", Path="/") == "AccessDenied"
    assert code(iam.update_assume_role_policy, RoleName="powerful", PolicyDocument=TRUST_ME) == "AccessDenied"
    assert code(iam.create_policy_version, PolicyArn=climber.policy, PolicyDocument=ALL, SetAsDefault=True) == "AccessDenied"
    assert code(iam.remove_user_from_group, GroupName="readers", UserName="climber") == ""
    assert code(iam.delete_group, GroupName="readers") == ""


def test_a_role_is_passed_by_whoever_may_pass_it(aws, climber):
    sagemaker = climber({"Action": "sagemaker:*", "Resource": "*"}, service="sagemaker")
    powerful = f"arn:aws:iam::{ACCOUNT}:role/powerful"
    model = {"ModelName": "climbing", "ExecutionRoleArn": powerful,
             "PrimaryContainer": {"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"}}
    assert code(sagemaker.create_model, **model) == "AccessDeniedException"
    other = {"Action": "iam:PassRole", "Resource": powerful, "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    assert code(climber({"Action": "sagemaker:*", "Resource": "*"}, other, service="sagemaker").create_model, **model) == "AccessDeniedException"
    right = other | {"Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}
    assert code(climber({"Action": "sagemaker:*", "Resource": "*"}, right, service="sagemaker").create_model, **model) == ""
    aws.client("sagemaker").delete_model(ModelName="climbing")


def test_a_boundary_is_not_lifted_by_whom_it_binds(aws, climber):
    aws.client("iam").put_user_permissions_boundary(UserName="climber", PermissionsBoundary=BOUND)
    try:
        # All rights, but within the boundary: IAM is outside of it, and so is every way to lift it.
        iam = climber({"Action": "*", "Resource": "*"})
        for call, arguments in ((iam.delete_user_permissions_boundary, {"UserName": "climber"}),
                                (iam.put_user_permissions_boundary, {"UserName": "climber", "PermissionsBoundary": EVERYTHING}),
                                (iam.add_user_to_group, {"GroupName": "administrators", "UserName": "climber"}),
                                (iam.create_user, {"UserName": "unbound"})):
            assert code(call, **arguments) == "AccessDenied", call.__name__
        # Nor by a group that the user is put into, nor by a session of the user.
        aws.client("iam").add_user_to_group(GroupName="administrators", UserName="climber")
        assert code(climber({"Action": "*", "Resource": "*"}).list_users) == "AccessDenied"
        sts = climber({"Action": "*", "Resource": "*"}, service="sts")
        session = sts.get_session_token()["Credentials"]
        s3 = aws.client("s3", aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"],
                        aws_session_token=session["SessionToken"])
        assert s3.list_buckets()["Buckets"] and code(s3.create_bucket, Bucket="sagemaker-climbed") == "AccessDenied"
    finally:
        aws.client("iam").delete_user_permissions_boundary(UserName="climber")


def test_who_makes_users_can_be_held_to_a_boundary(climber):
    iam = climber({"Action": ["iam:CreateUser", "iam:PutUserPermissionsBoundary"], "Resource": "*",
                   "Condition": {"StringEquals": {"iam:PermissionsBoundary": BOUND}}}, {"Action": "iam:DeleteUser", "Resource": "*"})
    assert code(iam.create_user, UserName="made") == "AccessDenied"
    assert code(iam.create_user, UserName="made", PermissionsBoundary=EVERYTHING) == "AccessDenied"
    assert code(iam.create_user, UserName="made", PermissionsBoundary=BOUND) == ""
    assert code(iam.put_user_permissions_boundary, UserName="made", PermissionsBoundary=EVERYTHING) == "AccessDenied"
    assert code(iam.delete_user_permissions_boundary, UserName="made") == "AccessDenied"
    assert code(iam.delete_user, UserName="made") == ""


def test_who_attaches_policies_can_be_held_to_some(climber):
    iam = climber({"Action": ["iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:DetachUserPolicy"], "Resource": "*",
                   "Condition": {"ArnEquals": {"iam:PolicyARN": BOUND}}})
    assert code(iam.attach_user_policy, UserName="climber", PolicyArn=EVERYTHING) == "AccessDenied"
    assert code(iam.attach_group_policy, GroupName="administrators", PolicyArn=climber.policy) == "AccessDenied"
    assert code(iam.attach_user_policy, UserName="climber", PolicyArn=BOUND) == ""
    assert code(iam.detach_user_policy, UserName="climber", PolicyArn=BOUND) == ""


# docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html; the text is that of public reports of many services.
def test_a_role_of_another_account_is_passed_by_nobody(aws):
    with pytest.raises(ClientError, match="AccessDeniedException.*Cross-account pass role is not allowed."):
        aws.client("sagemaker").create_model(
            ModelName="foreign", ExecutionRoleArn="arn:aws:iam::999999999999:role/theirs",
            PrimaryContainer={"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"})


def test_a_role_that_sagemaker_may_assume_is_assumed_for_no_other(aws, climber):
    """The confused deputy: a trust policy that names whom SageMaker must act for is held to it."""
    iam = aws.client("iam")
    iam.update_assume_role_policy(RoleName="powerful", PolicyDocument=document({
        "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}))
    # The role is named when a job begins to run under it; its trust policy then keeps SageMaker out.
    assert code(aws.client("sagemaker").create_training_job, TrainingJobName="deputy", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/powerful",
                AlgorithmSpecification={"TrainingImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", "TrainingInputMode": "File"},
                OutputDataConfig={"S3OutputPath": f"s3://sagemaker-us-east-1-{ACCOUNT}/out"}, StoppingCondition={"MaxRuntimeInSeconds": 60},
                ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}) == "ValidationException"
