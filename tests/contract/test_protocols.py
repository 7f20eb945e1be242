"""Every operation of every compiled service, through botocore's own serializers and parsers.

A document with all members is generated for each input, written by botocore, read by our wire library and compared;
and for each output, written by our wire library, read by botocore and compared.
"""

import base64
import datetime
import json
import os
import pathlib
import subprocess
import urllib.parse

import botocore.awsrequest
import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBE = ROOT / os.environ.get("SAGEBRUSH_BUILD_DIR", "build") / "bin" / "wire_probe"
SERVICES = """sagemaker sagemaker-runtime sagemaker-featurestore-runtime sagemaker-a2i-runtime sagemaker-metrics
sagemaker-edge s3 s3control sts iam logs cloudwatch ecr kms application-autoscaling events athena glue servicediscovery
lambda secretsmanager ssm forecast forecastquery personalize personalize-runtime personalize-events comprehend scheduler
resourcegroupstaggingapi sns sqs dynamodb stepfunctions sagebrush""".split()
MOMENT = datetime.datetime(2026, 11, 21, 7, 7, 8, tzinfo=datetime.timezone.utc)
# Names that two operations of one path share, or that are written by hand elsewhere.
DEPRECATED_TWINS = {"GetBucketLifecycle", "PutBucketLifecycle", "GetBucketNotification", "PutBucketNotification"}
NOT_ROUTABLE = DEPRECATED_TWINS | {"ListDirectoryBuckets"}


def service_model(service):
    loader = botocore.loaders.Loader(extra_search_paths=[str(ROOT / "src" / "wire" / "models")])
    return botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)


def sample(shape, depth=0, in_header=False):
    """A value of the shape; None when it would nest for ever."""
    if depth > 7:
        return None
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_eventstream", False) or shape.metadata.get("document") or shape.is_document_type:
            return None
        out = {}
        for name, member in shape.members.items():
            if shape.is_tagged_union and out:
                break
            value = sample(member, depth + 1, member.serialization.get("location") in ("header", "headers"))
            if value is not None:
                out[name] = value
        return out if out or not shape.members else None
    if kind == "list":
        item = sample(shape.member, depth + 1)
        return None if item in (None, {}) else [item, item]
    if kind == "map":
        item = sample(shape.value, depth + 1)
        return None if item is None else {sample(shape.key, depth + 1): item}
    if kind == "string":
        return shape.enum[0] if shape.enum else ("text-1" if in_header else "t<&\"é /+%1")
    return {"integer": 7, "long": 5_000_000_000, "float": 1.5, "double": 0.1, "boolean": True, "timestamp": MOMENT,
            "blob": b"\x00\xffblob"}[kind]


def plain(value):
    """The value in the form in which the probe and JSON carry it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return {"$blob": base64.b64encode(value).decode()}
    return value


@pytest.fixture(scope="module")
def ask():
    if not PROBE.exists():
        pytest.skip(f"{PROBE} is not built")
    with subprocess.Popen([PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def send(question):
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield send
        process.stdin.close()


def protocols(model):
    return [p for p in model.metadata.get("protocols", [model.metadata["protocol"]])]


def http_request(params, operation, protocol):
    serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
    request = serializer.serialize_to_request(params, operation)
    request.setdefault("context", {})
    botocore.awsrequest.prepare_request_dict(request, "http://127.0.0.1:8080")
    prepared = botocore.awsrequest.create_request_object(request).prepare()
    body = prepared.body or b""
    if hasattr(body, "read"):
        body = body.read()
    body = body.encode() if isinstance(body, str) else bytes(body)
    url = urllib.parse.urlsplit(prepared.url)
    target = url.path + ("?" + url.query if url.query else "")
    headers = {}
    for name, value in prepared.headers.items():
        headers[name] = value.decode() if isinstance(value, bytes) else str(value)
    return {"method": prepared.method, "target": target if target.startswith("/") else "/" + target, "headers": headers,
            "body": base64.b64encode(body).decode()}


def fix_sample(service, name, params):
    """What botocore's handlers, or the protocol itself, would have done to the parameters."""
    if service in ("s3", "s3control"):
        params.pop("ChecksumAlgorithm", None)
        if "Bucket" in params:
            params["Bucket"] = "bucket-1"
    if "AccountId" in params and service == "s3control":
        params["AccountId"] = "123456789012"
    return params


def normalise_input(params, operation):
    """Drops what is not in the document: streams, headers that HTTP has not."""
    out = plain(params)
    for name, member in (operation.input_shape.members if operation.input_shape else {}).items():
        if member.serialization.get("streaming"):
            out.pop(name, None)
        if name == "Expires" and "Expires" in out:  # A header of the object: text for us, a timestamp for botocore.
            out[name] = "Sat, 21 Nov 2026 07:07:08 GMT"
    return out


@pytest.mark.parametrize("service", SERVICES)
def test_requests_that_botocore_writes_are_read_as_they_were_meant(service, ask):
    model = service_model(service)
    wrong = []
    for protocol in protocols(model):
        for name in model.operation_names:
            if name in NOT_ROUTABLE or (service, name) == ("s3control", "CreateBucket"):  # Of S3 on Outposts.
                continue
            operation = model.operation_model(name)
            params = sample(operation.input_shape) if operation.input_shape else {}
            params = fix_sample(service, name, params or {})
            question = http_request(params, operation, protocol)
            question["signing_name"] = model.metadata.get("signingName", model.metadata["endpointPrefix"])
            answer = ask(question)
            expected = {"service": service, "operation": name, "protocol": protocol,
                        "input": normalise_input(params, operation)}
            if answer != expected:
                wrong.append((name, protocol, difference(expected, answer)))
    assert not wrong, f"{len(wrong)} operations: {wrong[:5]}"


def difference(expected, answer, path=""):
    if isinstance(expected, dict) and isinstance(answer, dict):
        for key in list(expected) + list(answer):
            if expected.get(key) != answer.get(key):
                return difference(expected.get(key), answer.get(key), f"{path}.{key}")
    if isinstance(expected, list) and isinstance(answer, list) and len(expected) == len(answer):
        for i, (a, b) in enumerate(zip(expected, answer)):
            if a != b:
                return difference(a, b, f"{path}[{i}]")
    return f"{path}: expected {str(expected)[:200]}, got {str(answer)[:300]}"


def readable(value):
    """What botocore's parser returned, in the probe's form."""
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [readable(item) for item in value]
    return plain(value)


@pytest.mark.parametrize("service", SERVICES)
def test_replies_that_we_write_are_read_by_botocore_as_they_were_meant(service, ask):
    model = service_model(service)
    wrong = []
    for protocol in protocols(model):
        parser = botocore.parsers.create_parser(protocol)
        for name in model.operation_names:
            operation = model.operation_model(name)
            shape = operation.output_shape
            if name in DEPRECATED_TWINS or (name == "GetBucketLocation" and service == "s3"):
                continue  # botocore reads it with a handler of its own; tests/contract/test_s3.py has it.
            output = plain((sample(shape) if shape else {}) or {})
            if shape:
                for member, target in shape.members.items():
                    if target.serialization.get("location") == "statusCode":
                        output[member] = 200
            answer = ask({"service": service, "operation": name, "protocol": protocol, "output": output})
            if "error" in answer:
                wrong.append((name, protocol, answer))
                continue
            reply = {"status_code": answer["status"], "headers": botocore.awsrequest.HeadersDict(answer["headers"]),
                     "body": base64.b64decode(answer["body"]), "context": {"operation_name": name}}
            if operation.has_event_stream_output:
                continue  # Written by the inference folder, event by event.
            if operation.has_streaming_output:
                payload = shape.serialization["payload"]
                assert reply["body"] == base64.b64decode(output.pop(payload)["$blob"]), name
                reply["body"] = b""
            parsed = readable(parser.parse(reply, shape))
            if operation.has_streaming_output:
                parsed.pop(shape.serialization["payload"], None)
            if parsed != output:
                wrong.append((name, protocol, difference(output, parsed)))
    assert not wrong, f"{len(wrong)} operations: {wrong[:5]}"
