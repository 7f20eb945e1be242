"""IAM by boto3: groups, instance profiles, providers, service-linked roles, and what the account tells of itself."""

import json
import time

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


def document(effect="Allow", action="s3:ListAllMyBuckets", resource="*", **more):
    return json.dumps({"Version": "2012-10-17",
                       "Statement": [{"Effect": effect, "Action": action, "Resource": resource} | more]})


def failure(call, **arguments):
    """Code and message of the error that a call must end with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def iam(aws):
    return aws.client("iam")


@pytest.fixture
def user(aws, iam):
    """A user without rights, and clients with its key."""
    class User:
        name = "member"

        def client(self, service):
            return aws.client(service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    iam.create_user(UserName="member")
    key = iam.create_access_key(UserName="member")["AccessKey"]
    yield User()
    for group in iam.list_groups_for_user(UserName="member")["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName="member")
    iam.delete_access_key(UserName="member", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="member")


@pytest.fixture
def group(iam):
    made = iam.create_group(GroupName="team", Path="/people/")["Group"]
    yield made
    for name in iam.list_group_policies(GroupName="team")["PolicyNames"]:
        iam.delete_group_policy(GroupName="team", PolicyName=name)
    for policy in iam.list_attached_group_policies(GroupName="team")["AttachedPolicies"]:
        iam.detach_group_policy(GroupName="team", PolicyArn=policy["PolicyArn"])
    for member in iam.get_group(GroupName="team")["Users"]:
        iam.remove_user_from_group(GroupName="team", UserName=member["UserName"])
    iam.delete_group(GroupName="team")


def test_a_group_gives_its_members_its_rights(iam, user, group):
    assert group["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/people/team"
    assert group["GroupId"].startswith("AGPA")
    s3 = user.client("s3")
    assert failure(s3.list_buckets)[0] == "AccessDenied"
    iam.put_group_policy(GroupName="team", PolicyName="list", PolicyDocument=document())
    iam.add_user_to_group(GroupName="team", UserName=user.name)
    iam.add_user_to_group(GroupName="team", UserName=user.name)  # Twice is once.
    assert s3.list_buckets()["Buckets"]
    assert iam.get_group_policy(GroupName="team", PolicyName="list")["PolicyDocument"] == json.loads(document())
    result = iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/member",
                                           ActionNames=["s3:ListAllMyBuckets", "s3:GetObject"])["EvaluationResults"]
    assert [row["EvalDecision"] for row in result] == ["allowed", "implicitDeny"]
    iam.put_group_policy(GroupName="team", PolicyName="list", PolicyDocument=document("Deny"))
    assert "explicit deny" in failure(s3.list_buckets)[1]
    iam.delete_group_policy(GroupName="team", PolicyName="list")
    iam.attach_group_policy(GroupName="team", PolicyArn=READ_ONLY)
    assert s3.list_buckets()["Buckets"]
    assert {"GroupName": "team", "GroupId": group["GroupId"]} in iam.list_entities_for_policy(PolicyArn=READ_ONLY)["PolicyGroups"]
    iam.remove_user_from_group(GroupName="team", UserName=user.name)
    assert failure(s3.list_buckets)[0] == "AccessDenied"


def test_members_and_groups_list_each_other_under_new_names_too(iam, user, group):
    iam.add_user_to_group(GroupName="team", UserName=user.name)
    iam.update_group(GroupName="team", NewGroupName="crew", NewPath="/")
    iam.update_user(UserName="member", NewUserName="mate")
    try:
        assert [one["Arn"] for one in iam.list_groups_for_user(UserName="mate")["Groups"]] == [f"arn:aws:iam::{ACCOUNT}:group/crew"]
        assert [one["UserName"] for one in iam.get_group(GroupName="crew")["Users"]] == ["mate"]
        assert failure(iam.get_group, GroupName="team") == ("NoSuchEntity", "The group with name team cannot be found.")
    finally:
        iam.update_user(UserName="mate", NewUserName="member")
        iam.update_group(GroupName="crew", NewGroupName="team")


def test_what_is_in_use_is_not_deleted(iam, user, group):
    iam.add_user_to_group(GroupName="team", UserName=user.name)
    assert failure(iam.delete_group, GroupName="team")[0] == "DeleteConflict"
    iam.create_user(UserName="plain")
    iam.add_user_to_group(GroupName="team", UserName="plain")
    assert failure(iam.delete_user, UserName="plain") == (
        "DeleteConflict", "Cannot delete entity, must remove users from group first.")
    iam.remove_user_from_group(GroupName="team", UserName="plain")
    iam.delete_user(UserName="plain")


def test_a_user_is_in_ten_groups_at_most(iam, user):
    names = [f"many-{number}" for number in range(11)]
    for name in names:
        iam.create_group(GroupName=name)
    for name in names[:10]:
        iam.add_user_to_group(GroupName=name, UserName=user.name)
    assert failure(iam.add_user_to_group, GroupName=names[10], UserName=user.name) == (
        "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
    first = iam.list_groups_for_user(UserName=user.name, MaxItems=4)
    assert first["IsTruncated"] and len(first["Groups"]) == 4
    assert len(list(iam.get_paginator("list_groups_for_user").paginate(
        UserName=user.name, PaginationConfig={"PageSize": 4}).search("Groups[]"))) == 10
    for name in names:
        iam.remove_user_from_group(GroupName=name, UserName=user.name)
        iam.delete_group(GroupName=name)


def test_names_are_taken_whatever_the_case_of_their_letters(iam, group):
    assert failure(iam.create_group, GroupName="TEAM") == ("EntityAlreadyExists", "Group with name TEAM already exists.")
    assert failure(iam.create_role, RoleName="sagemakerROLE", AssumeRolePolicyDocument=TRUST)[0] == "EntityAlreadyExists"
    iam.create_group(GroupName="other")
    assert failure(iam.update_group, GroupName="other", NewGroupName="Team")[0] == "EntityAlreadyExists"
    iam.update_group(GroupName="other", NewGroupName="Other")  # Its own name in other letters.
    iam.delete_group(GroupName="Other")


def test_lists_leave_out_what_aws_leaves_out(iam):
    boundary = iam.create_policy(PolicyName="bound", PolicyDocument=document(), Description="d", Tags=[{"Key": "k", "Value": "v"}])["Policy"]
    tags = [{"Key": "k", "Value": "v"}]
    iam.create_user(UserName="outlined", PermissionsBoundary=boundary["Arn"], Tags=tags)
    iam.create_role(RoleName="outlined", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary["Arn"], Tags=tags)
    listed = {
        "user": next(one for one in iam.list_users()["Users"] if one["UserName"] == "outlined"),
        "role": next(one for one in iam.list_roles()["Roles"] if one["RoleName"] == "outlined"),
        "policy": next(one for one in iam.list_policies(Scope="Local")["Policies"] if one["PolicyName"] == "bound"),
    }
    whole = {"user": iam.get_user(UserName="outlined")["User"], "role": iam.get_role(RoleName="outlined")["Role"],
             "policy": iam.get_policy(PolicyArn=boundary["Arn"])["Policy"]}
    assert set(whole["user"]) - set(listed["user"]) == {"PermissionsBoundary", "Tags"}
    assert set(whole["role"]) - set(listed["role"]) == {"PermissionsBoundary", "Tags", "RoleLastUsed"}
    assert set(whole["policy"]) - set(listed["policy"]) == {"Description", "Tags"}
    used = iam.list_entities_for_policy(PolicyArn=boundary["Arn"], PolicyUsageFilter="PermissionsBoundary")
    assert len(used["PolicyUsers"]) == len(used["PolicyRoles"]) == 1
    assert not iam.list_entities_for_policy(PolicyArn=boundary["Arn"], PolicyUsageFilter="PermissionsPolicy")["PolicyUsers"]
    for usage, shown in (("PermissionsBoundary", True), ("PermissionsPolicy", False)):
        names = [one["PolicyName"] for one in iam.list_policies(PolicyUsageFilter=usage, Scope="Local")["Policies"]]
        assert ("bound" in names) == shown, usage
    iam.delete_user(UserName="outlined")
    iam.delete_role(RoleName="outlined")
    iam.delete_policy(PolicyArn=boundary["Arn"])


def test_an_instance_profile_has_one_role(iam):
    tags = [{"Key": "k", "Value": "v"}]
    made = iam.create_instance_profile(InstanceProfileName="box", Path="/m/", Tags=tags)["InstanceProfile"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:instance-profile/m/box" and made["Tags"] == tags and made["Roles"] == []
    iam.add_role_to_instance_profile(InstanceProfileName="box", RoleName="SageMakerRole")
    assert failure(iam.add_role_to_instance_profile, InstanceProfileName="box", RoleName="SageMakerRole")[0] == "LimitExceeded"
    assert iam.get_instance_profile(InstanceProfileName="box")["InstanceProfile"]["Roles"][0]["RoleName"] == "SageMakerRole"
    listed, = iam.list_instance_profiles_for_role(RoleName="SageMakerRole")["InstanceProfiles"]
    assert "Tags" not in listed
    iam.tag_instance_profile(InstanceProfileName="box", Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_instance_profile(InstanceProfileName="box", TagKeys=["k"])
    assert iam.list_instance_profile_tags(InstanceProfileName="box")["Tags"] == [{"Key": "l", "Value": "w"}]
    assert failure(iam.delete_instance_profile, InstanceProfileName="box")[0] == "DeleteConflict"
    assert failure(iam.delete_role, RoleName="SageMakerRole") == (
        "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
    iam.remove_role_from_instance_profile(InstanceProfileName="box", RoleName="SageMakerRole")
    assert failure(iam.remove_role_from_instance_profile, InstanceProfileName="box", RoleName="SageMakerRole")[0] == "NoSuchEntity"
    iam.delete_instance_profile(InstanceProfileName="box")
    assert "box" not in [one["InstanceProfileName"] for one in iam.list_instance_profiles()["InstanceProfiles"]]
    assert failure(iam.get_instance_profile, InstanceProfileName="box") == ("NoSuchEntity", "Instance Profile box cannot be found.")


def test_a_role_in_a_profile_must_be_passed(iam, user):
    """Who may fill profiles, and may not pass the role, gets nobody a role."""
    iam.create_instance_profile(InstanceProfileName="box")
    iam.put_user_policy(UserName=user.name, PolicyName="p", PolicyDocument=document(action="iam:AddRoleToInstanceProfile"))
    code, message = failure(user.client("iam").add_role_to_instance_profile, InstanceProfileName="box", RoleName="SageMakerRole")
    assert code == "AccessDenied" and "iam:PassRole" in message
    iam.delete_user_policy(UserName=user.name, PolicyName="p")
    iam.delete_instance_profile(InstanceProfileName="box")


def test_openid_connect_providers(iam):
    arn = iam.create_open_id_connect_provider(
        Url="https://token.example.com/path", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["A" * 40],
        Tags=[{"Key": "k", "Value": "v"}])["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com/path"
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="other")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="other")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="sts.amazonaws.com")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["b" * 40])
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert shown["Url"] == "token.example.com/path" and shown["ClientIDList"] == ["other"]
    assert shown["ThumbprintList"] == ["b" * 40] and shown["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["k"])
    assert iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"] == [{"Key": "l", "Value": "w"}]
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert failure(iam.create_open_id_connect_provider, Url="https://token.example.com/path")[0] == "EntityAlreadyExists"
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)  # As AWS: what is gone may be deleted.
    assert failure(iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)[0] == "NoSuchEntity"
    for url in ("http://token.example.com", "https://", "https://a/../b", "https://a?q=1", "https://a b", "https://u@h"):
        assert failure(iam.create_open_id_connect_provider, Url=url)[0] == "InvalidInput", url
    assert failure(iam.create_open_id_connect_provider, Url="https://a", ThumbprintList=["z" * 40])[0] == "InvalidInput"


METADATA = ('<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"{}>'
            + "<!--" + "x" * 1000 + "--></md:EntityDescriptor>")


def test_saml_providers(iam):
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=METADATA.format(' validUntil="2031-01-01T00:00:00Z"'),
                                   Tags=[{"Key": "k", "Value": "v"}])["SAMLProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"
    shown = iam.get_saml_provider(SAMLProviderArn=arn)
    assert shown["ValidUntil"].year == 2031 and shown["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=METADATA.format(' validUntil="2032-01-01T00:00:00Z"'))
    listed, = [one for one in iam.list_saml_providers()["SAMLProviderList"] if one["Arn"] == arn]
    assert listed["ValidUntil"].year == 2032 and set(listed) == {"Arn", "ValidUntil", "CreateDate"}
    iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["k"])
    assert iam.list_saml_provider_tags(SAMLProviderArn=arn)["Tags"] == [{"Key": "l", "Value": "w"}]
    assert failure(iam.create_saml_provider, Name="IDP", SAMLMetadataDocument=METADATA.format(""))[0] == "EntityAlreadyExists"
    iam.delete_saml_provider(SAMLProviderArn=arn)
    assert failure(iam.get_saml_provider, SAMLProviderArn=arn)[0] == "NoSuchEntity"
    for bad in ("x" * 1000, "<a>" + "x" * 1000 + "</a>", METADATA.format(' validUntil="soon"')):
        assert failure(iam.create_saml_provider, Name="bad", SAMLMetadataDocument=bad)[0] == "InvalidInput"
    bomb = '<!DOCTYPE a [<!ENTITY b "' + "b" * 1000 + '"><!ENTITY c "' + "&b;" * 1000 + '">]><a>' + "&c;" * 1000 + "</a>"
    began = time.monotonic()
    assert failure(iam.create_saml_provider, Name="bomb", SAMLMetadataDocument=bomb)[0] == "InvalidInput"
    assert time.monotonic() - began < 5


def test_service_linked_roles(iam):
    role = iam.create_service_linked_role(AWSServiceName="sagemaker.amazonaws.com", Description="d")["Role"]
    name = "AWSServiceRoleForAmazonSageMakerNotebooks"
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.amazonaws.com/{name}"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    policy, = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert policy["PolicyName"] == "AmazonSageMakerNotebooksServiceRolePolicy"
    assert failure(iam.create_service_linked_role, AWSServiceName="sagemaker.amazonaws.com")[0] == "InvalidInput"
    assert failure(iam.create_service_linked_role, AWSServiceName="other.amazonaws.com")[0] == "InvalidInput"
    for change in (lambda: iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document()),
                   lambda: iam.attach_role_policy(RoleName=name, PolicyArn=READ_ONLY),
                   lambda: iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"]),
                   lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=TRUST),
                   lambda: iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=READ_ONLY),
                   lambda: iam.delete_role(RoleName=name)):
        code, message = failure(change)
        assert code == "UnmodifiableEntity" and message.startswith("Cannot perform the operation on the protected role")
    assert failure(iam.create_role, RoleName="r", Path="/aws-service-role/x/", AssumeRolePolicyDocument=TRUST)[0] == "InvalidInput"
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert task.startswith(f"task/aws-service-role/sagemaker.amazonaws.com/{name}/")
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert failure(iam.get_service_linked_role_deletion_status, DeletionTaskId=task + "x")[0] == "NoSuchEntity"
    assert failure(iam.get_role, RoleName=name)[0] == "NoSuchEntity"
    assert failure(iam.delete_service_linked_role, RoleName="SageMakerRole")[0] == "InvalidInput"


def test_the_account_has_one_alias(iam):
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias="first-name")
    iam.create_account_alias(AccountAlias="second-name")
    assert iam.list_account_aliases()["AccountAliases"] == ["second-name"]
    assert failure(iam.delete_account_alias, AccountAlias="first-name")[0] == "NoSuchEntity"
    iam.delete_account_alias(AccountAlias="second-name")


def test_authorization_details(server):
    iam = server.client("iam")
    iam.create_user(UserName="member")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName="member")
    iam.put_group_policy(GroupName="team", PolicyName="list", PolicyDocument=document())
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 1}))
    assert len(pages) >= 4
    details = {member: [one for page in pages for one in page[member]]
               for member in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")}
    assert details["UserDetailList"][0]["GroupList"] == ["team"]
    assert details["GroupDetailList"][0]["GroupPolicyList"] == [{"PolicyName": "list", "PolicyDocument": json.loads(document())}]
    role, = details["RoleDetailList"]
    assert role["AttachedManagedPolicies"][0]["PolicyName"] == "AmazonSageMakerFullAccess"
    assert [one["PolicyName"] for one in details["Policies"]] == ["AmazonSageMakerFullAccess"]
    assert details["Policies"][0]["PolicyVersionList"][0]["Document"]["Version"] == "2012-10-17"
    only = iam.get_account_authorization_details(Filter=["Group"])
    assert len(only["GroupDetailList"]) == 1 and not only["UserDetailList"] + only["RoleDetailList"] + only["Policies"]


def test_the_credential_report_tells_real_facts(aws, iam, user):
    user.client("sts").get_caller_identity()
    assert failure(iam.get_credential_report)[0] == "ReportNotPresent"
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    report = iam.get_credential_report()
    assert report["ReportFormat"] == "text/csv"
    header, *rows = [line.split(",") for line in report["Content"].decode().split("\n")]
    assert len(header) == 22
    rows = {row[0]: dict(zip(header, row)) for row in rows}
    assert rows["<root_account>"]["arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    member = rows["member"]
    assert member["access_key_1_active"] == "true" and member["access_key_2_active"] == "false"
    assert member["access_key_1_last_used_service"] == "sts" and member["access_key_1_last_used_region"] == aws.region
    assert member["password_enabled"] == "false" and member["mfa_active"] == "false"


def test_context_keys_of_policies(iam, user):
    policy = document(resource="arn:aws:s3:::b/${aws:username}", Condition={"StringEquals": {"aws:PrincipalTag/Team": "${s3:prefix}"}})
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[policy])["ContextKeyNames"] == [
        "aws:username", "aws:PrincipalTag/Team", "s3:prefix"]
    iam.put_user_policy(UserName=user.name, PolicyName="p", PolicyDocument=policy)
    arn = f"arn:aws:iam::{ACCOUNT}:user/member"
    more = document(Condition={"Bool": {"aws:SecureTransport": "true"}})
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=arn, PolicyInputList=[more])["ContextKeyNames"] == [
        "aws:username", "aws:PrincipalTag/Team", "s3:prefix", "aws:SecureTransport"]
    iam.delete_user_policy(UserName=user.name, PolicyName="p")


def test_what_users_never_have_is_an_empty_list(iam, user):
    for call, member in ((iam.list_mfa_devices, "MFADevices"), (iam.list_signing_certificates, "Certificates"),
                         (iam.list_ssh_public_keys, "SSHPublicKeys"),
                         (iam.list_service_specific_credentials, "ServiceSpecificCredentials")):
        assert call(UserName=user.name)[member] == []
        assert failure(call, UserName="nobody")[0] == "NoSuchEntity"
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []
    assert failure(iam.get_login_profile, UserName=user.name) == (
        "NoSuchEntity", "Login Profile for User member cannot be found.")
    assert failure(iam.delete_login_profile, UserName=user.name)[0] == "NoSuchEntity"
    assert failure(iam.get_account_password_policy)[0] == "NoSuchEntity"


def test_what_nobody_can_have_is_refused_with_the_reason(iam, user):
    for call, arguments, reason in (
            (iam.create_login_profile, {"UserName": user.name, "Password": "secret-1"}, "access key"),
            (iam.update_account_password_policy, {"MinimumPasswordLength": 8}, "password"),
            (iam.create_virtual_mfa_device, {"VirtualMFADeviceName": "d"}, "second factor"),
            (iam.upload_signing_certificate, {"UserName": user.name, "CertificateBody": "c"}, "certificates"),
            (iam.upload_ssh_public_key, {"UserName": user.name, "SSHPublicKeyBody": "k"}, "not part of this server"),
            (iam.create_service_specific_credential, {"UserName": user.name, "ServiceName": "codecommit.amazonaws.com"}, "not part")):
        code, message = failure(call, **arguments)
        assert "not built in this server" in message and reason in message, (code, message)


def test_a_malformed_policy_is_told_in_awss_words_first(iam, user):
    for text, message in (
            ("{", "This policy contains invalid Json"),
            (document("Maybe"), "Invalid effect: Maybe"),
            (document(action="s3"), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
            (document(resource="bucket"), 'Resource bucket must be in ARN format or "*".'),
            (document(Principal="*"), "Policy document should not specify a principal."),
            (document(Colour="red"), "Syntax errors in policy. Colour is not an element of a statement.")):
        assert failure(iam.put_user_policy, UserName=user.name, PolicyName="p", PolicyDocument=text) == (
            "MalformedPolicyDocument", message)
