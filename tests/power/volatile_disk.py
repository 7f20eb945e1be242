"""A disk whose cache loses power: an NBD server on a Unix socket. What was written and not flushed may be lost when the machine goes:
each such write is then there, or not, or torn between its sectors. usage: volatile_disk.py IMAGE SOCKET SEED

IMAGE is what is on the medium, IMAGE.live what the machine sees. A client that goes without saying so has lost its power."""

import os
import random
import select
import shutil
import socket
import struct
import sys

SECTOR = 512
FLUSH_MS_MAX = 20
GREETING = struct.pack(">8s8sH", b"NBDMAGIC", b"IHAVEOPT", 3)  # Fixed newstyle, no zeroes.
OPTION_MAGIC, OPTION_REPLY_MAGIC = 0x49484156454F5054, 0x3E889045565A9
REQUEST_MAGIC, REPLY_MAGIC = 0x25609513, 0x67446698
OPTION_ABORT, OPTION_GO = 2, 7
REPLY_ACK, REPLY_INFO, REPLY_UNSUPPORTED = 1, 3, (1 << 31) + 1
FLAGS = 1 | 4 | 8  # Has flags, flushes, knows forced unit access.
READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3
FORCED = 1 << 0
EINVAL, EIO = 22, 5


class Disk:
    def __init__(self, image, rng):
        self.rng = rng
        live = image + ".live"
        shutil.copyfile(image, live)
        self.medium, self.live = os.open(image, os.O_RDWR), os.open(live, os.O_RDWR)
        self.size = os.fstat(self.medium).st_size
        self.cached = []  # What was written and not flushed: (offset, bytes), in order.

    def read(self, offset, length):
        return os.pread(self.live, length, offset)

    def write(self, offset, data):
        os.pwrite(self.live, data, offset)
        self.cached.append((offset, data))

    def flush(self):
        for offset, data in self.cached:
            os.pwrite(self.medium, data, offset)
        self.cached.clear()

    def cut(self):
        """Brings some of what is cached to the medium, and forgets the rest."""
        kept = self.rng.choice([0, 0.5, 0.5, 0.9, 1])
        for offset, data in self.cached:
            torn = self.rng.random() < 0.1
            for start in range(0, len(data), SECTOR) if torn else [0]:
                piece = data[start:start + SECTOR] if torn else data
                if self.rng.random() < kept:
                    os.pwrite(self.medium, piece, offset + start)
        for offset, data in self.cached:
            os.pwrite(self.live, os.pread(self.medium, len(data), offset), offset)
        print(f"power lost with {len(self.cached)} writes in the cache", flush=True)
        self.cached.clear()


class Connection:
    def __init__(self, peer, disk):
        self.peer, self.disk = peer, disk

    def take(self, length):
        data = bytearray()
        while len(data) < length:
            piece = self.peer.recv(length - len(data))
            if not piece:
                raise ConnectionError
            data += piece
        return bytes(data)

    def serve(self):
        self.peer.sendall(GREETING)
        self.take(4)
        if self.negotiate():
            while self.answer():
                pass

    def negotiate(self):
        while True:
            _, option, length = struct.unpack(">QII", self.take(16))
            self.take(length)
            if option == OPTION_GO:
                self.reply(option, REPLY_INFO, struct.pack(">HQH", 0, self.disk.size, FLAGS))
                self.reply(option, REPLY_ACK)
                return True
            self.reply(option, REPLY_ACK if option == OPTION_ABORT else REPLY_UNSUPPORTED)
            if option == OPTION_ABORT:
                return False

    def reply(self, option, kind, data=b""):
        self.peer.sendall(struct.pack(">QIII", OPTION_REPLY_MAGIC, option, kind, len(data)) + data)

    def answer(self):
        """Whether there will be another request."""
        _, flags, kind, handle, offset, length = struct.unpack(">IHHQQI", self.take(28))
        data, error = b"", 0
        if kind == DISCONNECT:
            self.disk.flush()
            return False
        if kind == READ:
            data = self.disk.read(offset, length)
        elif kind == WRITE:
            self.disk.write(offset, self.take(length))
        elif kind != FLUSH:
            error = EINVAL
        if kind == FLUSH or flags & FORCED:  # Forced unit access asks for this write alone; an older one then goes first.
            self.wait_for_the_medium()
            self.disk.flush()
        self.peer.sendall(struct.pack(">IIQ", REPLY_MAGIC, error, handle) + data)
        return True

    def wait_for_the_medium(self):
        """As a disk that turns: so there is a time in which power can be lost with something in the cache."""
        poll = select.poll()
        poll.register(self.peer, select.POLLRDHUP)
        if poll.poll(FLUSH_MS_MAX * self.disk.rng.random()):
            raise ConnectionError


def main():
    image, path, seed = sys.argv[1:]
    disk = Disk(image, random.Random(seed))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        while True:
            peer, _ = listener.accept()
            with peer:
                try:
                    Connection(peer, disk).serve()
                except ConnectionError:
                    disk.cut()


main()
