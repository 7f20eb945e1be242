"""Power cuts: a virtual machine with the server in it loses its power, against what was acknowledged outside of it."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "contract"), str(TESTS / "simulation")]


def pytest_addoption(parser):
    parser.addoption("--cuts", type=int, default=3, help="how often the power is cut")
    parser.addoption("--file-system", default="ext4", choices=["ext4", "xfs"])
    parser.addoption("--seed", type=int, default=1)
