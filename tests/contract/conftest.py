"""Contract tests: real clients on a live server. Each pytest worker starts one server with an empty data directory."""

import pytest

from live_server import Server


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server") / "data")
    yield server
    server.end()
