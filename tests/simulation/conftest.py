"""Simulation: faults on purpose against a live server, compared with a simple model of what was acknowledged."""

import os
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "contract"))

from live_server import Server  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--minutes", type=float, default=0.5, help="how long the mixed load runs")
    parser.addoption("--kills", type=int, default=15, help="how often the server of test_object_kills.py is killed")


@pytest.fixture
def minutes(request):
    return request.config.getoption("--minutes")


@pytest.fixture
def kills(request):
    return request.config.getoption("--kills")


@pytest.fixture
def seed():
    value = int(os.environ.get("SAGEBRUSH_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"seed {value}: repeat with SAGEBRUSH_SEED={value}")
    return value


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "data")
    yield server
    server.end()
