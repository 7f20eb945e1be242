"""Clients that write whatever this server keeps, each one write after the other, until the server is gone, and then tell what it must still have."""

import random

from botocore.config import Config

import ending_objects
import kept_objects
import plain_objects
from acknowledged import DROPPED, ONCE
from ending_objects import EndingObjects
from kept_objects import LOCKED, VERSIONED, KeptObjects
from other_writes import OtherWrites
from plain_objects import PlainObjects

OPTIONS = ("--lifecycle-day", "2")  # Of the server.


def make_buckets(s3):
    plain_objects.make_bucket(s3)
    kept_objects.make_buckets(s3)
    ending_objects.make_bucket(s3)


class Services:
    """Clients of the server for all threads: `client(service, **options)` makes one, `secure(**options)` one of S3 over TLS."""

    def __init__(self, client, secure, role):
        self.s3, self.secure, self.role = client("s3", config=ONCE), secure(config=ONCE.merge(Config(s3={"addressing_style": "path"}))), role
        self.kms, self.iam, self.secrets, self.parameters, self.sagemaker = (
            client(service, config=ONCE) for service in ("kms", "iam", "secretsmanager", "ssm", "sagemaker"))


class Client:
    """Its names are its own: they begin with its number, or have it in them."""

    def __init__(self, services, seed, number):
        self.rng = rng = random.Random(f"{seed}/{number}")
        self.acknowledged = 0
        self.kinds = [(6, PlainObjects(services, rng, number)), (3, KeptObjects(services.s3, VERSIONED, rng, number)),
                      (2, KeptObjects(services.s3, LOCKED, rng, number)), (1, EndingObjects(services.s3, rng, number)),
                      (3, OtherWrites(services, rng, number))]

    def write(self, stop=lambda: False):
        """Until the server does not answer any more."""
        weights, kinds = zip(*self.kinds)
        while not stop():
            [kind] = self.rng.choices(kinds, weights)
            try:
                self.rng.choice(kind.acts)()
            except DROPPED:
                return
            self.acknowledged += 1

    def check(self, whole=False):
        """What was written since the last check, or everything."""
        for _, kind in self.kinds:
            kind.check(whole)
