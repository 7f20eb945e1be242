"""The power of the server's machine goes at random moments, and with it what was not flushed of its disk's cache: nothing acknowledged is
lost, nothing is shown that was not asked for. The load and what was acknowledged are outside of the machine."""

import concurrent.futures
import os
import random
import subprocess
import time

import pytest

import object_load
from live_server import Server
from virtual_machine import VirtualMachine

CLIENTS = 4
SECONDS_BETWEEN = (0.3, 4)
DISK = "2G"


@pytest.fixture
def options(request):
    return request.config.option


@pytest.fixture
def image(tmp_path, options):
    """A disk with a data directory that was made here, for its keys and certificates."""
    path = tmp_path / "disk"
    subprocess.run(["truncate", "-s", DISK, path], check=True)
    subprocess.run([f"mkfs.{options.file_system}", "-q", path], check=True)
    return path


class Mounted:
    """The image, here."""

    def __init__(self, image, folder):
        self.image, self.folder = image, folder

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.folder], check=True)
        return self.folder / "data"

    def __exit__(self, *_):
        subprocess.run(["umount", self.folder], check=True)


@pytest.fixture
def server(image, tmp_path):
    """What a client needs to know of the one in the machine."""
    with Mounted(image, tmp_path / "mounted") as data:
        server = Server(data, *object_load.OPTIONS)
        object_load.make_buckets(server.client("s3"))
        server.stop()
    server.clients.clear()
    return server


@pytest.fixture
def machine(server, image, tmp_path, options):
    machine = VirtualMachine(tmp_path, image, options.file_system, options.seed)
    server.endpoint = f"http://127.0.0.1:{machine.port}"
    yield machine
    machine.end()


def services_of(server, machine):
    # The certificate is for the addresses of the machine itself.
    return object_load.Services(server.client, lambda **options: server.client(
        "s3", endpoint_url=f"https://127.0.0.1:{machine.tls_port}", verify=False, **options), server.role)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_power_cuts_lose_nothing_that_was_acknowledged(server, machine, image, tmp_path, options):
    machine.start()
    services = services_of(server, machine)
    clients = [object_load.Client(services, options.seed, number) for number in range(CLIENTS)]
    rng, cached = random.Random(options.seed), 0
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as everybody:
        for number in range(options.cuts):
            writing = [everybody.submit(client.write) for client in clients]
            time.sleep(rng.uniform(*SECONDS_BETWEEN))  # The moment of the fault, not a wait for anything.
            cached += machine.cut()
            for client in writing:
                client.result()
            began = time.monotonic()
            machine.start()
            started = time.monotonic()
            list(everybody.map(lambda client: client.check(whole=number % 20 == 19), clients))
            print(f"cut {number + 1}: {sum(client.acknowledged for client in clients)} writes acknowledged; "
                  f"{started - began:.1f} s to start, {time.monotonic() - started:.1f} s to check", flush=True)
        list(everybody.map(lambda client: client.check(whole=True), clients))
    machine.cut()
    print(f"{options.cuts} cuts, {cached} writes in the disk's cache, {sum(client.acknowledged for client in clients)} acknowledged")
    with Mounted(image, tmp_path / "mounted") as data:
        server.data = data
        server.start()
        server.stop()
        server.run("fsck")  # Fails unless the store is whole: also for a file that nothing refers to.
    assert all(client.acknowledged for client in clients)
