"""What hostile code in a job takes of the machine: bounded, and said to its user."""

import pytest

from training import log_lines, make_bucket, run_shell_job


@pytest.fixture(scope="module")
def bucket(aws):
    return make_bucket(aws, "sagemaker-sandbox")


def test_many_files_end_a_job_and_it_is_told_why(aws, bucket):
    script = "cd /opt/ml/model; python3 -c 'for i in range(10**7): open(str(i), \"w\").close()'"
    job = run_shell_job(aws, bucket, "inodes", script)
    assert job["TrainingJobStatus"] == "Failed"
    assert "it made more than 61035 files" in job["FailureReason"], job["FailureReason"]


def test_capabilities_are_none_and_each_job_is_a_user_of_its_own(aws, bucket):
    for name in ("who-1", "who-2"):
        assert run_shell_job(aws, bucket, name, "id -u; grep ^Cap /proc/self/status")["TrainingJobStatus"] == "Completed"
    first, second = log_lines(aws, "who-1"), log_lines(aws, "who-2")
    assert [line.split()[-1] for line in first[1:]] == ["0" * 16] * 5
    users = {int(first[0]), int(second[0])}
    assert 0 not in users
    assert users == {1000} or len(users) == 2  # A server without root has no users to give.


def test_logs_of_workloads_do_not_stay_for_ever(aws, bucket):
    run_shell_job(aws, bucket, "retention", "echo x")
    group = aws.client("logs").describe_log_groups(logGroupNamePrefix="/aws/sagemaker/TrainingJobs")["logGroups"][0]
    assert group["retentionInDays"] == 365
