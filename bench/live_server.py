"""A `sagebrush serve` of a benchmark's own, requests signed for it, and wrk that sends them."""

import json
import os
import platform
import re
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / os.environ.get("SAGEBRUSH_BUILD_DIR", "build") / "bin/sagebrush"
REGION = "us-east-1"
JSON = "application/x-amz-json-1.1"


def machine():
    """What it is, and its load."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()).group(1)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{model}, {os.cpu_count()} cores shared with the clients, Linux {platform.release()}", load


def take_precedence(data=None):
    """Lets this session, and the workloads of the server with this data directory, go before all other programs of the
    machine. Needs root and the kernel's autogroups."""
    chosen, parent_of = {os.getpid()}, {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent_of[int(process)] = int(Path("/proc", process, "stat").read_text().rsplit(")", 1)[1].split()[1])
            if data and str(data).encode() in Path("/proc", process, "cmdline").read_bytes():
                chosen.add(int(process))
        except (FileNotFoundError, ProcessLookupError):
            pass  # It has ended.
    for process in parent_of:
        ancestor = process
        while ancestor in parent_of and ancestor not in chosen:
            ancestor = parent_of[ancestor]
        if ancestor in chosen:
            try:
                Path(f"/proc/{process}/autogroup").write_text("-20")
                time.sleep(0.11)  # The kernel takes one such request in a tenth of a second.
            except (FileNotFoundError, ProcessLookupError):
                pass


class LiveServer:
    """Started when made; stopped at the end of the `with` block, with everything it runs."""

    def __init__(self, data, options=()):
        self.data = Path(data)
        begin = time.monotonic()
        command = [PROGRAM, "serve", "--data", self.data, "--listen", "127.0.0.1:0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.ready_ms = 1000 * (time.monotonic() - begin)
        if "ready" not in line:
            raise SystemExit("The server did not start: " + line)
        self.address = re.search(r"http://(\S+)", line).group(1)
        known = json.loads(subprocess.check_output([PROGRAM, "env", "--data", self.data, "--json"]))
        self.role = known["SAGEMAKER_ROLE"]
        self.root = Credentials(known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def client(self, service, credentials=None):
        who = credentials or self.root
        return boto3.client(
            service, endpoint_url=f"http://{self.address}", region_name=REGION, aws_access_key_id=who.access_key,
            aws_secret_access_key=who.secret_key, aws_session_token=who.token)

    def user(self, policy):
        """Credentials of a new user with this managed policy attached and an inline one beside it."""
        iam = self.client("iam")
        iam.create_user(UserName="bench")
        iam.attach_user_policy(UserName="bench", PolicyArn=policy)
        may_assume = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:Assume*", "Resource": "*"}}
        iam.put_user_policy(UserName="bench", PolicyName="assume", PolicyDocument=json.dumps(may_assume))
        key = iam.create_access_key(UserName="bench")["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def role_session(self, policy, user):
        """Temporary credentials, got by `user`, of a new role with this managed policy."""
        iam = self.client("iam")
        account = self.role.split(":")[4]
        trust = {"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}}
        role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.attach_role_policy(RoleName="bench", PolicyArn=policy)
        key = self.client("sts", user).assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"])

    def sign(self, path, body, headers, credentials=None):
        """The bytes of a whole signed request. Valid for 15 minutes."""
        body = body.encode() if isinstance(body, str) else body
        url = f"http://{self.address}{path}"
        request = AWSRequest("POST", url, headers={**headers, "Host": self.address}, data=body)
        SigV4Auth(credentials or self.root, "sagemaker", REGION).add_auth(request)
        lines = [f"POST {path} HTTP/1.1"] + [f"{name}: {value}" for name, value in request.headers.items()]
        return "\r\n".join(lines + [f"Content-Length: {len(body)}", "", ""]).encode() + body

    def sign_operation(self, operation, document, credentials=None):
        headers = {"Content-Type": JSON, "X-Amz-Target": "SageMaker." + operation}
        return self.sign("/", json.dumps(document), headers, credentials)


def wrk(address, requests, connections, seconds, threads=1):
    """Sends `requests` in turn, again from the start at the end. Returns requests a second and p50, p99 in ms."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "requests").write_bytes(b"".join(requests))
        Path(folder, "sizes").write_text("\n".join(str(len(request)) for request in requests))
        script = Path(folder, "script.lua")
        # One request is formatted once, when wrk starts, and then sent without asking Lua.
        script.write_text(f"""
local requests, file = {{}}, io.open("{folder}/requests", "rb")
for size in io.lines("{folder}/sizes") do requests[#requests + 1] = file:read(tonumber(size)) end
file:close()
if #requests == 1 then
  wrk.format = function() return requests[1] end
else
  local at = 0
  request = function() at = at % #requests + 1; return requests[at] end
end
""")
        output = subprocess.check_output(
            ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, f"http://{address}/"], text=True)
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit("Requests failed:\n" + output)
    milliseconds = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    percentile = {}
    for share in (50, 99):
        number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", output).groups()
        percentile[share] = float(number) * milliseconds[unit]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)), percentile[50], percentile[99]
