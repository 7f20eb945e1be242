"""What goes wrong in a job hurts only that job, and its FailureReason says what to do."""

import os
import pathlib
import signal

import pytest

from live_server import command_line, wait_until
from training import log_lines, make_bucket, shell_job, wait_for_job


@pytest.fixture
def bucket(server):
    return make_bucket(server, "sagemaker-faults")


def run(server, bucket, name, script, **changes):
    server.client("sagemaker").create_training_job(**shell_job(server, bucket, name, script, **changes))
    return wait_for_job(server, name)


def bystander(server, bucket):
    server.client("sagemaker").create_training_job(**shell_job(server, bucket, "bystander", "echo fine; sleep 3; echo still fine"))


def test_a_job_that_fills_memory_hurts_only_itself(server, bucket):
    bystander(server, bucket)
    job = run(server, bucket, "memory", "python3 -c 'x = [bytearray(10_000_000) for _ in iter(int, 1)]'",
              ResourceConfig={"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1})
    assert job["TrainingJobStatus"] == "Failed" and "more memory" in job["FailureReason"]
    assert wait_for_job(server, "bystander")["TrainingJobStatus"] == "Completed"


def test_a_crashing_algorithm_fails_with_its_signal_and_its_last_lines(server, bucket):
    job = run(server, bucket, "crash", "echo about to crash; kill -SEGV $$")
    assert job["TrainingJobStatus"] == "Failed"
    assert "about to crash" in job["FailureReason"] and "exit code: 139" in job["FailureReason"]


def test_a_fork_bomb_hurts_only_itself(server, bucket):
    bystander(server, bucket)
    run(server, bucket, "forks", "bomb() { bomb | bomb & }; bomb; sleep 2", StoppingCondition={"MaxRuntimeInSeconds": 4})
    assert wait_for_job(server, "bystander")["TrainingJobStatus"] == "Completed"


def test_a_job_that_fills_its_disk_hurts_only_itself(server, bucket):
    bystander(server, bucket)
    job = run(server, bucket, "disk", "while true; do head -c 50000000 /dev/zero >> /opt/ml/model/big || sleep 1; done")
    assert job["TrainingJobStatus"] == "Failed" and "VolumeSizeInGB" in job["FailureReason"]
    assert wait_for_job(server, "bystander")["TrainingJobStatus"] == "Completed"


def test_a_killed_supervisor_fails_the_job_and_leaves_nothing_running(server, bucket):
    server.client("sagemaker").create_training_job(**shell_job(server, bucket, "orphan", "echo here; sleep 1234"))
    wait_until(lambda: "orphan" and any("here" in line for line in try_log(server, "orphan")), "the job's first line")
    [supervisor] = server.workloads()
    os.kill(supervisor, signal.SIGKILL)
    job = wait_for_job(server, "orphan")
    assert job["TrainingJobStatus"] == "Failed" and "supervise" in job["FailureReason"]
    wait_until(lambda: not any(b"sleep\x001234" in command_line(p) for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()),
               "the job's processes to be gone")


def try_log(server, name):
    try:
        return log_lines(server, name)
    except Exception:  # The stream is not there yet.
        return []


def test_jobs_wait_in_order_when_the_machine_is_full(server, bucket):
    sagemaker = server.client("sagemaker")
    large = {"InstanceType": "ml.m5.24xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}
    names = [f"large-{i}" for i in range(4)]
    for name, seconds in zip(names, (0.5, 1.5, 1.5, 0.5)):  # One gets at most half of the machine, so two run at a time.
        sagemaker.create_training_job(**shell_job(server, bucket, name, f"sleep {seconds}", ResourceConfig=large))
    waiting = sagemaker.describe_training_job(TrainingJobName=names[-1])
    assert waiting["SecondaryStatus"] == "Starting"
    reason = wait_until(lambda: next((t["StatusMessage"] for t in sagemaker.describe_training_job(TrainingJobName=names[-1])["SecondaryStatusTransitions"]
                                      if "wait" in t["StatusMessage"].lower()), None), "a reason for waiting")
    assert "ml.m5.24xlarge" in reason
    jobs = [wait_for_job(server, name) for name in names]
    assert all(job["TrainingJobStatus"] == "Completed" for job in jobs)
    started = [job["TrainingStartTime"] for job in jobs]
    assert max(started[:2]) < started[2] < started[3]
    assert any("this machine gives it" in line for line in log_lines(server, names[0]))
