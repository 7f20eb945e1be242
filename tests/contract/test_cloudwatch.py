"""CloudWatch: metrics that clients put and the server publishes, and alarms on them."""

import datetime
import json

import botocore.config
import botocore.model
import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from training import create_config, create_model, delete_endpoint, make_bucket, train, wait_for_endpoint

UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(scope="module")
def cloudwatch(aws):
    return aws.client("cloudwatch")


def now():
    return datetime.datetime.now(UTC).replace(second=0, microsecond=0)


def put(cloudwatch, namespace, *data):
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=list(data))


def statistics(cloudwatch, namespace, name, *names, begin=None, minutes=10, period=60, **more):
    answer = cloudwatch.get_metric_statistics(Namespace=namespace, MetricName=name, StartTime=begin or now() - minutes * MINUTE,
                                              EndTime=now() + MINUTE, Period=period, Statistics=names or ["Sum"], **more)
    return sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])


def query(identifier, namespace, name, stat="Sum", period=60, **more):
    return {"Id": identifier, "MetricStat": {"Metric": {"Namespace": namespace, "MetricName": name}, "Period": period, "Stat": stat}, **more}


def test_what_was_put_is_summed_up_by_the_minute(cloudwatch):
    at = now() - 2 * MINUTE
    for value in (1, 2, 6):
        put(cloudwatch, "Sums", {"MetricName": "m", "Value": value, "Unit": "Count", "Timestamp": at})
    put(cloudwatch, "Sums", {"MetricName": "m", "Value": 10, "Unit": "Count", "Timestamp": at - MINUTE})
    first, second = statistics(cloudwatch, "Sums", "m", "Sum", "Average", "Minimum", "Maximum", "SampleCount")
    assert second == {"Timestamp": at, "Sum": 9.0, "Average": 3.0, "Minimum": 1.0, "Maximum": 6.0, "SampleCount": 3.0, "Unit": "Count"}
    assert first["Timestamp"] == at - MINUTE and first["Sum"] == 10.0
    hour = statistics(cloudwatch, "Sums", "m", "Sum", begin=at - 59 * MINUTE, period=3600)
    assert [(point["Timestamp"], point["Sum"]) for point in hour] == [(at - 59 * MINUTE, 19.0)]


def test_values_counts_and_statistic_sets(cloudwatch):
    put(cloudwatch, "Forms", {"MetricName": "v", "Values": [1.0, 2.0, 3.0], "Counts": [1, 98, 1]},
        {"MetricName": "s", "StatisticValues": {"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 5}})
    points = cloudwatch.get_metric_statistics(Namespace="Forms", MetricName="v", StartTime=now() - MINUTE, EndTime=now() + 2 * MINUTE,
                                              Period=60, ExtendedStatistics=["p50", "p99.5"])["Datapoints"]
    assert points[0]["ExtendedStatistics"] == {"p50": 2.0, "p99.5": 3.0}
    point, = statistics(cloudwatch, "Forms", "s", "Average", "Maximum", "SampleCount")
    assert (point["Average"], point["Maximum"], point["SampleCount"], point["Unit"]) == (2.5, 5.0, 4.0, "None")


def test_dimensions_and_units_are_metrics_and_values_of_their_own(cloudwatch):
    dimensions = [{"Name": "B", "Value": "1"}, {"Name": "A", "Value": "2"}]
    put(cloudwatch, "Apart", {"MetricName": "m", "Value": 1}, {"MetricName": "m", "Value": 2, "Dimensions": dimensions},
        {"MetricName": "m", "Value": 4, "Dimensions": dimensions[:1]}, {"MetricName": "m", "Value": 8, "Unit": "Bytes"})
    assert [point["Sum"] for point in statistics(cloudwatch, "Apart", "m", Dimensions=dimensions[::-1])] == [2.0]
    assert {point["Unit"]: point["Sum"] for point in statistics(cloudwatch, "Apart", "m")} == {"None": 1.0, "Bytes": 8.0}
    assert [point["Sum"] for point in statistics(cloudwatch, "Apart", "m", Unit="Bytes")] == [8.0]
    assert statistics(cloudwatch, "Apart", "m", Unit="Seconds") == []


@pytest.mark.parametrize("datum, code, message", [
    ({}, "MissingParameter", "MetricData.member.1.Value"),
    ({"Value": 1, "Values": [1.0]}, "InvalidParameterCombination", "mutually exclusive"),
    ({"Value": float("nan")}, "InvalidParameterValue", "-2^360"),
    ({"Value": 1e200}, "InvalidParameterValue", "-2^360"),
    ({"Values": [1.0, 2.0], "Counts": [1.0]}, "InvalidParameterValue", "must be of the same size"),
    ({"Values": [float(i) for i in range(151)]}, "InvalidParameterValue", "size greater than 150"),
    ({"Values": [1.0], "Counts": [-1.0]}, "InvalidParameterValue", "Counts"),
    ({"StatisticValues": {"SampleCount": 0, "Sum": 0, "Minimum": 0, "Maximum": 0}}, "InvalidParameterValue", "SampleCount"),
    ({"Value": 1, "StorageResolution": 1}, "InvalidParameterValue", "by the minute"),
    ({"Value": 1, "Dimensions": [{"Name": "A", "Value": "1"}, {"Name": "A", "Value": "2"}]}, "InvalidParameterValue", "given twice"),
    ({"Value": 1, "Timestamp": datetime.datetime(2020, 1, 1, tzinfo=UTC)}, "InvalidParameterValue", "no more than two weeks"),
    ({"Value": 1, "Timestamp": datetime.datetime(2100, 1, 1, tzinfo=UTC)}, "InvalidParameterValue", "within two hours"),
])
def test_bad_data_are_refused_and_nothing_of_the_request_is_kept(cloudwatch, datum, code, message):
    with pytest.raises(ClientError) as refused:
        put(cloudwatch, "Refused", {"MetricName": "bad", **datum}, {"MetricName": "good", "Value": 1})
    assert refused.value.response["Error"]["Code"] == code and message in refused.value.response["Error"]["Message"]
    assert cloudwatch.list_metrics(Namespace="Refused")["Metrics"] == []


def test_namespaces_of_aws_are_not_for_clients(cloudwatch):
    with pytest.raises(ClientError, match="The value AWS/ for parameter Namespace is invalid"):
        put(cloudwatch, "AWS/SageMaker", {"MetricName": "Invocations", "Value": 1})


# Each shown by users: github.com/cloud-custodian/cloud-custodian/issues/7683, influxdata/telegraf/issues/2022, elastic/beats/issues/32687.
def test_ranges_that_cannot_be(cloudwatch):
    at = now()
    with pytest.raises(ClientError, match=r"\(InvalidParameterCombination\).*You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce"):
        cloudwatch.get_metric_statistics(Namespace="n", MetricName="m", StartTime=at - 1440 * MINUTE, EndTime=at, Period=1, Statistics=["Sum"])
    with pytest.raises(ClientError, match=r"\(InvalidParameterValue\).*The parameter StartTime must not equal parameter EndTime."):
        cloudwatch.get_metric_statistics(Namespace="n", MetricName="m", StartTime=at, EndTime=at, Period=60, Statistics=["Sum"])
    with pytest.raises(ClientError, match=r"\(ValidationError\).*The parameter StartTime must not equal parameter EndTime."):
        cloudwatch.get_metric_data(MetricDataQueries=[query("a", "n", "m")], StartTime=at, EndTime=at)
    with pytest.raises(ClientError, match=r"\(InvalidParameterValue\).*multiple of 60"):
        statistics(cloudwatch, "n", "m", period=61)
    with pytest.raises(ClientError, match="Statistics or ExtendedStatistics"):
        cloudwatch.get_metric_statistics(Namespace="n", MetricName="m", StartTime=at - MINUTE, EndTime=at, Period=60)


def test_metric_data_of_several_metrics_in_pages(cloudwatch):
    begin = now() - 10 * MINUTE
    for i in range(6):
        put(cloudwatch, "Paged", {"MetricName": "a", "Value": i, "Timestamp": begin + i * MINUTE},
            {"MetricName": "b", "Value": 10 * i, "Timestamp": begin + i * MINUTE})
    ask = dict(MetricDataQueries=[query("a", "Paged", "a"), query("hidden", "Paged", "a", ReturnData=False), query("b", "Paged", "b", Label="Bees")],
               StartTime=begin, EndTime=now())
    for order, expected in (("TimestampAscending", list(range(6))), ("TimestampDescending", list(range(5, -1, -1)))):
        whole = cloudwatch.get_metric_data(ScanBy=order, **ask)["MetricDataResults"]
        assert [(result["Id"], result["Label"], result["StatusCode"]) for result in whole] == [("a", "a", "Complete"), ("b", "Bees", "Complete")]
        assert whole[0]["Values"] == [float(i) for i in expected]
        assert whole[0]["Timestamps"] == [begin + i * MINUTE for i in expected]
        seen = {"a": [], "b": []}
        pages = list(cloudwatch.get_paginator("get_metric_data").paginate(ScanBy=order, MaxDatapoints=4, **ask))
        for page in pages:
            assert sum(len(result["Values"]) for result in page["MetricDataResults"]) <= 4
            for result in page["MetricDataResults"]:
                seen[result["Id"]] += result["Values"]
        assert len(pages) == 3 and seen == {"a": whole[0]["Values"], "b": whole[1]["Values"]}


@pytest.mark.parametrize("change, message", [
    ({"Expression": "a + 1", "MetricStat": None}, "metric math"),
    ({"Id": "Big"}, "lower-case letter"),
    ({"Label": "${MAX}"}, "not filled in"),
    ({"AccountId": "111111111111"}, "another account"),
    ({"MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "tm90"}}, "tm90"),
    ({"MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "p101"}}, "p101"),
])
def test_queries_that_are_not_answered_say_why(cloudwatch, change, message):
    changed = {name: value for name, value in {**query("a", "n", "m"), **change}.items() if value is not None}
    with pytest.raises(ClientError) as refused:
        cloudwatch.get_metric_data(MetricDataQueries=[changed], StartTime=now() - MINUTE, EndTime=now())
    assert message in refused.value.response["Error"]["Message"]


def test_metrics_are_listed_by_what_is_asked(cloudwatch):
    put(cloudwatch, "Listed", *({"MetricName": f"m{i % 3}", "Value": 1, "Dimensions": [{"Name": "I", "Value": f"{i:04}"}]} for i in range(1000)))
    put(cloudwatch, "Listed", {"MetricName": "old", "Value": 1, "Timestamp": now() - 5 * 60 * MINUTE})
    metrics = [metric for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace="Listed") for metric in page["Metrics"]]
    assert len(metrics) == 1001 == len({json.dumps(metric, sort_keys=True) for metric in metrics})
    assert len(cloudwatch.list_metrics(Namespace="Listed")["Metrics"]) == 500
    assert cloudwatch.list_metrics(Namespace="Listed", Dimensions=[{"Name": "I", "Value": "0007"}])["Metrics"] == [
        {"Namespace": "Listed", "MetricName": "m1", "Dimensions": [{"Name": "I", "Value": "0007"}]}]
    assert cloudwatch.list_metrics(Namespace="Listed", MetricName="old", RecentlyActive="PT3H")["Metrics"] == []
    assert len(cloudwatch.list_metrics(Namespace="Listed", MetricName="old", IncludeLinkedAccounts=True)["OwningAccounts"]) == 1
    with pytest.raises(ClientError, match="NextToken"):
        cloudwatch.list_metrics(NextToken="mine")


def test_large_requests_come_compressed(aws):
    client = aws.client("cloudwatch", config=botocore.config.Config(request_min_compression_size_bytes=100, retries={"max_attempts": 1}))
    sent = []
    client.meta.events.register("before-send", lambda request, **_: sent.append(request.headers.get("Content-Encoding")) and None)
    put(client, "Compressed", *({"MetricName": "m", "Value": i} for i in range(1000)))
    assert sent in ([b"gzip"], ["gzip"])
    assert statistics(client, "Compressed", "m", "SampleCount", "Maximum")[-1]["Maximum"] == 999.0


@pytest.mark.parametrize("protocol", ["query", "json", "smithy-rpc-v2-cbor"])
def test_every_protocol_of_the_model(aws, monkeypatch, protocol):
    monkeypatch.setattr(botocore.model.ServiceModel, "resolved_protocol", protocol)
    client = aws.new_client("cloudwatch")
    assert protocol in client.meta.service_model.metadata["protocols"]
    sent = []
    client.meta.events.register("before-send", lambda request, **_: sent.append(request.headers["Content-Type"]) and None)
    namespace = "By/" + protocol
    put(client, namespace, {"MetricName": "m", "Value": 1.5, "Dimensions": [{"Name": "d", "Value": "é & <x>"}]})
    metric, = client.list_metrics(Namespace=namespace)["Metrics"]
    assert metric["Dimensions"] == [{"Name": "d", "Value": "é & <x>"}]
    assert statistics(client, namespace, "m", Dimensions=metric["Dimensions"])[0]["Sum"] == 1.5
    alarm(client, "by-" + protocol)
    assert described(client, "by-" + protocol)["Threshold"] == 5.0
    with pytest.raises(ClientError, match="InvalidParameterValue.*multiple of 60"):
        statistics(client, namespace, "m", period=61)
    kind = {"query": "x-www-form-urlencoded", "json": "x-amz-json-1.0", "smithy-rpc-v2-cbor": "cbor"}[protocol]
    assert sent and all(kind in str(text) for text in sent)


def test_metrics_outlive_a_server_that_is_killed(server):
    cloudwatch = server.client("cloudwatch")
    put(cloudwatch, "Kept", {"MetricName": "m", "Value": 7})
    server.kill()
    server.start()
    assert statistics(cloudwatch, "Kept", "m")[0]["Sum"] == 7.0


def alarm(cloudwatch, name, **changes):
    request = dict(AlarmName=name, Namespace="Alarms", MetricName=name, Statistic="Average", Period=60, EvaluationPeriods=1, Threshold=5.0,
                   ComparisonOperator="GreaterThanThreshold")
    request.update(changes)
    cloudwatch.put_metric_alarm(**{name: value for name, value in request.items() if value is not None})


def described(cloudwatch, name):
    found, = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


def test_an_alarm_follows_its_metric(aws, cloudwatch):
    alarm(cloudwatch, "follows", AlarmDescription="too much", DatapointsToAlarm=1)
    begun = described(cloudwatch, "follows")
    assert begun["StateValue"] == "INSUFFICIENT_DATA" and begun["StateReason"] == "Unchecked: Initial alarm creation"
    assert begun["AlarmArn"] == f"arn:aws:cloudwatch:{aws.region}:{aws.account}:alarm:follows"
    assert begun["AlarmDescription"] == "too much" and begun["Threshold"] == 5.0 and begun["ActionsEnabled"] and begun["AlarmActions"] == []
    put(cloudwatch, "Alarms", {"MetricName": "follows", "Value": 9, "Timestamp": now() - MINUTE})
    alarmed = wait_until(lambda: (found := described(cloudwatch, "follows"))["StateValue"] == "ALARM" and found, "the alarm", 30)
    assert "1 of the 1 datapoints" in alarmed["StateReason"] and "greater than the threshold (5)" in alarmed["StateReason"]
    assert json.loads(alarmed["StateReasonData"])["recentDatapoints"] == [9.0]
    assert alarmed["StateTransitionedTimestamp"] >= begun["StateUpdatedTimestamp"]
    put(cloudwatch, "Alarms", *({"MetricName": "follows", "Value": -9, "Timestamp": now() - i * MINUTE} for i in (0, 1)))
    wait_until(lambda: described(cloudwatch, "follows")["StateValue"] == "OK", "the alarm to be over", 90)


def test_alarms_are_described_set_and_deleted(cloudwatch):
    for name in ("set-a", "set-b", "set-c"):
        alarm(cloudwatch, name, Statistic=None, ExtendedStatistic="p99", TreatMissingData="ignore")
    cloudwatch.set_alarm_state(AlarmName="set-b", StateValue="ALARM", StateReason="by hand", StateReasonData='{"who": "me"}')
    found = described(cloudwatch, "set-b")
    assert (found["StateValue"], found["StateReason"], found["StateReasonData"], found["ExtendedStatistic"]) == ("ALARM", "by hand", '{"who": "me"}', "p99")
    names = lambda **ask: [found["AlarmName"] for found in cloudwatch.describe_alarms(**ask)["MetricAlarms"]]
    assert names(AlarmNamePrefix="set-") == ["set-a", "set-b", "set-c"]
    assert names(AlarmNamePrefix="set-", StateValue="ALARM") == ["set-b"]
    assert names(AlarmNames=["set-c", "none"]) == ["set-c"] and names(AlarmTypes=["CompositeAlarm"]) == []
    pages = list(cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix="set-", PaginationConfig={"PageSize": 2}))
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]
    alarm(cloudwatch, "set-b", Threshold=6.0)  # Its state stays; the rest is replaced.
    found = described(cloudwatch, "set-b")
    assert found["StateValue"] == "ALARM" and found["Threshold"] == 6.0 and "ExtendedStatistic" not in found
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.delete_alarms(AlarmNames=["set-a", "none"])
    cloudwatch.delete_alarms(AlarmNames=["set-a", "set-b", "set-c"])
    assert names(AlarmNamePrefix="set-") == []
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.set_alarm_state(AlarmName="set-a", StateValue="OK", StateReason="")
    with pytest.raises(ClientError, match="NextToken"):
        cloudwatch.describe_alarms(NextToken="mine")


@pytest.mark.parametrize("changes, message", [
    (dict(Threshold=None), "Threshold must be specified"),
    (dict(Threshold=float("nan")), "finite"),
    (dict(Threshold=float("-inf")), "finite"),
    (dict(Statistic=None), "Statistic and ExtendedStatistic"),
    (dict(ExtendedStatistic="p9"), "Statistic and ExtendedStatistic"),
    (dict(AlarmActions=["arn:aws:sns:us-east-1:123456789012:t"]), "take no actions"),
    (dict(Tags=[{"Key": "a", "Value": "b"}]), "tags of alarms are not built"),
    (dict(ComparisonOperator="GreaterThanUpperThreshold"), "anomaly detection"),
    (dict(TreatMissingData="maybe"), "Supported options"),
    (dict(Period=10), "multiple of 60"),
    (dict(Period=61), "multiple of 60"),
    (dict(EvaluationPeriods=1441), "EvaluationPeriods \\* Period"),
    (dict(DatapointsToAlarm=2), "DatapointsToAlarm"),
    (dict(EvaluateLowSampleCountPercentile="ignore"), "only evaluate"),
])
def test_alarms_that_could_not_do_what_they_say_are_refused(cloudwatch, changes, message):
    with pytest.raises(ClientError, match=message):
        alarm(cloudwatch, "refused", **changes)
    assert cloudwatch.describe_alarms(AlarmNames=["refused"])["MetricAlarms"] == []


def test_rights_to_metrics_and_alarms(aws, cloudwatch):
    iam = aws.client("iam")
    iam.create_user(UserName="measurer")
    key = iam.create_access_key(UserName="measurer")["AccessKey"]
    iam.put_user_policy(UserName="measurer", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": {"StringEquals": {"cloudwatch:namespace": "Mine"}}},
        {"Effect": "Allow", "Action": "cloudwatch:*Alarm*", "Resource": f"arn:aws:cloudwatch:*:{aws.account}:alarm:mine-*"}]}))
    client = aws.client("cloudwatch", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    try:
        put(client, "Mine", {"MetricName": "m", "Value": 1})
        with pytest.raises(ClientError, match="AccessDenied.*cloudwatch:PutMetricData"):
            put(client, "Theirs", {"MetricName": "m", "Value": 1})
        with pytest.raises(ClientError, match="AccessDenied.*cloudwatch:ListMetrics"):
            client.list_metrics()
        alarm(client, "mine-1")
        client.delete_alarms(AlarmNames=["mine-1"])
        with pytest.raises(ClientError, match="AccessDenied.*alarm:other"):
            alarm(client, "other")
        alarm(cloudwatch, "other")
        with pytest.raises(ClientError, match="AccessDenied.*alarm:other"):
            client.delete_alarms(AlarmNames=["mine-1", "other"])
    finally:
        cloudwatch.delete_alarms(AlarmNames=["other"])
        iam.delete_access_key(UserName="measurer", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="measurer", PolicyName="p")
        iam.delete_user(UserName="measurer")


def test_invocations_of_an_endpoint_become_metrics(aws, cloudwatch):
    bucket = make_bucket(aws, "sagemaker-cloudwatch")
    create_model(aws, "measured", train(aws, bucket, "measured"))
    create_config(aws, "measured", "measured", count=2)
    aws.client("sagemaker").create_endpoint(EndpointName="Measured", EndpointConfigName="measured")
    wait_for_endpoint(aws, "Measured")
    try:
        runtime = aws.client("sagemaker-runtime")
        begin = now()
        for _ in range(5):
            runtime.invoke_endpoint(EndpointName="Measured", ContentType="text/csv", Body="0.5,0.25")
        for _ in range(2):
            with pytest.raises(ClientError, match="ModelError"):
                runtime.invoke_endpoint(EndpointName="Measured", ContentType="text/csv", Body="no,number")
        dimensions = [{"Name": "EndpointName", "Value": "Measured"}, {"Name": "VariantName", "Value": "AllTraffic"}]

        def total(name, stat="Sum"):
            return sum(point[stat] for point in statistics(cloudwatch, "AWS/SageMaker", name, stat, begin=begin, Dimensions=dimensions))

        wait_until(lambda: total("Invocations") == 7, "seven invocations to be published", 30)
        assert total("Invocation4XXErrors") + total("Invocation5XXErrors") == 2 and total("Invocation4XXErrors", "SampleCount") == 7
        assert total("InvocationsPerInstance") == 3.5
        latency = statistics(cloudwatch, "AWS/SageMaker", "ModelLatency", "Minimum", "Average", "Maximum", begin=begin, Dimensions=dimensions)[0]
        overhead = statistics(cloudwatch, "AWS/SageMaker", "OverheadLatency", "Average", begin=begin, Dimensions=dimensions)[0]
        assert latency["Unit"] == overhead["Unit"] == "Microseconds"
        assert 10 < latency["Minimum"] <= latency["Average"] <= latency["Maximum"] < 10_000_000 and 0 < overhead["Average"] < 1_000_000
        listed = cloudwatch.list_metrics(Namespace="AWS/SageMaker", Dimensions=dimensions[:1])["Metrics"]
        assert {metric["MetricName"] for metric in listed} == {"Invocations", "InvocationsPerInstance", "ModelLatency", "OverheadLatency",
                                                               "Invocation4XXErrors", "Invocation5XXErrors"}
    finally:
        delete_endpoint(aws, "Measured")


# tests of TrainingJobAnalytics in SageMaker's Python SDK ask just this.
def test_the_metrics_of_a_training_job_can_be_plotted(aws, cloudwatch):
    bucket = make_bucket(aws, "sagemaker-plotted")
    train(aws, bucket, "plotted")
    job = aws.client("sagemaker").describe_training_job(TrainingJobName="plotted")
    last = {metric["MetricName"]: metric for metric in job["FinalMetricDataList"]}
    points = cloudwatch.get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs", MetricName="validation:logloss", Dimensions=[{"Name": "TrainingJobName", "Value": "plotted"}],
        StartTime=job["TrainingStartTime"] - MINUTE, EndTime=job["TrainingEndTime"] + MINUTE, Period=60,
        Statistics=["Average", "SampleCount", "Minimum"])["Datapoints"]
    assert sum(point["SampleCount"] for point in points) == 5  # As many as rounds.
    assert min(point["Minimum"] for point in points) == pytest.approx(last["validation:logloss"]["Value"], rel=1e-6)
