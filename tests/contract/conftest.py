"""Contract tests: real clients on a live server. Each pytest worker starts one server with an empty data directory."""

import shutil

import pytest

from live_server import Server, binaries_with


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server") / "data")
    yield server
    server.end()


@pytest.fixture
def server(tmp_path):
    """A server of the test's own, which it may kill, restart or fill."""
    server = Server(tmp_path / "data")
    yield server
    server.end()


@pytest.fixture
def stand_in(tmp_path):
    """stand_in(script): a server of its own, whose algorithms are that shell script ($1 is `train` or `serve`)."""
    servers = []

    def start(script, *options):
        folder = tmp_path / f"bin{len(servers)}"
        server = Server(tmp_path / f"data{len(servers)}", *options, binaries=binaries_with(folder, script))
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.end()
        shutil.rmtree(server.data)
