"""ACLs, Object Ownership, public access block, and what nobody may do with what is public.

docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html, about-object-ownership.html, access-control-block-public-access.html
"""

import json

import pytest
from botocore.exceptions import ClientError

from s3_buckets import bucket, error_of, refused, s3, unsigned

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
BLOCKED = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


def ownership(s3, bucket, name):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": name}]})


@pytest.fixture
def open_bucket(s3, bucket):
    """One with ACLs and without the public access block."""
    ownership(s3, bucket, "ObjectWriter")
    s3.delete_public_access_block(Bucket=bucket)
    return bucket


@pytest.fixture
def nobody(aws):
    return unsigned(aws)


def permissions(acl):
    return {(grant["Grantee"].get("URI", "owner"), grant["Permission"]) for grant in acl["Grants"]}


def outcome(call, **arguments):
    try:
        call(**arguments)
        return ""
    except ClientError as error:
        return error.response["Error"]["Code"]


def public_read(bucket, **changes):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | changes]})


def test_a_new_bucket_has_no_acls_and_blocks_public_access(s3, bucket):
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == BLOCKED
    rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    owner = s3.list_buckets()["Owner"]["ID"]
    acl = s3.get_bucket_acl(Bucket=bucket)
    assert acl["Owner"] == {"ID": owner}
    assert acl["Grants"] == [{"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]


def test_without_acls_only_the_owners_are_taken(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")
    s3.put_object(Bucket=bucket, Key="k", GrantFullControl=f'id="{s3.list_buckets()["Owner"]["ID"]}"')
    # The same as a document: s3cmd puts the ACL that it has read of what it copied.
    s3.put_object_acl(Bucket=bucket, Key="k", AccessControlPolicy={
        name: value for name, value in s3.get_object_acl(Bucket=bucket, Key="k").items() if name in ("Owner", "Grants")})
    for arguments in ({"ACL": "public-read"}, {"GrantRead": f'uri="{ALL_USERS}"'}):
        for call in (s3.put_object, s3.put_object_acl, s3.create_multipart_upload):
            assert error_of(call, Bucket=bucket, Key="k", **arguments) == ("AccessControlListNotSupported", 400)
        assert error_of(s3.copy_object, Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"},
                        **arguments) == ("AccessControlListNotSupported", 400)
        assert error_of(s3.put_bucket_acl, Bucket=bucket, **arguments) == ("AccessControlListNotSupported", 400)
    assert error_of(s3.put_bucket_acl, Bucket=bucket, ACL="private") == ("AccessControlListNotSupported", 400)
    assert permissions(s3.get_object_acl(Bucket=bucket, Key="k")) == {("owner", "FULL_CONTROL")}


@pytest.mark.parametrize("acl, grants", [
    ("private", set()), ("public-read", {(ALL_USERS, "READ")}), ("authenticated-read", {(AUTHENTICATED, "READ")}),
    ("public-read-write", {(ALL_USERS, "READ"), (ALL_USERS, "WRITE")})])
def test_canned_acls(s3, open_bucket, acl, grants):
    owners = {("owner", "FULL_CONTROL")}
    s3.put_bucket_acl(Bucket=open_bucket, ACL=acl)
    assert permissions(s3.get_bucket_acl(Bucket=open_bucket)) == owners | grants
    s3.put_object(Bucket=open_bucket, Key="k", ACL=acl)
    upload = s3.create_multipart_upload(Bucket=open_bucket, Key="u", ACL=acl)["UploadId"]
    part = s3.upload_part(Bucket=open_bucket, Key="u", UploadId=upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(Bucket=open_bucket, Key="u", UploadId=upload,
                                 MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    for key in ("k", "u"):
        assert permissions(s3.get_object_acl(Bucket=open_bucket, Key=key)) == owners | grants
    s3.copy_object(Bucket=open_bucket, Key="copy", CopySource={"Bucket": open_bucket, "Key": "k"})
    assert permissions(s3.get_object_acl(Bucket=open_bucket, Key="copy")) == owners
    s3.put_object_acl(Bucket=open_bucket, Key="copy", ACL=acl)
    assert permissions(s3.get_object_acl(Bucket=open_bucket, Key="copy")) == owners | grants


def test_grants_by_headers_and_as_a_document(s3, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    owner = s3.list_buckets()["Owner"]["ID"]
    s3.put_object_acl(Bucket=open_bucket, Key="k", GrantRead=f'uri="{ALL_USERS}", id="{owner}"', GrantReadACP=f"uri={AUTHENTICATED}")
    assert permissions(s3.get_object_acl(Bucket=open_bucket, Key="k")) == {
        (ALL_USERS, "READ"), ("owner", "READ"), (AUTHENTICATED, "READ_ACP")}
    acl = s3.get_object_acl(Bucket=open_bucket, Key="k")
    policy = {"Owner": acl["Owner"], "Grants": acl["Grants"][:1]}
    s3.put_object_acl(Bucket=open_bucket, Key="k", AccessControlPolicy=policy)
    assert s3.get_object_acl(Bucket=open_bucket, Key="k")["Grants"] == acl["Grants"][:1]
    s3.put_bucket_acl(Bucket=open_bucket, AccessControlPolicy={"Owner": acl["Owner"], "Grants": []})
    assert s3.get_bucket_acl(Bucket=open_bucket)["Grants"] == []
    assert s3.list_objects_v2(Bucket=open_bucket)["KeyCount"] == 1  # The owner's policies let it in all the same.


@pytest.mark.parametrize("arguments, code", [
    ({"ACL": "open"}, "InvalidArgument"), ({"ACL": "aws-exec-read"}, "NotImplemented"),
    ({"GrantRead": 'id="0123"'}, "InvalidArgument"), ({"GrantRead": "uri=http://example.com"}, "InvalidArgument"),
    ({"GrantRead": 'emailAddress="a@example.com"'}, "UnresolvableGrantByEmailAddress"), ({"GrantRead": "everybody"}, "InvalidArgument"),
    ({"GrantRead": 'id="'}, "InvalidArgument"), ({"GrantRead": 'id="a" id="b"'}, "InvalidArgument"),
    ({"ACL": "private", "GrantRead": f"uri={ALL_USERS}"}, "InvalidRequest"), ({}, "MissingSecurityHeader"),
    ({"AccessControlPolicy": {"Grants": []}}, "MalformedACLError"),
    ({"AccessControlPolicy": {"Owner": {"ID": "0123"}, "Grants": []}}, "AccessDenied")])
def test_what_is_no_acl(s3, open_bucket, arguments, code):
    assert outcome(s3.put_bucket_acl, Bucket=open_bucket, **arguments) == code
    assert permissions(s3.get_bucket_acl(Bucket=open_bucket)) == {("owner", "FULL_CONTROL")}


def test_nobody_gets_what_acls_give_everybody(s3, nobody, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="private", Body=b"x")
    s3.put_object(Bucket=open_bucket, Key="public", Body=b"x", ACL="public-read")
    s3.put_object(Bucket=open_bucket, Key="users", Body=b"x", ACL="authenticated-read")
    assert nobody.get_object(Bucket=open_bucket, Key="public")["Body"].read() == b"x"
    for key in ("private", "users", "none"):
        assert error_of(nobody.get_object, Bucket=open_bucket, Key=key) == ("AccessDenied", 403)
        assert error_of(nobody.head_object, Bucket=open_bucket, Key=key) == ("403", 403)
    for call, arguments in ((nobody.list_objects_v2, {}), (nobody.put_object, {"Key": "new"}), (nobody.delete_object, {"Key": "public"}),
                            (nobody.get_object_acl, {"Key": "public"}), (nobody.get_bucket_acl, {}), (nobody.get_bucket_policy, {}),
                            (nobody.put_object_acl, {"Key": "public", "ACL": "private"}), (nobody.delete_bucket, {}),
                            (nobody.get_object_tagging, {"Key": "public"})):
        assert error_of(call, Bucket=open_bucket, **arguments) == ("AccessDenied", 403)
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read-write")
    assert nobody.list_objects_v2(Bucket=open_bucket)["KeyCount"] == 3
    assert error_of(nobody.get_object, Bucket=open_bucket, Key="none") == ("NoSuchKey", 404)
    nobody.put_object(Bucket=open_bucket, Key="new", Body=b"y")
    assert error_of(nobody.delete_object, Bucket=open_bucket, Key="new") == ("AccessDenied", 403)
    assert error_of(nobody.put_bucket_acl, Bucket=open_bucket, ACL="private") == ("AccessDenied", 403)
    s3.put_bucket_acl(Bucket=open_bucket, ACL="private")
    ownership(s3, open_bucket, "BucketOwnerEnforced")  # The grants of objects are still there, and count no more.
    assert error_of(nobody.get_object, Bucket=open_bucket, Key="public") == ("AccessDenied", 403)
    assert permissions(s3.get_object_acl(Bucket=open_bucket, Key="public")) == {("owner", "FULL_CONTROL")}


def test_users_without_policies_get_what_acls_give_users(aws, s3, open_bucket):
    from test_access import Users
    users = Users(aws)
    user = users.client("s3", "acl-user")
    s3.put_object(Bucket=open_bucket, Key="users", Body=b"x", ACL="authenticated-read")
    s3.put_object(Bucket=open_bucket, Key="private", Body=b"x")
    assert user.get_object(Bucket=open_bucket, Key="users")["Body"].read() == b"x"
    assert error_of(user.get_object, Bucket=open_bucket, Key="private") == ("AccessDenied", 403)
    users.end()


def test_ownership_controls(s3, bucket):
    assert error_of(s3.put_bucket_ownership_controls, Bucket=bucket,
                    OwnershipControls={"Rules": [{"ObjectOwnership": "Everybody"}]}) == ("MalformedXML", 400)
    assert error_of(s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls={"Rules": []}) == ("MalformedXML", 400)
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    assert error_of(s3.get_bucket_ownership_controls, Bucket=bucket) == ("OwnershipControlsNotFoundError", 404)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert error_of(s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls={
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}) == ("InvalidBucketAclWithObjectOwnership", 400)
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    ownership(s3, bucket, "BucketOwnerEnforced")


@pytest.mark.parametrize("arguments, code", [
    ({"ACL": "public-read"}, "InvalidBucketAclWithObjectOwnership"),
    ({"ACL": "public-read", "ObjectOwnership": "ObjectWriter"}, "InvalidBucketAclWithBlockPublicAccessError"),
    ({"ObjectOwnership": "Mine"}, "InvalidArgument")])
def test_new_buckets_that_are_refused(s3, arguments, code):
    assert error_of(s3.create_bucket, Bucket="sagemaker-refused", **arguments) == (code, 400)
    assert error_of(s3.head_bucket, Bucket="sagemaker-refused") == ("404", 404)


def test_a_new_bucket_with_acls(s3):
    s3.create_bucket(Bucket="sagemaker-with-acls", ACL="log-delivery-write", ObjectOwnership="BucketOwnerPreferred")
    granted = permissions(s3.get_bucket_acl(Bucket="sagemaker-with-acls")) - {("owner", "FULL_CONTROL")}
    assert granted == {("http://acs.amazonaws.com/groups/s3/LogDelivery", name) for name in ("WRITE", "READ_ACP")}
    s3.delete_bucket(Bucket="sagemaker-with-acls")


def test_each_setting_of_the_public_access_block_has_its_effect(s3, nobody, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x", ACL="public-read")

    def block(**settings):
        s3.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration=settings)

    block(BlockPublicAcls=True)
    assert error_of(s3.put_object, Bucket=open_bucket, Key="k", ACL="public-read") == ("AccessDenied", 403)
    assert error_of(s3.put_object_acl, Bucket=open_bucket, Key="k", ACL="authenticated-read") == ("AccessDenied", 403)
    assert error_of(s3.put_bucket_acl, Bucket=open_bucket, ACL="public-read-write") == ("AccessDenied", 403)
    assert outcome(nobody.get_object, Bucket=open_bucket, Key="k") == ""  # What was granted before stays so.
    block(IgnorePublicAcls=True)
    assert outcome(nobody.get_object, Bucket=open_bucket, Key="k") == "AccessDenied"
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x", ACL="public-read")
    block(BlockPublicPolicy=True)
    error, status = refused(s3.put_bucket_policy, Bucket=open_bucket, Policy=public_read(open_bucket))
    assert (error["Code"], status) == ("AccessDenied", 403) and "BlockPublicPolicy" in error["Message"]
    s3.put_object_acl(Bucket=open_bucket, Key="k", ACL="private")
    block()
    s3.put_bucket_policy(Bucket=open_bucket, Policy=public_read(open_bucket))
    assert s3.get_bucket_policy_status(Bucket=open_bucket)["PolicyStatus"]["IsPublic"]
    assert outcome(nobody.get_object, Bucket=open_bucket, Key="k") == ""
    block(RestrictPublicBuckets=True)
    assert outcome(nobody.get_object, Bucket=open_bucket, Key="k") == "AccessDenied"
    assert outcome(s3.get_object, Bucket=open_bucket, Key="k") == ""


def test_nobody_gets_what_a_policy_gives_everybody(s3, nobody, bucket):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="shown/k", Body=b"x")
    s3.put_object(Bucket=bucket, Key="hidden", Body=b"x")
    s3.put_bucket_policy(Bucket=bucket, Policy=public_read(bucket, Resource=f"arn:aws:s3:::{bucket}/shown/*"))
    assert nobody.get_object(Bucket=bucket, Key="shown/k")["Body"].read() == b"x"
    assert error_of(nobody.get_object, Bucket=bucket, Key="hidden") == ("AccessDenied", 403)
    assert error_of(nobody.get_object, Bucket=bucket, Key="shown/none") == ("AccessDenied", 403)
    assert error_of(nobody.put_object, Bucket=bucket, Key="shown/new") == ("AccessDenied", 403)
    s3.put_bucket_policy(Bucket=bucket, Policy=public_read(bucket, Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))
    assert not s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]
    assert error_of(nobody.get_object, Bucket=bucket, Key="shown/k") == ("AccessDenied", 403)


def test_a_bad_signature_is_no_unsigned_request(aws, s3, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x", ACL="public-read")
    forged = aws.client("s3", aws_secret_access_key="wrong")
    assert error_of(forged.get_object, Bucket=open_bucket, Key="k") == ("SignatureDoesNotMatch", 403)
