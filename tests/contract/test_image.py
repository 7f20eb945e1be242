"""Image, its versions and their aliases: every operation. Facts: API_CreateImage, API_ListImages, API_CreateImageVersion,
API_DescribeImageVersion (the latest by default), API_ListAliases. The words for a duplicate image and for no latest version
are those of github.com/aws-samples/sagemaker-studio-custom-image-samples/issues/17; terraform-provider-aws looks for
"does not exist" in ResourceNotFound (internal/service/sagemaker/image.go, image_version.go)."""

import datetime
import json
import threading

import pytest

from test_training_job import error_of
from training import IMAGE


def make_listed(sagemaker, name, role):
    """At least three of them, for the pages of their lists (test_paging.py)."""
    for i in range(3):
        sagemaker.create_image(ImageName=f"{name}-{i}", RoleArn=role)
        sagemaker.create_image_version(ImageName=f"{name}-0", BaseImage=IMAGE, Aliases=[f"a{i}"])
    return {"ListImageVersions": {"ImageName": f"{name}-0"}, "ListAliases": {"ImageName": f"{name}-0"}}


@pytest.fixture
def sagemaker(aws):
    sagemaker = aws.client("sagemaker")
    yield sagemaker
    for name in names(sagemaker):
        sagemaker.delete_image(ImageName=name)


@pytest.fixture
def image(aws, sagemaker):
    return create(aws, "img")


def create(aws, name, **more):
    return aws.client("sagemaker").create_image(ImageName=name, RoleArn=aws.role, **more)["ImageArn"]


def names(sagemaker, **arguments):
    """Of this file's: other tests' are on the same server."""
    return [one["ImageName"] for one in sagemaker.list_images(**{"NameContains": "img", **arguments})["Images"]]


def add_version(sagemaker, image="img", **more):
    arn = sagemaker.create_image_version(ImageName=image, BaseImage=IMAGE, **more)["ImageVersionArn"]
    return int(arn.rsplit("/", 1)[1])


def numbers(sagemaker, image="img", **arguments):
    return [one["Version"] for one in sagemaker.list_image_versions(ImageName=image, **arguments)["ImageVersions"]]


def aliases(sagemaker, **arguments):
    return sagemaker.list_aliases(ImageName="img", **arguments)["SageMakerImageVersionAliases"]


def test_create_describe_update_and_delete(aws, sagemaker):
    arn = create(aws, "Img.One", DisplayName="One", Description="First", Tags=[{"Key": "team", "Value": "a"}])
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:image/img.one"
    described = sagemaker.describe_image(ImageName="Img.One")
    assert {name: described[name] for name in ("ImageArn", "ImageName", "ImageStatus", "RoleArn", "DisplayName", "Description")} == {
        "ImageArn": arn, "ImageName": "Img.One", "ImageStatus": "CREATED", "RoleArn": aws.role, "DisplayName": "One", "Description": "First"}
    assert sagemaker.update_image(ImageName="Img.One", DisplayName="Two", DeleteProperties=["Description"])["ImageArn"] == arn
    described = sagemaker.describe_image(ImageName="Img.One")
    assert described["DisplayName"] == "Two" and "Description" not in described
    assert described["LastModifiedTime"] > described["CreationTime"]
    assert error_of(sagemaker.update_image, ImageName="Img.One", DisplayName="x", DeleteProperties=["DisplayName"]) == (
        "ValidationException", "DisplayName is given and in DeleteProperties; do one of both.", 400)
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    sagemaker.delete_image(ImageName="Img.One")
    missing = ("ResourceNotFound", "The Image with ImageName img.one does not exist. Please provide a valid ImageName.", 400)
    for operation in (sagemaker.describe_image, sagemaker.update_image, sagemaker.delete_image, sagemaker.list_image_versions, sagemaker.list_aliases):
        assert error_of(operation, ImageName="img.one") == missing
    assert error_of(sagemaker.create_image_version, ImageName="img.one", BaseImage=IMAGE) == missing


def test_a_name_is_given_once(aws, image):
    assert error_of(create, aws=aws, name="img") == (
        "ResourceInUse", "The Image with ImageName img already exists. Please use a different ImageName.", 400)


def test_images_filter_and_sort(aws, sagemaker):
    create(aws, "img-b")
    between = sagemaker.describe_image(ImageName="img-b")["CreationTime"] + datetime.timedelta(milliseconds=1)
    create(aws, "img-a")
    sagemaker.update_image(ImageName="img-b", Description="changed")
    assert names(sagemaker, NameContains="IMG") == ["img-a", "img-b"]  # The newest first, says API_ListImages.
    assert names(sagemaker, SortBy="IMAGE_NAME", SortOrder="ASCENDING") == ["img-a", "img-b"]
    assert names(sagemaker, SortBy="CREATION_TIME", SortOrder="ASCENDING") == ["img-b", "img-a"]
    assert names(sagemaker, SortBy="LAST_MODIFIED_TIME") == ["img-b", "img-a"]
    assert names(sagemaker, CreationTimeAfter=between) == ["img-a"] and names(sagemaker, CreationTimeBefore=between) == ["img-b"]
    assert names(sagemaker, LastModifiedTimeBefore=between) == [] and len(names(sagemaker, LastModifiedTimeAfter=between)) == 2


def test_versions_are_numbered_and_described(aws, sagemaker, image):
    details = {"VendorGuidance": "STABLE", "JobType": "TRAINING", "MLFramework": "xgboost 1.7", "ProgrammingLang": "Python 3.10",
               "Processor": "CPU", "Horovod": False, "ReleaseNotes": "First"}
    assert [add_version(sagemaker, **details), add_version(sagemaker), add_version(sagemaker)] == [1, 2, 3]
    assert sagemaker.describe_image_version(ImageName="img")["Version"] == 3
    first = sagemaker.describe_image_version(ImageName="img", Version=1)
    assert {name: first[name] for name in details} == details
    assert first["ImageArn"] == image and first["ImageVersionArn"] == image.replace(":image/", ":image-version/") + "/1"
    assert first["ImageVersionStatus"] == "CREATED" and first["BaseImage"] == first["ContainerImage"] == IMAGE
    assert sagemaker.update_image_version(ImageName="img", Version=1, VendorGuidance="ARCHIVED", Horovod=True)["ImageVersionArn"] == first["ImageVersionArn"]
    updated = sagemaker.describe_image_version(ImageName="img", Version=1)
    assert updated["VendorGuidance"] == "ARCHIVED" and updated["Horovod"] is True and updated["ReleaseNotes"] == "First"
    sagemaker.delete_image_version(ImageName="img", Version=3)
    assert sagemaker.describe_image_version(ImageName="img")["Version"] == 2
    assert add_version(sagemaker) == 4


def test_a_version_that_is_not_there(sagemaker, image):
    assert error_of(sagemaker.describe_image_version, ImageName="img") == (
        "ResourceNotFound", "Latest ImageVersion with ImageName img does not exist. Please provide a valid ImageName.", 400)
    add_version(sagemaker, Aliases=["stable"])
    for operation in (sagemaker.describe_image_version, sagemaker.update_image_version, sagemaker.delete_image_version, sagemaker.list_aliases):
        assert error_of(operation, ImageName="img", Version=2) == (
            "ResourceNotFound", "ImageVersion with ImageName img and Version 2 does not exist. Please provide a valid Version.", 400)
        assert error_of(operation, ImageName="img", Alias="none") == (
            "ResourceNotFound", "ImageVersion with ImageName img and Alias none does not exist. Please provide a valid Alias.", 400)
        assert error_of(operation, ImageName="img", Version=1, Alias="stable") == (
            "ValidationException", "Version and Alias are both given; give one of them.", 400)
    for operation in (sagemaker.update_image_version, sagemaker.delete_image_version):
        assert error_of(operation, ImageName="img")[:2] == ("ValidationException", "Version or Alias is required: say which version of the image.")


def test_the_base_image_must_be_one_that_this_server_has(sagemaker, image):
    code, message, status = error_of(sagemaker.create_image_version, ImageName="img", BaseImage="123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1")
    assert (code, status) == ("ValidationException", 400) and "mine:1" in message
    assert numbers(sagemaker) == []


def test_a_token_makes_one_version(sagemaker, image):
    assert [add_version(sagemaker, ClientToken="same") for _ in range(2)] == [1, 1]
    assert error_of(add_version, sagemaker=sagemaker, ClientToken="same", Horovod=True)[0] == "ValidationException"
    assert add_version(sagemaker, ClientToken="other") == 2


def test_an_alias_is_of_one_version_and_moves(sagemaker, image):
    add_version(sagemaker, Aliases=["stable", "first"])
    add_version(sagemaker, Aliases=["stable"])
    assert sagemaker.describe_image_version(ImageName="img", Alias="stable")["Version"] == 2
    assert aliases(sagemaker) == ["first", "stable"] and aliases(sagemaker, Version=1) == ["first"]
    sagemaker.update_image_version(ImageName="img", Alias="first", AliasesToAdd=["stable", "new"], AliasesToDelete=["first"])
    assert aliases(sagemaker, Version=2) == [] and aliases(sagemaker, Alias="new") == ["new", "stable"]
    page = sagemaker.list_aliases(ImageName="img", MaxResults=1)
    assert page["SageMakerImageVersionAliases"] == ["new"] and aliases(sagemaker, NextToken=page["NextToken"]) == ["stable"]
    sagemaker.delete_image_version(ImageName="img", Alias="stable")
    assert aliases(sagemaker) == [] and numbers(sagemaker) == [2]
    assert error_of(sagemaker.list_aliases, ImageName="img", NextToken="zz") == ("ValidationException", "Invalid NextToken.", 400)


def test_aliases_are_limited(sagemaker, image):
    assert error_of(add_version, sagemaker=sagemaker, Aliases=[f"a{i}" for i in range(1001)]) == (
        "ResourceLimitExceeded", "An image has at most 1000 aliases.", 400)
    assert error_of(add_version, sagemaker=sagemaker, Aliases=["-bad"])[0] == "ValidationException"
    assert numbers(sagemaker) == []


def test_versions_filter_and_sort(aws, sagemaker, image):
    create(aws, "img-2")
    add_version(sagemaker, "img-2")  # Another's are not told.
    add_version(sagemaker)
    between = sagemaker.describe_image_version(ImageName="img")["CreationTime"] + datetime.timedelta(milliseconds=1)
    for _ in range(9):
        add_version(sagemaker)
    sagemaker.update_image_version(ImageName="img", Version=1, ReleaseNotes="changed")
    assert numbers(sagemaker) == list(range(10, 0, -1))
    assert numbers(sagemaker, SortBy="VERSION", SortOrder="ASCENDING") == list(range(1, 11))
    assert numbers(sagemaker, SortBy="LAST_MODIFIED_TIME", MaxResults=1) == [1]
    assert numbers(sagemaker, CreationTimeBefore=between) == [1] and len(numbers(sagemaker, CreationTimeAfter=between)) == 9
    assert numbers(sagemaker, LastModifiedTimeBefore=between) == [] and len(numbers(sagemaker, LastModifiedTimeAfter=between)) == 10


def test_creators_at_once_each_get_a_number(sagemaker, image):
    made = []
    creators = [threading.Thread(target=lambda i=i: made.append(add_version(sagemaker, Aliases=["last", f"a{i}"]))) for i in range(8)]
    for creator in creators:
        creator.start()
    for creator in creators:
        creator.join()
    assert sorted(made) == list(range(1, 9)) == numbers(sagemaker, SortBy="VERSION", SortOrder="ASCENDING")
    assert sorted(aliases(sagemaker)) == sorted(["last", *(f"a{i}" for i in range(8))])


def test_a_policy_on_the_image_allows_versions_of_it(aws, sagemaker, image):
    iam = aws.client("iam")
    iam.create_user(UserName="image-maker")
    key = iam.create_access_key(UserName="image-maker")["AccessKey"]
    iam.put_user_policy(UserName="image-maker", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["sagemaker:CreateImageVersion", "sagemaker:ListImageVersions"], "Resource": image},
        {"Effect": "Allow", "Action": "sagemaker:DescribeImageVersion", "Resource": image.replace(":image/", ":image-version/") + "/1"}]}))
    maker = aws.client("sagemaker", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert [add_version(maker, Aliases=["one"]), add_version(maker)] == [1, 2]
    assert numbers(maker) == [2, 1] and maker.describe_image_version(ImageName="img", Alias="one")["Version"] == 1
    create(aws, "img-2")
    for call, arguments in ((add_version, {"sagemaker": maker, "image": "img-2"}), (maker.describe_image_version, {"ImageName": "img"}),
                            (maker.list_image_versions, {"ImageName": "img-2"}), (maker.list_aliases, {"ImageName": "img"})):
        assert error_of(call, **arguments)[0] == "AccessDeniedException"
