"""Every built operation of the JSON services, each member of its input wrong in each way that its model can tell: the
client is told, and nothing fails inside."""

import json
import re

import botocore.session
import pytest

from test_unbuilt_operations import operations, post

SESSION = botocore.session.get_session()
# What each service answers to input that breaks its model; and to input that is of another type.
VALIDATION = {"sagemaker": "ValidationException", "logs": "InvalidParameterException", "resourcegroupstaggingapi": "InvalidParameterException",
              "events": "ValidationException"}
DEEP = "[" * 100 + "]" * 100


def built():
    names = json.loads(operations("--json"))
    return [(service, operation) for service in VALIDATION for operation in names[service]]


def valid(shape, depth=0):
    """The least that the model takes."""
    if shape.type_name == "structure":
        members = shape.required_members if not getattr(shape, "is_tagged_union", False) else list(shape.members)[:1]
        return {name: valid(shape.members[name], depth + 1) for name in members} if depth < 8 else {}
    if shape.type_name == "list":
        return [valid(shape.member, depth + 1) for _ in range(shape.metadata.get("min", 0))]
    if shape.type_name == "map":
        return {}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "a" * max(1, shape.metadata.get("min", 1))
    return {"boolean": True, "timestamp": 1.5}.get(shape.type_name, shape.metadata.get("min", 1))


def breaks(text, pattern):
    try:
        return not re.fullmatch(pattern, text)
    except re.error:  # A pattern of Java's that Python has not.
        return False


def wrong_values(shape):
    """Values that break the model, with how: "type", or "constraint"."""
    kind, limits = shape.type_name, shape.metadata
    if kind == "string":
        yield {"an": "object"}, "type"
        yield [], "type"
        if shape.enum:
            yield "NoSuchValue", "constraint"
        elif "max" in limits and limits["max"] <= 100_000:
            yield "a" * (limits["max"] + 1), "constraint"
        if limits.get("min", 0) > 0 and not shape.enum:
            yield "", "constraint"
        if "pattern" in limits and not shape.enum and breaks("\u0001\n", limits["pattern"]):
            yield "\u0001\n", "constraint"
    elif kind in ("structure", "map"):
        yield "text", "type"
        yield [1], "type"
    elif kind == "list":
        yield {"an": "object"}, "type"
        yield "text", "type"
        if limits.get("max", 10**6) <= 200 and shape.member.type_name == "string":
            yield [valid(shape.member)] * (limits["max"] + 1), "constraint"
    elif kind in ("integer", "long"):
        yield "text", "type"
        yield 10**30, "type"
        if "max" in limits:
            yield limits["max"] + 1, "constraint"
        if limits.get("min", -1) >= 0:
            yield limits["min"] - 1, "constraint"
    else:
        yield {"an": "object"}, "type"


def wrong_inputs(shape, depth=0):
    """Wrong values of a structure, each wrong in one place, down to the members of its members; with how and where."""
    least = valid(shape)
    for name, member in shape.members.items():
        for value, how in wrong_values(member):
            yield {**least, name: value}, how, name
        if member.type_name == "structure" and depth < 3:
            for value, how, where in wrong_inputs(member, depth + 1):
                yield {**least, name: value}, how, f"{name}.{where}"
        if member.type_name == "list" and member.member.type_name == "structure" and depth < 3:
            for value, how, where in wrong_inputs(member.member, depth + 1):
                yield {**least, name: [value]}, how, f"{name}[].{where}"
    for name in shape.required_members:
        yield {key: value for key, value in least.items() if key != name}, "constraint", f"{name} missing"


def sparse_inputs(shape, depth=0):
    """Inputs that the model takes, each with one optional member more than the least, itself as empty as may be."""
    least = valid(shape)
    for name, member in shape.members.items():
        empty = [valid(member.member)] if member.type_name == "list" else valid(member)
        yield {**least, name: empty}
        inner = member.member if member.type_name == "list" else member
        if inner.type_name == "structure" and depth < 3:
            for value in sparse_inputs(inner, depth + 1):
                yield {**least, name: [value] if member.type_name == "list" else value}


@pytest.mark.parametrize("service, operation", built())
def test_sparse_members_never_fail_inside(aws, service, operation):
    client = SESSION.get_service_model(service)
    shape = client.operation_model(operation).input_shape
    for value in sparse_inputs(shape) if shape else []:
        status, document = post(aws, client.signing_name, f"{client.metadata['targetPrefix']}.{operation}", "1.1", json.dumps(value))
        assert status < 500, (operation, value, status, document)


@pytest.mark.parametrize("service, operation", built())
def test_wrong_members_are_told(aws, service, operation):
    client = SESSION.get_service_model(service)
    shape = client.operation_model(operation).input_shape
    if shape is None:
        return
    target = f"{client.metadata['targetPrefix']}.{operation}"

    def refused(body, how, what):
        status, document = post(aws, client.signing_name, target, "1.1", body)
        code = document.get("__type", "").rsplit("#", 1)[-1]
        assert 400 <= status < 500 and "Internal" not in code, (operation, what, status, document)
        if how == "constraint":
            assert code == VALIDATION[service], (operation, what, document)
        if how == "type":
            assert code in ("SerializationException", VALIDATION[service]), (operation, what, document)

    for value, how, where in wrong_inputs(shape):
        refused(json.dumps(value), how, where)
    least = valid(shape)
    for name in shape.members:
        refused(json.dumps({**least, name: "DEEP"}).replace('"DEEP"', DEEP), "type", f"{name} deep")
    for body in ("[]", "nonsense", '{"a":', "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")):
        refused(body, "type", body)
