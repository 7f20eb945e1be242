"""Everything that the server keeps, written from several clients, while it is killed again and again, also while it starts: nothing
acknowledged is lost, nothing is shown that was not asked for, nothing is left behind. `--kills 3000` runs it for longer than `make test` does."""

import concurrent.futures
import contextlib
import os
import random
import time

import pytest

import object_load
from ending_objects import all_ended
from live_server import wait_until

CLIENTS = 3
SECONDS_BETWEEN = (0.05, 0.3)
ROUNDS_BETWEEN_WHOLE_CHECKS = 50


@pytest.fixture(params=["power-loss", "crash"])
def server(request, tmp_path):
    server = object_load.serve(tmp_path / "data", "--durability", request.param)
    yield server
    server.end()


def restart(server, rng):
    """How often it was killed meanwhile: while it puts right what the kill before left."""
    killed = 0
    while rng.random() < 0.3:
        server.launch()
        time.sleep(rng.random() * 0.1)
        server.kill()
        killed += 1
    server.start()
    return killed


def open_files(server):
    """Names of what the server has open, connections left out, also those to databases, which it keeps: as many as were used at a time."""
    directory, names = f"/proc/{server.process.pid}/fd", []
    for number in os.listdir(directory):
        with contextlib.suppress(FileNotFoundError):  # Closed meanwhile.
            names.append(os.readlink(f"{directory}/{number}"))
    return [name for name in names if not name.startswith("socket:") and ".db" not in name]


def check_nothing_is_left(server, clients, everybody):
    server.stop()
    server.run("fsck")  # Fails unless the store is whole: also for a file that nothing refers to.
    server.start()
    assert os.listdir(server.data / "objects" / "new") == []
    s3, before = server.client("s3"), None
    for _ in range(2):
        until = time.monotonic() + 1
        list(everybody.map(lambda client: client.write(lambda: time.monotonic() > until), clients))
        before = before or len(open_files(server))
    wait_until(lambda: len(open_files(server)) <= before, "files to be closed")
    wait_until(lambda: all_ended(s3), "what the rules name to end")


def test_kills_lose_nothing_that_was_acknowledged(server, seed, kills):
    object_load.make_buckets(server.client("s3"))
    services = object_load.services_of(server)
    clients = [object_load.Client(services, seed, number) for number in range(CLIENTS)]
    rng, killed, rounds = random.Random(seed), 0, 0
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as everybody:
        while killed < kills:
            writing = [everybody.submit(client.write) for client in clients]
            time.sleep(rng.uniform(*SECONDS_BETWEEN))  # The moment of the fault, not a wait for anything.
            server.kill()
            for client in writing:
                client.result()
            killed += 1 + restart(server, rng)
            rounds += 1
            list(everybody.map(lambda client: client.check(whole=rounds % ROUNDS_BETWEEN_WHOLE_CHECKS == 0), clients))
        list(everybody.map(lambda client: client.check(whole=True), clients))
        check_nothing_is_left(server, clients, everybody)
        list(everybody.map(lambda client: client.check(whole=True), clients))
    acknowledged = sum(client.acknowledged for client in clients)
    print(f"{killed} kills, {acknowledged} writes acknowledged")
    assert acknowledged > kills
