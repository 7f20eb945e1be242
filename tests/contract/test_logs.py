"""CloudWatch Logs through boto3: what the SageMaker SDKs, Airflow and the AWS CLI call to follow a job's lines."""

import time
import uuid

import pytest


@pytest.fixture
def logs(aws):
    return aws.client("logs")


@pytest.fixture
def group(logs):
    name = f"/test/{uuid.uuid4()}"
    logs.create_log_group(logGroupName=name)
    yield name
    logs.delete_log_group(logGroupName=name)


def now():
    return int(time.time() * 1000)


def put(logs, group, stream, events):
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass
    return logs.put_log_events(
        logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": t, "message": m} for t, m in events])


def messages(page):
    return [event["message"] for event in page["events"]]


def code(call, **arguments):
    with pytest.raises(Exception) as caught:
        call(**arguments)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error["Error"]["Code"], error["Error"]["Message"]


def test_events_come_back_as_they_were_put(logs, group):
    t = now()
    reply = put(logs, group, "s", [(t, "one"), (t, "two"), (t + 1, "dr\u00e4i")])
    assert "rejectedLogEventsInfo" not in reply
    page = logs.get_log_events(logGroupName=group, logStreamName="s", startFromHead=True)
    assert messages(page) == ["one", "two", "dr\u00e4i"]
    assert page["events"][0]["timestamp"] == t
    assert page["events"][0]["ingestionTime"] >= t - 60_000


def test_the_sdks_polling_loop_ends_and_goes_on(logs, group):
    """get_log_events with the forward token until a page is empty, as sagemaker.logs does."""
    t = now()
    put(logs, group, "job/algo-1-1", [(t + i, str(i)) for i in range(25)])
    seen, token = [], None
    for _ in range(20):
        arguments = {"nextToken": token} if token else {}
        page = logs.get_log_events(logGroupName=group, logStreamName="job/algo-1-1", startFromHead=True, limit=10, **arguments)
        if token and not page["events"]:
            break
        seen += messages(page)
        token = page["nextForwardToken"]
    assert seen == [str(i) for i in range(25)]
    assert page["nextForwardToken"] == token
    put(logs, group, "job/algo-1-1", [(t + 30, "more")])
    page = logs.get_log_events(logGroupName=group, logStreamName="job/algo-1-1", startFromHead=True, nextToken=token)
    assert messages(page) == ["more"]


def test_start_time_is_inclusive(logs, group):
    t = now()
    put(logs, group, "s", [(t, "a"), (t + 5, "b"), (t + 5, "c")])
    page = logs.get_log_events(logGroupName=group, logStreamName="s", startTime=t + 5, startFromHead=True)
    assert messages(page) == ["b", "c"]


def test_describe_log_streams_has_no_token_on_a_complete_page(logs, group):
    for n in (1, 2):
        put(logs, group, f"job/algo-{n}-1", [(now(), "x")])
    page = logs.describe_log_streams(
        logGroupName=group, logStreamNamePrefix="job/", orderBy="LogStreamName", limit=2)
    assert [s["logStreamName"] for s in page["logStreams"]] == ["job/algo-1-1", "job/algo-2-1"]
    assert "nextToken" not in page
    assert {"creationTime", "firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime", "arn"} <= set(page["logStreams"][0])


def test_paginators_walk_everything(logs, group):
    t = now()
    for n in range(3):
        put(logs, group, f"s{n}", [(t + 10 * n + i, f"{n}.{i} {'odd' if i % 2 else 'even'}") for i in range(4)])
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, PaginationConfig={"PageSize": 1})
    assert [s["logStreamName"] for page in pages for s in page["logStreams"]] == ["s0", "s1", "s2"]
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, filterPattern="odd", PaginationConfig={"PageSize": 2})
    assert [e["message"] for page in pages for e in page["events"]] == [f"{n}.{i} odd" for n in range(3) for i in (1, 3)]
    names = [g["logGroupName"] for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/test/")
             for g in page["logGroups"]]
    assert group in names


def test_filter_patterns(logs, group):
    put(logs, group, "s", [(now(), '{"level": "error", "code": 500}'), (now(), "ERROR disk full"), (now(), "INFO fine")])
    for pattern, expected in {
        "ERROR": ["ERROR disk full"],
        '"disk full"': ["ERROR disk full"],
        "?ERROR ?INFO": ["ERROR disk full", "INFO fine"],
        '{ $.level = "error" && $.code >= 500 }': ['{"level": "error", "code": 500}'],
    }.items():
        assert messages(logs.filter_log_events(logGroupName=group, filterPattern=pattern)) == expected, pattern
    kind, message = code(logs.filter_log_events, logGroupName=group, filterPattern="{ $.a = ")
    assert kind == "InvalidParameterException" and "Invalid filter pattern" in message


def test_errors(logs, group):
    missing = ("ResourceNotFoundException", "The specified log group does not exist.")
    assert code(logs.describe_log_streams, logGroupName="/none") == missing
    assert code(logs.get_log_events, logGroupName="/none", logStreamName="s") == missing
    assert code(logs.filter_log_events, logGroupName="/none") == missing
    assert code(logs.get_log_events, logGroupName=group, logStreamName="s") == (
        "ResourceNotFoundException", "The specified log stream does not exist.")
    assert code(logs.create_log_group, logGroupName=group) == (
        "ResourceAlreadyExistsException", "The specified log group already exists")
    assert code(logs.create_log_group, logGroupName="a b")[0] == "InvalidParameterException"
    put(logs, group, "s", [(now(), "x")])
    t = now()
    assert code(logs.put_log_events, logGroupName=group, logStreamName="s",
                logEvents=[{"timestamp": t, "message": "a"}, {"timestamp": t - 1, "message": "b"}])[0] == "InvalidParameterException"
    assert code(logs.get_log_events, logGroupName=group, logStreamName="s", nextToken="nonsense")[0] == "InvalidParameterException"


def test_retention_and_tags(logs, group):
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    described = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    assert described["retentionInDays"] == 7
    assert described["arn"].endswith(f":log-group:{group}:*")
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    logs.tag_resource(resourceArn=described["logGroupArn"], tags={"team": "ml"})
    assert logs.list_tags_for_resource(resourceArn=described["logGroupArn"])["tags"] == {"team": "ml"}
    logs.untag_resource(resourceArn=described["logGroupArn"], tagKeys=["team"])
    assert logs.list_tags_for_resource(resourceArn=described["logGroupArn"])["tags"] == {}


def test_too_old_and_too_new_events_are_rejected(logs, group):
    t = now()
    reply = put(logs, group, "s", [(t, "in"), (t + 3 * 3_600_000, "ahead")])
    assert reply["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    reply = put(logs, group, "s", [(t - 15 * 86_400_000, "old")])
    assert reply["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    assert messages(logs.get_log_events(logGroupName=group, logStreamName="s")) == ["in"]
