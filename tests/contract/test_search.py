"""Search and GetSearchSuggestions over every noun that AWS makes searchable."""

import json
import uuid

import pytest

import test_training_job
from training import IMAGE, job_request, make_bucket, wait_for_job


def error_of(call, **arguments):
    return test_training_job.error_of(call, **arguments)[:2]


class World:
    def __init__(self, aws):
        self.aws, self.name = aws, f"search-{uuid.uuid4().hex[:8]}"
        self.sagemaker = aws.client("sagemaker")
        for i in range(7):
            self.sagemaker.create_model(ModelName=f"{self.name}-{i}", ExecutionRoleArn=aws.role, PrimaryContainer={
                "Image": IMAGE, "Environment": {"N": str(i)}}, Tags=[{"Key": "run", "Value": self.name}, {"Key": "odd", "Value": str(i % 2)}])
        make_bucket(aws, f"sagemaker-{self.name}")
        self.sagemaker.create_training_job(**job_request(aws, f"sagemaker-{self.name}", self.name),
                                           Tags=[{"Key": "run", "Value": self.name}])
        wait_for_job(aws, self.name)

    def pages(self, resource, filters=(), operator="And", size=10, client=None, **more):
        expression = {"SearchExpression": {"Filters": [*filters], "Operator": operator}} if filters else {}
        token = {}
        while True:
            reply = (client or self.sagemaker).search(Resource=resource, MaxResults=size, **expression, **token, **more)
            yield reply
            if "NextToken" not in reply:
                return
            token = {"NextToken": reply["NextToken"]}

    def models(self, filters=(), **more):
        mine = [{"Name": "Tags.run", "Operator": "Equals", "Value": self.name}]
        return [int(result["Model"]["Model"]["ModelName"].rsplit("-", 1)[1])
                for page in self.pages("Model", [*mine, *filters], **more) for result in page["Results"]]


@pytest.fixture(scope="module")
def world(aws):
    return World(aws)


def test_filters(world):
    assert world.models() == [6, 5, 4, 3, 2, 1, 0]  # The last modified first, as AWS sorts.
    assert world.models([{"Name": "Tags.odd", "Operator": "Equals", "Value": "1"}]) == [5, 3, 1]
    assert world.models([{"Name": "ModelName", "Operator": "Contains", "Value": f"{world.name}-4"}]) == [4]
    assert world.models([{"Name": "PrimaryContainer.Environment.N", "Operator": "In", "Value": "2,6"}]) == [6, 2]
    assert world.models([{"Name": "PrimaryContainer.Environment.N", "Operator": "GreaterThan", "Value": "4"}]) == [6, 5]
    assert world.models([{"Name": "Tags.none", "Operator": "Exists"}]) == []
    assert len(world.models([{"Name": "Tags.none", "Operator": "NotExists"}])) == 7


def test_pages_and_orders(world):
    for size in (1, 2, 3, 100):
        assert world.models(size=size) == [6, 5, 4, 3, 2, 1, 0]
        assert world.models(size=size, SortBy="ModelName", SortOrder="Ascending") == [0, 1, 2, 3, 4, 5, 6]
        assert world.models(size=size, SortBy="CreationTime", SortOrder="Ascending") == [0, 1, 2, 3, 4, 5, 6]
        # An order that only the documents know; of equals, the names tell.
        assert world.models(size=size, SortBy="Tags.odd", SortOrder="Ascending") == [0, 2, 4, 6, 1, 3, 5]
        assert world.models(size=size, SortBy="PrimaryContainer.Environment.N") == [6, 5, 4, 3, 2, 1, 0]
    page = next(world.pages("Model", [{"Name": "Tags.run", "Value": world.name}], size=3))
    assert page["TotalHits"] == {"Value": 3, "Relation": "GreaterThanOrEqualTo"}
    code, message = error_of(world.sagemaker.search, Resource="Model", NextToken=page["NextToken"])
    assert code == "ValidationException" and "NextToken" in message
    sorted_page = next(world.pages("Model", [{"Name": "Tags.run", "Value": world.name}], size=3, SortBy="Tags.odd"))
    for token in (sorted_page["NextToken"][:-4], "abcd", "W10="):
        assert error_of(world.sagemaker.search, Resource="Model", SortBy="Tags.odd", NextToken=token)[0] == "ValidationException"


def test_a_training_job_is_found_by_what_it_did(world):
    def found(*filters):
        pages = world.pages("TrainingJob", [{"Name": "TrainingJobName", "Operator": "Equals", "Value": world.name}, *filters])
        return [result["TrainingJob"] for page in pages for result in page["Results"]]
    [job] = found()
    described = world.sagemaker.describe_training_job(TrainingJobName=world.name)
    assert job["TrainingJobStatus"] == "Completed" and job["Tags"] == [{"Key": "run", "Value": world.name}]
    assert job["ModelArtifacts"] == described["ModelArtifacts"] and job["HyperParameters"] == described["HyperParameters"]
    metric = described["FinalMetricDataList"][0]
    name = f"Metrics.{metric['MetricName']}"
    assert found({"Name": name, "Operator": "LessThanOrEqualTo", "Value": str(metric["Value"] + 1)})
    assert not found({"Name": name, "Operator": "GreaterThan", "Value": str(metric["Value"] + 1)})
    assert found({"Name": "CreationTime", "Operator": "GreaterThan", "Value": "2020-01-01T00:00:00"})
    assert not found({"Name": "CreationTime", "Operator": "LessThan", "Value": "2020-01-01T00:00:00"})
    assert found({"Name": "TrainingJobStatus", "Operator": "Equals", "Value": "Completed"})


def test_what_cannot_be_searched_says_so(world):
    def refused(**request):
        code, message = error_of(world.sagemaker.search, **request)
        assert code == "ValidationException"
        return message
    assert "there are none" in refused(Resource="FeatureMetadata")
    assert "Unknown property name: Color" in refused(Resource="Model", SearchExpression={"Filters": [{"Name": "Color"}]})
    assert "Unknown property name: Color" in refused(Resource="Model", SortBy="Color")
    assert world.sagemaker.search(Resource="Model", CrossAccountFilterOption="CrossAccount")["Results"] == []


def test_a_visibility_condition_that_lacks_a_member_hides_all(world):
    """Neither Key nor Value is required by the service model (VisibilityConditions)."""
    for condition in ({"Key": "Tags.odd"}, {"Value": "1"}, {}):
        assert world.models(VisibilityConditions=[condition]) == []


def test_suggestions(world):
    def suggested(hint, resource="TrainingJob"):
        reply = world.sagemaker.get_search_suggestions(Resource=resource, SuggestionQuery={"PropertyNameQuery": {"PropertyNameHint": hint}})
        return [one["PropertyName"] for one in reply["PropertyNameSuggestions"]]
    assert suggested("trainingjobS") == ["TrainingJobStatus"]
    assert "Tags.run" in suggested("Tags.") and any(name.startswith("HyperParameters.") for name in suggested("hyper"))
    assert "Tags.odd" in suggested("tags.o", "Model")


def test_a_policy_keeps_a_search_to_what_its_caller_may_see(aws, world):
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html: VisibilityConditions."""
    iam = aws.client("iam")
    user = world.name
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:Search", "Resource": "*", "Condition": {
            "StringEquals": {"sagemaker:SearchVisibilityCondition/Tags.odd": "1"}}}]}))
    client = aws.client("sagemaker", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert world.models(client=client, VisibilityConditions=[{"Key": "Tags.odd", "Value": "1"}]) == [5, 3, 1]
    assert error_of(client.search, Resource="Model")[0] == "AccessDeniedException"
    assert error_of(client.search, Resource="Model", VisibilityConditions=[{"Key": "Tags.odd", "Value": "0"}])[0] == "AccessDeniedException"
