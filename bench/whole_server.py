"""What a client sees of a whole server: times of jobs and endpoints, requests a second, start and memory."""

import http.client
import io
import json
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

from live_server import REGION, LiveServer, take_precedence, wrk

IMAGE = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1"
POLICY = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
QUICKSTART = {"objective": "binary:logistic", "num_round": "100", "max_depth": "6", "eta": "0.2", "subsample": "0.8",
              "eval_metric": "auc", "early_stopping_rounds": "20", "seed": "1"}


@dataclass
class Load:
    rate: float
    p50: float
    p99: float
    server_cpu: float  # Microseconds a request.

    @property
    def text(self):
        return f"p50 {self.p50:.2f} ms, p99 {self.p99:.2f} ms; {self.server_cpu:.0f} µs of the server's processor time each"


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def percentile(values, share):
    return sorted(values)[int(share * (len(values) - 1))]


def to_csv(labels, rows):
    text = io.StringIO()
    np.savetxt(text, np.column_stack([labels, rows]), delimiter=",", fmt="%.5f")
    return text.getvalue()


def start_and_idle(times):
    """Milliseconds of first starts and of restarts, and resident MiB of a server that has nothing to do."""
    first, again = [], []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            with LiveServer(Path(folder) / "data") as server:
                first.append(server.ready_ms)
            with LiveServer(Path(folder) / "data") as server:
                again.append(server.ready_ms)
                server.client("sagemaker").list_training_jobs()
                idle = resident_mib(server.process.pid)
    return first, again, idle


class WholeServer(LiveServer):
    """A server with data, a trained model (100 trees of depth 6 on 30 features), an endpoint, a user and a role."""

    def __init__(self, data, precedence=False, options=()):
        super().__init__(data, options)
        self.precedence = precedence
        self.count = 0
        self.connection = http.client.HTTPConnection(self.address)
        self.bucket = f"sagemaker-{REGION}-{self.role.split(':')[4]}"
        user = self.user(POLICY)
        self.callers = {"user": user, "role": self.role_session(POLICY, user)}
        self.upload()
        self.trained = self.run_job("model", {"objective": "binary:logistic", "num_round": "100", "max_depth": "6"})[0]

    def upload(self):
        s3 = self.client("s3")
        random = np.random.RandomState(5)
        rows = random.normal(size=(4000, 30))
        labels = np.sin(rows * (np.arange(30) % 5)).sum(1) + random.normal(size=4000) > 0
        self.row = ",".join(f"{value:.5f}" for value in rows[0])
        s3.put_object(Bucket=self.bucket, Key="model/train/data.csv", Body=to_csv(labels, rows))
        features, malignant = load_breast_cancer(return_X_y=True)
        order = random.permutation(len(features))
        for channel, which in (("train", order[:364]), ("validation", order[364:455])):
            s3.put_object(Bucket=self.bucket, Key=f"quickstart/{channel}/data.csv", Body=to_csv(malignant[which], features[which]))

    def call(self, operation, document):
        self.connection.sock or self.connection.connect()
        self.connection.sock.sendall(self.sign_operation(operation, document, self.callers["user"]))
        reply = http.client.HTTPResponse(self.connection.sock)
        reply.begin()
        answer = json.loads(reply.read() or b"{}")
        if reply.status != 200:
            raise SystemExit(f"{operation} failed: {answer}")
        return answer

    def name(self):
        self.count += 1
        return f"bench-{self.count}"

    def wait(self, operation, names, member, while_in):
        while True:
            answer = self.call(operation, names)
            if answer[member] not in while_in:
                return answer
            time.sleep(0.002)

    def run_job(self, data, hyperparameters, channels=("train",), entry_point=None):
        """Runs a job to its end. Returns its description, when its create was called, and when its end was seen."""
        name = self.name()
        channel = lambda which: {"ChannelName": which, "ContentType": "text/csv", "DataSource": {"S3DataSource": {
            "S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/{data}/{which}/", "S3DataDistributionType": "FullyReplicated"}}}
        job = {
            "TrainingJobName": name, "RoleArn": self.role, "HyperParameters": hyperparameters,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "InputDataConfig": [channel(which) for which in channels],
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/output"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600}}
        if entry_point:
            job["AlgorithmSpecification"]["ContainerEntrypoint"] = entry_point
        created = time.time()
        self.call("CreateTrainingJob", job)
        answer = self.wait("DescribeTrainingJob", {"TrainingJobName": name}, "TrainingJobStatus", ("InProgress",))
        ended = time.time()
        if answer["TrainingJobStatus"] != "Completed":
            raise SystemExit(f"The job failed: {answer}")
        return answer, created, ended

    def begin_uploads(self, jobs, size):
        """Lets that many jobs make a model of `size` bytes each; returns when all of them upload."""
        names = [self.name() for _ in range(jobs)]
        for name in names:
            self.call("CreateTrainingJob", {
                "TrainingJobName": name, "RoleArn": self.role,
                "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File", "ContainerEntrypoint": ["/bin/sh"],
                                           "ContainerArguments": ["-c", f"head -c {size} /dev/urandom > /opt/ml/model/weights"]},
                "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/output"},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600}})
        for name in names:
            answer = self.wait("DescribeTrainingJob", {"TrainingJobName": name}, "SecondaryStatus", ("Starting", "Downloading", "Training"))
            if answer["SecondaryStatus"] != "Uploading":
                raise SystemExit(f"The job does not upload: {answer}")

    def first_line_ms(self, times):
        """The time in the log of the first line that the algorithm printed, less the time of the call."""
        logs = self.client("logs")
        out = []
        for _ in range(times):
            job, created, _ = self.run_job("model", {"num_round": "1"})
            stream = f"{job['TrainingJobName']}/algo-1-{int(job['CreationTime'])}"
            events = logs.get_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=stream, startFromHead=True)["events"]
            first = next(event for event in events if not event["message"].startswith("[sagebrush]"))
            out.append(first["timestamp"] - 1000 * created)
        return out

    def quickstart_ms(self, times):
        runs = [self.run_job("quickstart", QUICKSTART, ("train", "validation")) for _ in range(times)]
        return [1000 * (ended - created) for _, created, ended in runs]

    def deploy(self):
        """Returns the endpoint's name and the milliseconds from CreateEndpoint to InService."""
        name = self.name()
        container = {"Image": IMAGE, "ModelDataUrl": self.trained["ModelArtifacts"]["S3ModelArtifacts"]}
        variant = {"VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.call("CreateModel", {"ModelName": name, "ExecutionRoleArn": self.role, "PrimaryContainer": container})
        self.call("CreateEndpointConfig", {"EndpointConfigName": name, "ProductionVariants": [variant]})
        begin = time.monotonic()
        self.call("CreateEndpoint", {"EndpointName": name, "EndpointConfigName": name})
        answer = self.wait("DescribeEndpoint", {"EndpointName": name}, "EndpointStatus", ("Creating",))
        if answer["EndpointStatus"] != "InService":
            raise SystemExit(f"The endpoint failed: {answer}")
        return name, 1000 * (time.monotonic() - begin)

    def in_service_ms(self, times):
        out = []
        for _ in range(times):
            name, took = self.deploy()
            out.append(took)
            self.call("DeleteEndpoint", {"EndpointName": name})
        return out

    def load(self, requests, connections, seconds):
        before = cpu_seconds(self.process.pid)
        rate, p50, p99 = wrk(self.address, requests, connections, seconds)
        return Load(rate, p50, p99, 1e6 * (cpu_seconds(self.process.pid) - before) / (rate * seconds))

    def invoke(self, who, seconds):
        if not hasattr(self, "endpoint"):
            self.endpoint, _ = self.deploy()
            if self.precedence:
                take_precedence(self.data)
        path = f"/endpoints/{self.endpoint}/invocations"
        return self.load([self.sign(path, self.row, {"Content-Type": "text/csv"}, self.callers[who])], 8, seconds)

    def describe(self, jobs, seconds):
        sign = lambda job: self.sign_operation("DescribeTrainingJob", {"TrainingJobName": job["TrainingJobName"]}, self.callers["user"])
        return self.load([sign(job) for job in jobs], 16, seconds)

    def create_model(self, seconds):
        document = lambda: {"ModelName": self.name(), "ExecutionRoleArn": self.role, "PrimaryContainer": {"Image": IMAGE}}
        requests = [self.sign_operation("CreateModel", document(), self.callers["user"]) for _ in range(30000 * seconds)]
        return self.load(requests, 16, seconds)

    def create_models_until(self, wanted):
        """How many there are then."""
        self.count, created = 0, 0
        while created < wanted:
            created += int(self.create_model(3).rate * 3)
        return created

    def list_times(self, calls):
        """(what, milliseconds of each call) of lists and searches that look through all models and find few or none."""
        search = lambda *filters: ("Search", {"Resource": "Model", "MaxResults": 10, "SearchExpression": {"Filters": [
            {"Name": name, "Operator": operator, "Value": value} for name, operator, value in filters]}})
        asked = {
            "ListModels, newest": ("ListModels", {}),
            "ListModels, NameContains that none has": ("ListModels", {"NameContains": "nobody"}),
            "ListModels, NameContains of one": ("ListModels", {"NameContains": "bench-5432"}),
            "Search by a tag that none has": search(("Tags.team", "Equals", "red")),
            "Search by part of a name": search(("ModelName", "Contains", "bench-5432")),
        }
        for what, (operation, document) in asked.items():
            times = []
            for _ in range(calls):
                begin = time.monotonic()
                self.call(operation, document)
                times.append(1000 * (time.monotonic() - begin))
            yield what, times

    def __exit__(self, *_):
        if hasattr(self, "endpoint"):
            self.call("DeleteEndpoint", {"EndpointName": self.endpoint})
        super().__exit__()
