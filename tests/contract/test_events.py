"""EventBridge through boto3: a rule writes the events of SageMaker, of alarms and of one's own into a log group."""

import json
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from live_server import wait_until
from training import IMAGE, create_config, create_model, job_request, make_bucket, run_shell_job, train, wait_for_job

MINE = json.dumps({"source": ["mine"]})


@pytest.fixture
def events(aws):
    return aws.client("events")


@pytest.fixture
def name(aws):
    """Of a rule and its log group, both gone afterwards."""
    name = f"rule-{uuid.uuid4().hex[:8]}"
    aws.client("logs").create_log_group(logGroupName=f"/aws/events/{name}")
    yield name
    remove(aws, name)
    aws.client("logs").delete_log_group(logGroupName=f"/aws/events/{name}")


def remove(aws, rule):
    events = aws.client("events")
    try:
        ids = [target["Id"] for target in events.list_targets_by_rule(Rule=rule)["Targets"]]
    except events.exceptions.ResourceNotFoundException:
        return
    if ids:
        events.remove_targets(Rule=rule, Ids=ids)
    events.delete_rule(Name=rule)


def log_group(aws, name):
    return f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/aws/events/{name}"


def follow(aws, name, pattern, **target):
    """A rule of that name with its log group as its target."""
    events = aws.client("events")
    events.put_rule(Name=name, EventPattern=pattern if isinstance(pattern, str) else json.dumps(pattern))
    answer = events.put_targets(Rule=name, Targets=[{"Id": "logs", "Arn": log_group(aws, name), **target}])
    assert answer["FailedEntryCount"] == 0, answer


def messages(aws, name):
    found = aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/events/{name}")
    return [event["message"] for page in found for event in page["events"]]


def told(aws, name, count):
    """The events in the log group, when there are so many."""
    wait_until(lambda: len(messages(aws, name)) >= count, f"{count} events of {name}", 30)
    return [json.loads(message) for message in messages(aws, name)]


def put(events, **entry):
    answer = events.put_events(Entries=[{"Source": "mine", "DetailType": "a type", "Detail": "{}", **entry}])
    assert answer["FailedEntryCount"] == 0, answer
    return answer["Entries"][0]["EventId"]


def error(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_the_end_of_a_training_job_is_told(aws, name):
    bucket = make_bucket(aws, f"sagemaker-{name}")
    follow(aws, name, {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Training Job State Change"],
                       "detail": {"TrainingJobStatus": ["Completed", "Failed"], "TrainingJobName": [{"prefix": name}]}})
    aws.client("sagemaker").create_training_job(**job_request(aws, bucket, f"{name}-good", Tags=[{"Key": "team", "Value": "blue"}]))
    job = wait_for_job(aws, f"{name}-good")
    run_shell_job(aws, bucket, f"{name}-bad", "exit 3")
    good, bad = told(aws, name, 2)
    assert set(good) == {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
    assert (good["version"], good["source"], good["account"], good["region"]) == ("0", "aws.sagemaker", aws.account, aws.region)
    assert good["resources"] == [job["TrainingJobArn"]]
    detail = good["detail"]
    assert (detail["TrainingJobName"], detail["TrainingJobStatus"], detail["SecondaryStatus"]) == (f"{name}-good", "Completed", "Completed")
    assert detail["CreationTime"] == int(job["CreationTime"].timestamp() * 1000 + 0.5)
    assert detail["SecondaryStatusTransitions"][0]["StartTime"] >= detail["CreationTime"]
    assert detail["HyperParameters"] == job["HyperParameters"]
    assert detail["Tags"] == {"team": "blue"}
    assert (bad["detail"]["TrainingJobStatus"], bad["detail"]["FailureReason"]) == (
        "Failed", aws.client("sagemaker").describe_training_job(TrainingJobName=f"{name}-bad")["FailureReason"])


def test_every_noun_with_events_tells_them(aws, name):
    sagemaker = aws.client("sagemaker")
    follow(aws, name, {"source": ["aws.sagemaker"], "$or": [{"resources": [{"wildcard": f"*{name}*"}]}, {"detail": {"ModelPackageGroupName": [name]}}]})
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=aws.role, PrimaryContainer={"Image": IMAGE})
    create_config(aws, name, name)
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    package = sagemaker.create_model_package(ModelPackageGroupName=name, ModelPackageDescription="d")["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    sagemaker.update_model_package(ModelPackageArn=package, ApprovalDescription="no change of state")
    sagemaker.create_image(ImageName=name, RoleArn=aws.role)
    sagemaker.create_model_card(ModelCardName=name, ModelCardStatus="Draft", Content=json.dumps({"model_overview": {"model_name": "secret"}}))
    sagemaker.update_model_card(ModelCardName=name, ModelCardStatus="Approved")
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName=name)
    seen = told(aws, name, 9)
    by_type = {}
    for event in seen:
        by_type.setdefault(event["detail-type"].removeprefix("SageMaker ").removesuffix(" State Change"), []).append(event["detail"])
    assert {kind: len(details) for kind, details in by_type.items()} == {
        "Model": 2, "Endpoint Config": 2, "Model Package": 2, "Image": 1, "Model Card": 2}
    assert sorted(detail["ModelApprovalStatus"] for detail in by_type["Model Package"]) == ["Approved", "PendingManualApproval"]
    assert by_type["Model Package"][0]["ModelPackageGroupName"] == name
    assert by_type["Model Package"][0]["CreationTime"].endswith("Z")
    assert by_type["Model"][0]["ModelArn"].endswith(f":model/{name}")
    assert sorted(card["ModelCardStatus"] for card in by_type["Model Card"]) == ["Approved", "Draft"]
    assert "secret" not in json.dumps(seen)
    sagemaker.delete_model_card(ModelCardName=name)
    sagemaker.delete_image(ImageName=name)


def test_an_endpoint_tells_its_states(aws, name):
    bucket = make_bucket(aws, f"sagemaker-{name}")
    follow(aws, name, {"detail-type": ["SageMaker Endpoint State Change"], "detail": {"EndpointName": [name]}})
    create_model(aws, name, train(aws, bucket, name))
    create_config(aws, name, name)
    sagemaker = aws.client("sagemaker")
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    sagemaker.delete_endpoint(EndpointName=name)
    states = [event["detail"]["EndpointStatus"] for event in told(aws, name, 3)]
    assert sorted(states) == ["CREATING", "DELETING", "IN_SERVICE"]


def test_an_alarm_tells_its_states(aws, name):
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName=name, Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
                                Threshold=1, ComparisonOperator="LessThanThreshold", Dimensions=[{"Name": "d", "Value": "v"}])
    follow(aws, name, {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name], "state": {"value": ["ALARM"]}}})
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="because")
    event = told(aws, name, 1)[0]
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [f"arn:aws:cloudwatch:{aws.region}:{aws.account}:alarm:{name}"]
    assert (event["detail"]["state"]["reason"], event["detail"]["previousState"]["value"]) == ("because", "INSUFFICIENT_DATA")
    metric = event["detail"]["configuration"]["metrics"][0]["metricStat"]
    assert metric == {"metric": {"namespace": "n", "name": "m", "dimensions": {"d": "v"}}, "period": 60, "stat": "Sum"}
    cloudwatch.delete_alarms(AlarmNames=[name])


def test_own_events_are_delivered(aws, events, name):
    follow(aws, name, MINE)
    at = int(time.time()) - 5
    event_id = put(events, Detail=json.dumps({"a": {"b": 1}}), Resources=["r1", "r2"], Time=at)
    put(events, Source="others")
    event = told(aws, name, 1)[0]
    assert event == {"version": "0", "id": event_id, "detail-type": "a type", "source": "mine", "account": aws.account,
                     "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)), "region": aws.region,
                     "resources": ["r1", "r2"], "detail": {"a": {"b": 1}}}


def test_entries_that_cannot_be_events(events):
    answer = events.put_events(Entries=[
        {"Source": "mine", "DetailType": "t", "Detail": "{}"}, {"Source": "mine", "DetailType": "t"},
        {"Source": "mine", "Detail": "{}"}, {"DetailType": "t", "Detail": "{}"}, {"Source": "aws.s3", "DetailType": "t", "Detail": "{}"},
        {"Source": "mine", "DetailType": "t", "Detail": "[1]"}, {"Source": "mine", "DetailType": "t", "Detail": "{"},
        {"Source": "mine", "DetailType": "t", "Detail": "{}", "EventBusName": "other"},
        {"Source": "mine", "DetailType": "t", "Detail": "{}", "TraceHeader": "x"}])
    assert answer["FailedEntryCount"] == 8
    assert "EventId" in answer["Entries"][0]
    assert [(entry["ErrorCode"], entry["ErrorMessage"].split(".")[0]) for entry in answer["Entries"][1:]] == [
        ("InvalidArgument", "Parameter Detail is not valid"), ("InvalidArgument", "Parameter DetailType is not valid"),
        ("InvalidArgument", "Parameter Source is not valid"), ("NotAuthorizedForSourceException", "Not authorized for the source"),
        ("MalformedDetail", "Detail is malformed"), ("MalformedDetail", "Detail is malformed"),
        ("ResourceNotFoundException", "Event bus other does not exist"),
        ("InvalidArgument", "Parameter TraceHeader is refused: there is no X-Ray in this server")]
    code, message = error(events.put_events, Entries=[{"Source": "mine", "DetailType": "t", "Detail": json.dumps({"a": "x" * 300_000})}])
    assert (code, message) == ("ValidationException", "Total size of the entries in the request is over the limit.")


def test_a_target_gets_what_its_input_says(aws, events, name):
    follow(aws, name, MINE, InputTransformer={"InputPathsMap": {"size": "$.detail.size"}, "InputTemplate": '"<aws.events.rule-name>: <size> rows"'})
    put(events, Detail='{"size": 7}')
    wait_until(lambda: messages(aws, name) == [f"{name}: 7 rows"], "the transformed event")
    follow(aws, name, MINE, InputTransformer={"InputPathsMap": {"at": "$.time", "size": "$.detail.size"},
                                              "InputTemplate": '{"timestamp": <at>, "message": "size <size>"}'})
    put(events, Detail='{"size": 8}', Time=int(time.time()) - 60)
    wait_until(lambda: "size 8" in messages(aws, name), "a log event with a time of its own")
    follow(aws, name, MINE, InputPath="$.detail.text")
    put(events, Detail='{"text": "plain"}')
    wait_until(lambda: "plain" in messages(aws, name), "a part of the event")
    follow(aws, name, MINE, Input='{"always": "the same"}')
    put(events)
    wait_until(lambda: '{"always":"the same"}' in messages(aws, name), "the constant")


def test_a_rule_is_what_it_was_put_as(aws, events, name):
    arn = events.put_rule(Name=name, EventPattern=MINE, Description="d", Tags=[{"Key": "k", "Value": "v"}])["RuleArn"]
    assert arn == f"arn:aws:events:{aws.region}:{aws.account}:rule/{name}"
    rule = events.describe_rule(Name=name, EventBusName="default")
    del rule["ResponseMetadata"]
    assert rule == {"Name": name, "Arn": arn, "EventPattern": MINE, "State": "ENABLED", "Description": "d",
                    "EventBusName": "default", "CreatedBy": aws.account}
    events.disable_rule(Name=name)
    assert [(r["Name"], r["State"]) for r in events.list_rules(NamePrefix=name)["Rules"]] == [(name, "DISABLED")]
    events.enable_rule(Name=name)
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["x"]}), State="DISABLED", Tags=[{"Key": "ignored", "Value": "v"}])
    rule = events.describe_rule(Name=name)
    assert rule["State"] == "DISABLED" and "Description" not in rule
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "more", "Value": ""}])
    events.untag_resource(ResourceARN=arn, TagKeys=["k"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "more", "Value": ""}]
    tagging = aws.client("resourcegroupstaggingapi")
    tagging.tag_resources(ResourceARNList=[arn], Tags={"both": "ways"})
    found = tagging.get_resources(TagFilters=[{"Key": "both"}], ResourceTypeFilters=["events:rule"])["ResourceTagMappingList"]
    assert [entry["ResourceARN"] for entry in found] == [arn]
    tagging.untag_resources(ResourceARNList=[arn], TagKeys=["both"])
    events.delete_rule(Name=name)
    events.delete_rule(Name=name)  # It may be said again.
    assert error(events.describe_rule, Name=name) == ("ResourceNotFoundException", f"Rule {name} does not exist on EventBus default.")


def test_a_rule_on_a_schedule_tells_the_time(aws, events, name):
    follow(aws, name, MINE)
    arn = events.put_rule(Name=name, ScheduleExpression="cron(* * * * ? *)")["RuleArn"]
    assert events.describe_rule(Name=name)["ScheduleExpression"] == "cron(* * * * ? *)"
    put(events)  # It has no pattern any more.
    wait_until(lambda: messages(aws, name), "the next minute", 75)
    event = told(aws, name, 1)[0]
    assert (event["source"], event["detail-type"], event["resources"], event["detail"]) == ("aws.events", "Scheduled Event", [arn], {})
    assert event["time"].endswith(":00Z")


def test_a_disabled_rule_is_not_followed(aws, events, name):
    follow(aws, name, MINE)
    events.disable_rule(Name=name)
    put(events, Detail='{"n": 1}')
    events.enable_rule(Name=name)
    put(events, Detail='{"n": 2}')
    assert [event["detail"]["n"] for event in told(aws, name, 1)] == [2]


def test_targets_are_put_listed_and_removed(aws, events, name):
    follow(aws, name, MINE)
    arn = log_group(aws, name)
    events.put_targets(Rule=name, Targets=[{"Id": "logs", "Arn": arn + ":*"}, {"Id": "2", "Arn": arn, "InputPath": "$"}])
    assert events.list_targets_by_rule(Rule=name)["Targets"] == [{"Id": "logs", "Arn": arn + ":*"}, {"Id": "2", "Arn": arn, "InputPath": "$"}]
    assert events.list_rule_names_by_target(TargetArn=arn)["RuleNames"] == [name]
    assert error(events.delete_rule, Name=name) == ("ValidationException", "Rule can't be deleted since it has targets.")
    assert events.remove_targets(Rule=name, Ids=["2", "never"])["FailedEntryCount"] == 0
    assert [target["Id"] for target in events.list_targets_by_rule(Rule=name)["Targets"]] == ["logs"]
    too_many = [{"Id": str(i), "Arn": arn} for i in range(5)]
    assert error(events.put_targets, Rule=name, Targets=too_many)[0] == "LimitExceededException"
    assert len(events.list_targets_by_rule(Rule=name)["Targets"]) == 1


def test_targets_that_are_not_here_are_refused_one_by_one(aws, events, name):
    events.put_rule(Name=name, EventPattern=MINE)
    arn = log_group(aws, name)
    bad = {
        "lambda": {"Arn": f"arn:aws:lambda:{aws.region}:{aws.account}:function:f"},
        "pipeline": {"Arn": f"arn:aws:sagemaker:{aws.region}:{aws.account}:pipeline/p"},
        "account": {"Arn": arn.replace(aws.account, "999999999999")}, "region": {"Arn": arn.replace(aws.region, "eu-west-1")},
        "stream": {"Arn": arn + ":log-stream:s"}, "nothing": {"Arn": "x"}, "role": {"Arn": arn, "RoleArn": aws.role},
        "dead": {"Arn": arn, "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:1:q"}},
        "retry": {"Arn": arn, "RetryPolicy": {"MaximumRetryAttempts": 1}}, "input": {"Arn": arn, "Input": "{"},
        "template": {"Arn": arn, "InputTransformer": {"InputTemplate": '"<x>"'}}, "two": {"Arn": arn, "Input": "1", "InputPath": "$"}}
    answer = events.put_targets(Rule=name, Targets=[{"Id": key, **target} for key, target in bad.items()] + [{"Id": "good", "Arn": arn}])
    assert answer["FailedEntryCount"] == len(bad)
    assert [entry["TargetId"] for entry in answer["FailedEntries"]] == list(bad)
    assert all(entry["ErrorCode"] == "ValidationException" and entry["ErrorMessage"] for entry in answer["FailedEntries"])
    assert "no other service that takes events" in answer["FailedEntries"][0]["ErrorMessage"]
    assert [target["Id"] for target in events.list_targets_by_rule(Rule=name)["Targets"]] == ["good"]


def test_what_is_asked_wrongly(events, name):
    for arguments, code, words in [
            ({"Name": "x"}, "ValidationException", "EventPattern or ScheduleExpression must be specified"),
            ({"Name": "x", "ScheduleExpression": "rate(5 minute)"}, "ValidationException", "Parameter ScheduleExpression is not valid."),
            ({"Name": "x", "EventPattern": MINE, "RoleArn": "arn:aws:iam::1:role/r"}, "ValidationException", "RoleArn is refused"),
            ({"Name": "x", "EventPattern": MINE, "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}, "ValidationException", "CloudTrail"),
            ({"Name": "x", "EventPattern": MINE, "EventBusName": "other"}, "ResourceNotFoundException", "Event bus other does not exist."),
            ({"Name": "x", "EventPattern": '{"source": "mine"}'}, "InvalidEventPatternException", "Event pattern is not valid. Reason: "),
            ({"Name": "x", "EventPattern": MINE, "Tags": [{"Key": "aws:k", "Value": "v"}]}, "ValidationException", "reserved")]:
        got, message = error(events.put_rule, **arguments)
        assert (got, words in message) == (code, True), (arguments, got, message)
    for call in (events.enable_rule, events.disable_rule, events.describe_rule):
        assert error(call, Name="no-such-rule")[0] == "ResourceNotFoundException"
    assert error(events.list_targets_by_rule, Rule="no-such-rule")[0] == "ResourceNotFoundException"
    assert error(events.put_targets, Rule="no-such-rule", Targets=[{"Id": "a", "Arn": "a"}])[0] == "ResourceNotFoundException"
    assert error(events.list_tags_for_resource, ResourceARN="arn:aws:events:us-east-1:1:rule/x")[0] == "ResourceNotFoundException"
    assert error(events.list_rules, NextToken="x")[0] == "ValidationException"


def test_the_default_bus_is_the_only_one(aws, events):
    arn = f"arn:aws:events:{aws.region}:{aws.account}:event-bus/default"
    assert events.list_event_buses()["EventBuses"] == [{"Name": "default", "Arn": arn}]
    assert events.list_event_buses(NamePrefix="x")["EventBuses"] == []
    assert events.describe_event_bus(Name=arn)["Name"] == "default"
    assert error(events.describe_event_bus, Name="other") == ("ResourceNotFoundException", "Event bus other does not exist.")


def test_patterns_can_be_tried(events):
    event = {"id": "1", "account": "1", "source": "mine", "time": "2026-01-01T00:00:00Z", "region": "r", "resources": [],
             "detail-type": "t", "detail": {"n": 5}}
    for pattern, result in [({"detail": {"n": [{"numeric": [">", 4]}]}}, True), ({"detail": {"n": [{"numeric": [">", 5]}]}}, False)]:
        assert events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"] is result
    del event["id"]
    assert error(events.test_event_pattern, EventPattern=MINE, Event=json.dumps(event)) == (
        "ValidationException", "Parameter Event is not valid. Reason: it has no id.")
    assert error(events.test_event_pattern, EventPattern="{}", Event="{}")[0] == "InvalidEventPatternException"


def test_users_may_do_what_their_policies_say(aws, name):
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    rules = f"arn:aws:events:*:{aws.account}:rule/{name}*"
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["events:PutRule"], "Resource": rules, "Condition": {"StringEquals": {"events:source": "aws.sagemaker"}}},
        {"Effect": "Allow", "Action": ["events:PutTargets"], "Resource": rules,
         "Condition": {"ArnLike": {"events:TargetArn": f"arn:aws:logs:*:*:log-group:/aws/events/{name}"}}},
        {"Effect": "Allow", "Action": ["events:DescribeRule"], "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "blue"}}},
        {"Effect": "Allow", "Action": ["events:PutEvents"], "Resource": f"arn:aws:events:*:{aws.account}:event-bus/default",
         "Condition": {"StringEquals": {"events:source": "mine", "events:detail-type": "t"}}}]}))
    user = aws.client("events", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    def denied(call, **arguments):
        code, message = error(call, **arguments)
        assert code == "AccessDeniedException", (arguments, message)

    sagemaker = json.dumps({"source": ["aws.sagemaker"]})
    denied(user.put_rule, Name="another", EventPattern=sagemaker)
    denied(user.put_rule, Name=name, EventPattern=MINE)
    denied(user.put_rule, Name=name, EventPattern=json.dumps({"source": ["aws.sagemaker", {"prefix": ""}]}))
    denied(user.put_rule, Name=name, EventPattern=json.dumps({"detail": {"source": ["aws.sagemaker"]}}))
    denied(user.put_rule, Name=name, EventPattern="{")
    denied(user.put_rule, Name=name, EventPattern=sagemaker, Tags=[{"Key": "team", "Value": "blue"}])  # No right to tag.
    user.put_rule(Name=name, EventPattern=sagemaker)
    denied(user.describe_rule, Name=name)
    aws.client("events").tag_resource(ResourceARN=f"arn:aws:events:{aws.region}:{aws.account}:rule/{name}", Tags=[{"Key": "team", "Value": "blue"}])
    user.describe_rule(Name=name)
    assert user.put_targets(Rule=name, Targets=[{"Id": "a", "Arn": log_group(aws, name)}])["FailedEntryCount"] == 0
    denied(user.put_targets, Rule=name, Targets=[{"Id": "a", "Arn": log_group(aws, "other")}])
    denied(user.list_rules)
    denied(user.delete_rule, Name=name)
    user.put_events(Entries=[{"Source": "mine", "DetailType": "t", "Detail": "{}"}])
    denied(user.put_events, Entries=[{"Source": "theirs", "DetailType": "t", "Detail": "{}"}])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)


def test_what_a_rule_did_is_measured(aws, events, name):
    follow(aws, name, MINE)
    events.put_targets(Rule=name, Targets=[{"Id": "gone", "Arn": log_group(aws, name + "-gone")}])
    put(events)

    def counts():
        metrics = aws.client("cloudwatch").list_metrics(Namespace="AWS/Events", Dimensions=[{"Name": "RuleName", "Value": name}])["Metrics"]
        return {metric["MetricName"] for metric in metrics} == {"TriggeredRules", "MatchedEvents", "Invocations", "FailedInvocations"}

    wait_until(counts, "the metrics of the rule", 40)


def test_events_outlive_a_kill(server):
    """Events are acknowledged with what they tell of: none is lost by `kill -9`, though one may be told twice."""
    server.client("logs").create_log_group(logGroupName="/aws/events/kill")
    follow(server, "kill", {"detail-type": ["SageMaker Model State Change"]})
    sagemaker = server.client("sagemaker")
    made = set()
    for round_ in range(4):
        for number in range(25):
            sagemaker.create_model(ModelName=f"m-{round_}-{number}", ExecutionRoleArn=server.role, PrimaryContainer={"Image": IMAGE})
            made.add(f"m-{round_}-{number}")
        server.kill()
        server.start()
    wait_until(lambda: {json.loads(message)["detail"]["ModelName"] for message in messages(server, "kill")} == made,
               "an event of each model", 60)
