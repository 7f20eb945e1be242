"""Jobs on a machine that is full: they wait in order of creation, say why, and can be stopped while they wait."""

import pytest

from live_server import wait_until
from training import log_lines, make_bucket, shell_job, wait_for_job

# As large as any machine that runs this: each gets the most that one instance may have, half of the memory.
LARGE = {"InstanceType": "ml.r5.24xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}


@pytest.fixture
def bucket(server):
    return make_bucket(server, "sagemaker-waiting")


def create(server, bucket, *names):
    for name in names:
        script = f"trap 'exit 0' TERM; echo started {name}; while true; do sleep 0.05; done"
        server.client("sagemaker").create_training_job(**shell_job(server, bucket, name, script, ResourceConfig=LARGE))


def fill(server, bucket):
    """Lets two jobs run, and so nobody else."""
    create(server, bucket, "one", "two")
    for name in ("one", "two"):
        wait_until_runs(server, name)


def wait_until_runs(server, name):
    def runs():
        return server.client("sagemaker").describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training"
    wait_until(runs, f"{name} to run")


def why_it_waits(server, name):
    """The StatusMessage of a job that waits."""
    def waiting():
        job = server.client("sagemaker").describe_training_job(TrainingJobName=name)
        assert job["TrainingJobStatus"] == "InProgress" and job["SecondaryStatus"] == "Starting", job
        message = job["SecondaryStatusTransitions"][-1].get("StatusMessage", "")
        return message if message.startswith("Waiting for room") else None
    return wait_until(waiting, f"{name} to wait")


def stop(server, name):
    server.client("sagemaker").stop_training_job(TrainingJobName=name)
    return wait_for_job(server, name)


def test_a_full_machine_serves_jobs_in_order_and_says_why_they_wait(server, bucket):
    fill(server, bucket)
    create(server, bucket, "three")
    assert "ml.r5.24xlarge needs" in why_it_waits(server, "three")
    create(server, bucket, "four")
    assert "1 ahead in line" in why_it_waits(server, "four")
    stop(server, "one")
    wait_until_runs(server, "three")
    why_it_waits(server, "four")
    assert any("this machine gives it" in line for line in log_lines(server, "three"))


# Its place in line was once kept, and nothing behind it ever ran.
def test_a_job_that_is_stopped_while_it_waits_leaves_the_line(server, bucket):
    fill(server, bucket)
    create(server, bucket, "three")
    why_it_waits(server, "three")
    create(server, bucket, "four")
    why_it_waits(server, "four")
    assert stop(server, "three")["TrainingJobStatus"] == "Stopped"
    stop(server, "one")
    wait_until_runs(server, "four")


def test_the_line_outlives_the_server(server, bucket):
    fill(server, bucket)
    for name in ("zebra", "apple"):
        create(server, bucket, name)
        why_it_waits(server, name)
    server.kill()
    server.start()
    stop(server, "one")
    wait_until_runs(server, "zebra")
    why_it_waits(server, "apple")
