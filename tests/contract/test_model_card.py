"""ModelCard and its versions: every operation. Facts: API_CreateModelCard, API_DescribeModelCard (IncludedData),
API_UpdateModelCard ("You cannot update both model card content and model card status in a single call");
docs.aws.amazon.com/sagemaker/latest/dg/model-cards-console-edit.html (each edit is a version);
API_ModelPackageModelCard ("you will receive the message Model Card is in Archived state"). The codes for missing
(ResourceNotFound) and duplicate (ConflictException) are those of the service model; their words are ours."""

import datetime
import json
import threading

import pytest

from test_training_job import error_of


def make_listed(sagemaker, name, role):
    """At least three of them, for the pages of their lists (test_paging.py)."""
    for i in range(3):
        sagemaker.create_model_card(ModelCardName=f"{name}-{i}", Content="{}", ModelCardStatus="Draft")
        sagemaker.update_model_card(ModelCardName=f"{name}-0", Content=json.dumps({"model_overview": {"model_version": i}}))
    return {"ListModelCardVersions": {"ModelCardName": f"{name}-0"}}


@pytest.fixture
def sagemaker(aws):
    sagemaker = aws.client("sagemaker")
    yield sagemaker
    for name in names(sagemaker):
        sagemaker.delete_model_card(ModelCardName=name)


def content(name, **more):
    return json.dumps({"model_overview": {"model_name": name}, **more})


def create(sagemaker, name, text=None, status="Draft", **more):
    return sagemaker.create_model_card(ModelCardName=name, Content=text or content("m"), ModelCardStatus=status, **more)["ModelCardArn"]


def names(sagemaker, **arguments):
    """Of this file's: other tests' are on the same server."""
    return [one["ModelCardName"] for one in sagemaker.list_model_cards(**{"NameContains": "card", **arguments})["ModelCardSummaries"]]


def versions(sagemaker, **arguments):
    found = sagemaker.list_model_card_versions(ModelCardName="card", **arguments)["ModelCardVersionSummaryList"]
    return [(one["ModelCardVersion"], one["ModelCardStatus"]) for one in found]


def test_create_describe_and_delete(aws, sagemaker):
    arn = create(sagemaker, "Card")
    assert arn == f"arn:aws:sagemaker:{aws.region}:{aws.account}:model-card/card"
    for name in ("Card", arn):
        described = sagemaker.describe_model_card(ModelCardName=name)
        assert described["ModelCardArn"] == arn and described["ModelCardName"] == "Card" and described["ModelCardVersion"] == 1
        assert described["Content"] == content("m") and described["ModelCardStatus"] == "Draft"
        assert described["CreatedBy"]["IamIdentity"]["Arn"].startswith("arn:aws:iam::") and "LastModifiedBy" not in described
    sagemaker.delete_model_card(ModelCardName="Card")
    missing = ("ResourceNotFound", "ModelCard card does not exist.", 400)
    for operation in (sagemaker.describe_model_card, sagemaker.delete_model_card, sagemaker.list_model_card_versions,
                      sagemaker.update_model_card):
        assert error_of(operation, ModelCardName="card") == missing


def test_a_name_is_given_once(sagemaker):
    create(sagemaker, "card")
    assert error_of(create, sagemaker=sagemaker, name="card") == ("ConflictException", "ModelCard card already exists.", 400)


def test_each_content_is_a_version(sagemaker):
    arn = create(sagemaker, "card")
    assert sagemaker.update_model_card(ModelCardName=arn, Content=content("second"))["ModelCardArn"] == arn
    assert versions(sagemaker) == [(1, "Draft"), (2, "Draft")]
    latest = sagemaker.describe_model_card(ModelCardName="card")
    assert latest["ModelCardVersion"] == 2 and latest["Content"] == content("second") and latest["LastModifiedBy"]
    first = sagemaker.describe_model_card(ModelCardName="card", ModelCardVersion=1)
    assert first["ModelCardVersion"] == 1 and first["Content"] == content("m") and "LastModifiedBy" not in first
    assert first["LastModifiedTime"] == first["CreationTime"] == latest["CreationTime"] < latest["LastModifiedTime"]
    assert error_of(sagemaker.describe_model_card, ModelCardName="card", ModelCardVersion=3) == (
        "ResourceNotFound", "ModelCard card has no version 3.", 400)


def test_status_is_of_the_latest_version_and_not_updated_with_content(sagemaker):
    create(sagemaker, "card")
    sagemaker.update_model_card(ModelCardName="card", Content=content("second"))
    for status in ("PendingReview", "Approved"):
        sagemaker.update_model_card(ModelCardName="card", ModelCardStatus=status)
    assert versions(sagemaker) == [(1, "Draft"), (2, "Approved")]
    assert error_of(sagemaker.update_model_card, ModelCardName="card", Content=content("third"), ModelCardStatus="Draft") == (
        "ValidationException", "You cannot update both model card content and model card status in a single call.", 400)
    sagemaker.update_model_card(ModelCardName="card", ModelCardStatus="Archived")
    assert error_of(sagemaker.update_model_card, ModelCardName="card", Content=content("third")) == (
        "ConflictException", "Model Card is in Archived state", 400)
    assert versions(sagemaker) == [(1, "Draft"), (2, "Archived")]


def test_metadata_only(sagemaker):
    text = content("m", intended_uses={"risk_rating": "High", "purpose_of_model": "secret"}, business_details={"line_of_business": "secret"})
    create(sagemaker, "card", text)
    assert sagemaker.describe_model_card(ModelCardName="card", IncludedData="AllData")["Content"] == text
    told = sagemaker.describe_model_card(ModelCardName="card", IncludedData="MetadataOnly")["Content"]
    assert json.loads(told) == {"model_overview": {"model_name": "m"}, "intended_uses": {"risk_rating": "High"}}
    sagemaker.update_model_card(ModelCardName="card", Content="{}")
    told = sagemaker.describe_model_card(ModelCardName="card", ModelCardVersion=1, IncludedData="MetadataOnly")["Content"]
    assert json.loads(told)["model_overview"] == {"model_name": "m"}
    assert sagemaker.describe_model_card(ModelCardName="card", IncludedData="MetadataOnly")["Content"] == "{}"


@pytest.mark.parametrize("text, says", [
    ("", "Content is not JSON"), ("{", "Content is not JSON"), ("[" * 50000, "Content is not JSON"), ("[]", "it must be an object"),
    ('{"model": {}}', "it has no member model"), ('{"intended_uses": {"risk_rating": "x"}}', "intended_uses.risk_rating must be"),
    ('{"model_overview": {"model_name": "\\ud800"}}', "Content is not JSON"), ("{}" + " " * 100000, "100000"),
])
def test_content_follows_the_schema(sagemaker, text, says):
    code, message, status = error_of(sagemaker.create_model_card, ModelCardName="card", Content=text, ModelCardStatus="Draft")
    assert (code, status) == ("ValidationException", 400) and says in message
    create(sagemaker, "card")
    assert error_of(sagemaker.update_model_card, ModelCardName="card", Content=text)[:2] == (code, message)
    assert versions(sagemaker) == [(1, "Draft")]


def test_a_key_is_refused_with_the_reason(sagemaker):
    assert error_of(create, sagemaker=sagemaker, name="card", SecurityConfig={"KmsKeyId": "key"}) == (
        "ValidationException", "SecurityConfig.KmsKeyId is not supported by this server: model cards are not encrypted by KMS keys.", 400)


def test_lists_filter_and_sort(sagemaker):
    create(sagemaker, "card-b")
    between = sagemaker.describe_model_card(ModelCardName="card-b")["CreationTime"] + datetime.timedelta(milliseconds=1)
    create(sagemaker, "card-a", status="Approved")
    assert names(sagemaker, NameContains="CARD") == ["card-b", "card-a"]
    assert names(sagemaker, SortBy="Name") == ["card-a", "card-b"] and names(sagemaker, SortOrder="Descending") == ["card-a", "card-b"]
    assert names(sagemaker, ModelCardStatus="Approved") == ["card-a"] and names(sagemaker, ModelCardStatus="Archived") == []
    assert names(sagemaker, CreationTimeAfter=between) == ["card-a"] and names(sagemaker, CreationTimeBefore=between) == ["card-b"]


def test_versions_filter_and_sort(sagemaker):
    create(sagemaker, "card")
    create(sagemaker, "card-2")  # Another's versions are not told.
    between = sagemaker.describe_model_card(ModelCardName="card")["CreationTime"] + datetime.timedelta(milliseconds=1)
    for i in range(2, 11):
        sagemaker.update_model_card(ModelCardName="card", Content=content(f"m{i}"))
    sagemaker.update_model_card(ModelCardName="card", ModelCardStatus="Approved")
    assert [number for number, _ in versions(sagemaker, SortBy="Version", MaxResults=100)] == list(range(1, 11))
    assert versions(sagemaker, SortOrder="Descending", MaxResults=2) == [(10, "Approved"), (9, "Draft")]
    assert versions(sagemaker, ModelCardStatus="Approved") == [(10, "Approved")]
    assert versions(sagemaker, CreationTimeBefore=between) == [(1, "Draft")] and len(versions(sagemaker, CreationTimeAfter=between)) == 9
    page = sagemaker.list_model_card_versions(ModelCardName="card", MaxResults=9)
    assert versions(sagemaker, MaxResults=9, NextToken=page["NextToken"]) == [(10, "Approved")]


def test_writers_at_once_lose_no_version(aws, sagemaker):
    create(sagemaker, "card")
    writers = [threading.Thread(target=sagemaker.update_model_card, kwargs={"ModelCardName": "card", "Content": content(f"w{i}")})
               for i in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    texts = {sagemaker.describe_model_card(ModelCardName="card", ModelCardVersion=number)["Content"] for number, _ in versions(sagemaker)}
    assert texts == {content("m"), *(content(f"w{i}") for i in range(8))}


def test_versions_have_no_tags_of_their_own(aws, sagemaker):
    arn = create(sagemaker, "card", Tags=[{"Key": "team", "Value": "a"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    version = arn.replace("model-card", "model-card-version") + "/0000000001"
    assert error_of(sagemaker.add_tags, ResourceArn=version, Tags=[{"Key": "b", "Value": "c"}])[0] == "ValidationException"


def test_search_finds_cards_by_what_they_say(sagemaker):
    create(sagemaker, "card-a", content("m", intended_uses={"risk_rating": "High"}, model_package_details={"model_package_group_name": "g"}))
    create(sagemaker, "card-b", json.dumps({"model_overview": {"model_id": "id"}, "intended_uses": {"risk_rating": "Low"}}),
           Tags=[{"Key": "team", "Value": "a"}])

    def found(name, value, operator="Equals"):
        results = sagemaker.search(Resource="ModelCard", SearchExpression={"Filters": [
            {"Name": name, "Operator": operator, "Value": value}, {"Name": "ModelCardName", "Operator": "Contains", "Value": "card-"}]})["Results"]
        return [result["ModelCard"]["ModelCardName"] for result in results]
    assert found("RiskRating", "High") == found("ModelPackageGroupName", "g") == ["card-a"]
    assert found("ModelId", "id") == found("Tags.team", "a") == found("RiskRating", "High", "NotEquals") == ["card-b"]
    sagemaker.update_model_card(ModelCardName="card-a", Content="{}")
    assert found("RiskRating", "High") == [] and found("ModelCardStatus", "Draft") == ["card-a", "card-b"]
    assert found("ModelCardVersion", "2") == ["card-a"]
