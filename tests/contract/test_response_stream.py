"""InvokeEndpointWithResponseStream. Facts: API_runtime_InvokeEndpointWithResponseStream, API_runtime_ResponseStream."""

import json

import botocore.exceptions
import pytest

from live_server import Server, binaries_with
from training import IMAGE, create_config, wait_for_endpoint

# A model server that answers as the body says; "two" sends its second half once somebody has asked for "go".
MODEL = r"""
[ "$1" = serve ] || exit 1
exec python3 -u - <<'PY'
import http.server, threading

go = threading.Event()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def whole(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def piece(self, body):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))

    def do_GET(self):
        self.whole(200)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"go":
            go.set()
            return self.whole(200, b"gone")
        if body == b"bad":
            return self.whole(400, b"cannot read this")
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", "trace=1")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.piece(b"first")
        if body == b"breaks":
            self.close_connection = True
            return
        if body == b"two":
            go.wait()
        self.piece(b"second")
        self.piece(b"")

http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
PY
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stream")
    server = Server(folder / "data", binaries=binaries_with(folder / "bin", MODEL))
    server.client("sagemaker").create_model(ModelName="m", ExecutionRoleArn=server.role, PrimaryContainer={"Image": IMAGE})
    create_config(server, "c", "m")
    server.client("sagemaker").create_endpoint(EndpointName="e", EndpointConfigName="c")
    wait_for_endpoint(server, "e")
    yield server
    server.end()


def ask(server, body, **more):
    return server.client("sagemaker-runtime").invoke_endpoint_with_response_stream(EndpointName="e", Body=body, **more)


def payload(events):
    return b"".join(event["PayloadPart"]["Bytes"] for event in events)


def test_each_part_comes_when_the_model_has_it(server):
    reply = ask(server, b"two", ContentType="text/plain")
    assert reply["ContentType"] == "text/plain" and reply["InvokedProductionVariant"]
    assert reply["CustomAttributes"] == "trace=1"
    events = iter(reply["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"first"
    other = server.client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"go")
    assert other["Body"].read() == b"gone"
    assert payload(events) == b"second"


def test_a_model_that_refuses_or_breaks_off_is_told(server):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        ask(server, b"bad")
    assert raised.value.response["Error"]["Code"] == "ModelError" and raised.value.response["OriginalStatusCode"] == 400
    events = iter(ask(server, b"breaks")["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"first"
    with pytest.raises(botocore.exceptions.EventStreamError, match="StreamBroken|closed the connection"):
        next(events)
    assert payload(ask(server, b"again")["Body"]) == b"firstsecond"


def test_it_is_the_action_invoke_endpoint(server):
    """API_runtime_InvokeEndpointWithResponseStream: its permission is sagemaker:InvokeEndpoint."""
    iam = server.client("iam")
    iam.create_user(UserName="streams")
    key = iam.create_access_key(UserName="streams")["AccessKey"]
    client = server.client("sagemaker-runtime", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    with pytest.raises(botocore.exceptions.ClientError, match="not authorized to perform: sagemaker:InvokeEndpoint on"):
        client.invoke_endpoint_with_response_stream(EndpointName="e", Body=b"x")
    iam.put_user_policy(UserName="streams", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sagemaker:InvokeEndpoint", "Resource": "*"}]}))
    assert payload(client.invoke_endpoint_with_response_stream(EndpointName="e", Body=b"x")["Body"]) == b"firstsecond"
