"""Service sagemaker-metrics (BatchPutMetrics, BatchGetMetrics) and the Metrics of a trial component."""

import concurrent.futures
import datetime
import json
import time

import pytest

from test_training_job import error_of

WEEK = 7 * 86400


@pytest.fixture
def metrics(aws):
    return aws.client("sagemaker-metrics")


@pytest.fixture
def component(aws):
    sagemaker = aws.client("sagemaker")
    arn = sagemaker.create_trial_component(TrialComponentName="measured")["TrialComponentArn"]
    yield arn
    sagemaker.delete_trial_component(TrialComponentName="measured")


def datum(name, value, step=None, at=None):
    point = {"MetricName": name, "Value": value, "Timestamp": datetime.datetime.fromtimestamp(at or time.time())}
    return point if step is None else {**point, "Step": step}


def summaries(aws):
    component = aws.client("sagemaker").describe_trial_component(TrialComponentName="measured")
    return {metric["MetricName"]: metric for metric in component.get("Metrics", [])}


def query(arn, name, statistic="Last", period="IterationNumber", axis="IterationNumber", **bounds):
    return {"MetricName": name, "ResourceArn": arn, "MetricStat": statistic, "Period": period, "XAxisType": axis, **bounds}


def test_a_component_tells_what_was_put(aws, metrics, component):
    assert summaries(aws) == {}
    now = int(time.time())
    for first in (0, 5):
        data = [datum("loss", float(i), i, now + i) for i in range(first, first + 5)] + [datum("acc", 0.5)]
        assert metrics.batch_put_metrics(TrialComponentName="measured", MetricData=data)["Errors"] == []
    told = summaries(aws)
    assert set(told) == {"loss", "acc"}
    loss = told["loss"]
    assert (loss["Min"], loss["Max"], loss["Avg"], loss["Last"], loss["Count"]) == (0.0, 9.0, 4.5, 9.0, 10)
    assert loss["StdDev"] == pytest.approx(8.25 ** 0.5) and loss["SourceArn"] == component
    assert loss["TimeStamp"].timestamp() == now + 9
    assert told["acc"]["StdDev"] == 0.0 and told["acc"]["Count"] == 2


def test_the_series_is_told_by_step_and_by_time(metrics, component):
    hour = int(time.time()) // 3600 * 3600
    points = [(1.0, 0, hour - 3600), (3.0, 0, hour - 3540), (5.0, 1, hour), (7.0, None, hour + 1)]
    data = [datum("loss", value, step, at) for value, step, at in points]
    metrics.batch_put_metrics(TrialComponentName="measured", MetricData=data)
    results = metrics.batch_get_metrics(MetricQueries=[
        query(component, "loss", "Avg"), query(component, "loss", "Max", "OneHour", "Timestamp"),
        query(component, "loss", "Count", "OneMinute", "Timestamp", Start=hour), query(component, "loss", End=0),
        query(component, "nothing"), query(component, "loss", "Avg", "OneHour", "IterationNumber")])["MetricQueryResults"]
    values = [(result["Status"], result["XAxisValues"], result["MetricValues"]) for result in results]
    assert values == [("Complete", [0, 1], [2.0, 5.0]), ("Complete", [hour - 3600, hour], [3.0, 7.0]),
                      ("Complete", [hour], [2.0]), ("Complete", [0], [3.0]), ("Complete", [], []),
                      ("ValidationError", [], [])]
    assert results[5]["Message"].startswith("XAxisType")


# Two weeks and two hours: sagemaker/experiments/metrics.py in the SDK. The codes: BatchPutMetricsError in the API reference.
def test_what_is_not_valid_is_said_and_the_rest_is_taken(aws, metrics, component):
    now = time.time()
    data = [datum("a", 1.0, at=now - 2 * WEEK - 60), datum("a", 2.0), datum("a", 3.0, at=now + 7260)]
    assert metrics.batch_put_metrics(TrialComponentName="measured", MetricData=data)["Errors"] == [
        {"Code": "VALIDATION_ERROR", "MetricIndex": 0}, {"Code": "VALIDATION_ERROR", "MetricIndex": 2}]
    assert summaries(aws)["a"]["Count"] == 1


def test_a_component_has_so_many_metrics(aws, metrics, component):
    for first in range(0, 300, 10):
        data = [datum(f"m{i}", 1.0) for i in range(first, first + 10)]
        assert metrics.batch_put_metrics(TrialComponentName="measured", MetricData=data)["Errors"] == []
    data = [datum("one-more", 1.0), datum("m0", 1.0)]
    assert metrics.batch_put_metrics(TrialComponentName="measured", MetricData=data)["Errors"] == [
        {"Code": "METRIC_LIMIT_EXCEEDED", "MetricIndex": 0}]
    assert len(summaries(aws)) == 300


# Writers at the same time lose nothing.
def test_many_writers_of_one_component(aws, metrics, component):
    def put(i):
        data = [datum("loss", float(i), 10 * i + j) for j in range(10)]
        return metrics.batch_put_metrics(TrialComponentName="measured", MetricData=data)["Errors"]

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        assert list(pool.map(put, range(60))) == [[]] * 60
    assert summaries(aws)["loss"]["Count"] == 600
    series = metrics.batch_get_metrics(MetricQueries=[query(component, "loss")])["MetricQueryResults"][0]
    assert series["XAxisValues"] == list(range(600))


def test_what_is_not_there(aws, metrics, component):
    missing = f"arn:aws:sagemaker:{aws.region}:{aws.account}:experiment-trial-component/none"
    assert error_of(metrics.batch_put_metrics, TrialComponentName="none", MetricData=[datum("a", 1.0)]) == (
        "ResourceNotFound", f"TrialComponent '{missing}' does not exist.", 400)
    result = metrics.batch_get_metrics(MetricQueries=[query(missing, "a"), query(component, "a")])["MetricQueryResults"]
    assert [one["Status"] for one in result] == ["ValidationError", "Complete"]


def test_each_resource_is_asked_for(aws, metrics, component):
    iam = aws.client("iam")
    iam.create_user(UserName="measures")
    key = iam.create_access_key(UserName="measures")["AccessKey"]
    iam.put_user_policy(UserName="measures", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sagemaker:BatchPutMetrics", "Resource": component}]}))
    user = aws.client("sagemaker-metrics", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    user.batch_put_metrics(TrialComponentName="measured", MetricData=[datum("a", 1.0)])
    for call, arguments in [(user.batch_put_metrics, {"TrialComponentName": "other", "MetricData": [datum("a", 1.0)]}),
                            (user.batch_get_metrics, {"MetricQueries": [query(component, "a")]})]:
        assert error_of(call, **arguments)[0] == "AccessDeniedException"
