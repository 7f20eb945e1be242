"""The proxy reaches public addresses, for those it serves, and never the machine itself or private networks.

The second part runs a server in a network namespace of its own, with another namespace as the world outside: both
are made and removed here, which takes root.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import textwrap

import pytest

from live_server import SAGEBRUSH

# Sends a CONNECT, and a request through it: arguments are proxy address, proxy port, source address, target.
CLIENT = textwrap.dedent("""
    import socket, sys
    proxy, port, source, target = sys.argv[1:]
    with socket.create_connection((proxy, int(port)), timeout=20, source_address=(source, 0)) as connection:
        connection.sendall(f"CONNECT {target} HTTP/1.1\\r\\nHost: {target}\\r\\n\\r\\n".encode())
        got = connection.recv(65536)
        if b" 200 " in got[:20]:
            connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            while part := connection.recv(65536):
                got += part
    print(got.decode(errors="replace"))
""")
# Answers everything, on every address of its namespace.
OUTSIDE = textwrap.dedent("""
    import http.server
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200); self.end_headers(); self.wfile.write(b"OUTSIDE")
        def log_message(self, *ignored): pass
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler)
    print("ready", flush=True)
    server.serve_forever()
""")
HOSTS = """127.0.0.1 localhost
203.0.113.2 public.example
10.99.0.2 private.example
203.0.113.1 self.example
203.0.113.2 mixed.example
10.99.0.2 mixed.example
127.0.0.1 rebound.example
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]",
                                  "[::]", "169.254.169.254", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "[fd00::1]",
                                  "[fe80::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1"])
def test_the_proxy_does_not_reach_the_machine_or_private_networks(aws, host):
    done = subprocess.run([sys.executable, "-c", CLIENT, "127.0.0.1", str(aws.port), "127.0.0.1", f"{host}:{aws.port}"],
                          capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split()[1] in ("403", "502"), done.stdout  # 502: no name for this machine's resolver.


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class World:
    """A namespace for servers and one for what is outside, joined by a pair of interfaces."""

    def __init__(self, folder):
        self.folder = folder
        self.inside, self.outside = f"sb-in-{os.getpid()}", f"sb-out-{os.getpid()}"
        self.processes = []
        self.files = pathlib.Path("/etc/netns") / self.inside

    def build(self):
        for name in (self.inside, self.outside):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self.inside, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.outside)
        for name, last in ((self.inside, 1), (self.outside, 2)):
            ip("-n", name, "addr", "add", f"203.0.113.{last}/24", "dev", "eth0")
            ip("-n", name, "addr", "add", f"10.99.0.{last}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
        self.files.mkdir(parents=True)
        (self.files / "hosts").write_text(HOSTS)  # Bound over /etc/hosts by `ip netns exec`.
        self.start(self.outside, sys.executable, "-c", OUTSIDE)

    def start(self, name, *command):
        process = subprocess.Popen(["ip", "netns", "exec", name, *command], stdout=subprocess.PIPE, text=True,
                                   stderr=open(self.folder / "log", "a"))
        self.processes.append(process)
        line = process.stdout.readline()
        assert "ready" in line, (self.folder / "log").read_text()[-2000:]

    def serve(self, *options):
        """The port of a server on all addresses of the inner namespace."""
        data = self.folder / f"data-{len(self.processes)}"
        self.start(self.inside, str(SAGEBRUSH), "serve", "--data", str(data), "--listen", "0.0.0.0:0", *options)
        return json.loads((data / "server.json").read_text())["Address"].rsplit(":", 1)[1]

    def connect(self, name, proxy, port, target, source="0.0.0.0"):
        done = subprocess.run(["ip", "netns", "exec", name, sys.executable, "-c", CLIENT, proxy, port, source, target],
                              capture_output=True, text=True, timeout=60, check=True)
        return done.stdout

    def remove(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=60)
            process.stdout.close()
        shutil.rmtree(self.files, ignore_errors=True)
        for name in (self.inside, self.outside):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("making network namespaces takes root and the program ip")
    world = World(tmp_path_factory.mktemp("world"))
    try:
        try:
            world.build()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error.stderr}")
        yield world
    finally:
        world.remove()


def test_programs_of_the_machine_reach_public_addresses_only(world):
    port = world.serve()
    for target in ("public.example:8080", "203.0.113.2:8080"):
        assert world.connect(world.inside, "127.0.0.1", port, target).endswith("OUTSIDE\n")
    for target in ("private.example:8080", "10.99.0.2:8080", "self.example:" + port, "203.0.113.1:" + port, "10.99.0.1:" + port,
                   "mixed.example:8080", "rebound.example:" + port):
        assert " 403 " in world.connect(world.inside, "127.0.0.1", port, target), target
    # Its own programs by another of its addresses, too.
    assert world.connect(world.inside, "203.0.113.1", port, "public.example:8080").endswith("OUTSIDE\n")


def test_others_and_jobs_reach_nothing_unless_the_operator_allows_it(world):
    port = world.serve()
    assert " 403 " in world.connect(world.outside, "203.0.113.1", port, "203.0.113.2:8080")
    assert " 403 " in world.connect(world.inside, "127.0.0.1", port, "public.example:8080", source="127.0.0.2")

    port = world.serve("--proxy-for", "203.0.113.0/24", "--proxy-for", "jobs")
    assert world.connect(world.outside, "203.0.113.1", port, "203.0.113.2:8080").endswith("OUTSIDE\n")
    assert " 403 " in world.connect(world.outside, "203.0.113.1", port, "10.99.0.2:8080")
    assert " 403 " in world.connect(world.outside, "10.99.0.1", port, "203.0.113.2:8080"), "from 10.99.0.2, which is not in the network"
    assert world.connect(world.inside, "127.0.0.1", port, "public.example:8080", source="127.0.0.2").endswith("OUTSIDE\n")
