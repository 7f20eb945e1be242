"""Versions, delete markers, legal holds and retention under crashes: no version is lost, none comes back, and the newest is the newest."""

import collections
import datetime

from botocore.exceptions import ClientError

from acknowledged import Registers, unless_missing
from plain_objects import SIZES, digest_of

VERSIONED, LOCKED = "sagemaker-crash-versions", "sagemaker-crash-locked"
KEYS, VERSIONS_MAX = 3, 5
FAR = datetime.datetime(2090, 1, 1, tzinfo=datetime.timezone.utc)

Version = collections.namedtuple("Version", "digest held retained")  # No digest: a delete marker.
MARKER = Version(None, False, False)


def make_buckets(s3):
    s3.create_bucket(Bucket=VERSIONED)
    s3.put_bucket_versioning(Bucket=VERSIONED, VersioningConfiguration={"Status": "Enabled"})
    s3.create_bucket(Bucket=LOCKED, ObjectLockEnabledForBucket=True)


class KeptObjects:
    """One client's keys in a bucket with versions."""

    def __init__(self, s3, bucket, rng, number):
        self.s3, self.bucket, self.rng, self.prefix = s3, bucket, rng, f"{number}/"
        self.versions = Registers()  # A name is a key and a version's id.
        self.order = collections.defaultdict(list)  # Ids of a key's versions, the oldest first.
        self.asked = collections.defaultdict(list)  # What a key was to get, without an answer.
        self.touched = set()
        self.acts = [self.put] * 4 + [self.mark, self.copy, self.join, self.delete_version, self.delete_many]
        if bucket == LOCKED:
            self.acts += [self.hold, self.hold, self.retain, self.delete_locked]

    def any_key(self):
        return f"{self.prefix}{self.rng.randrange(KEYS)}"

    def any_version(self, of=lambda version: True):
        there = [name for name in self.versions.there() if of(self.versions.value(name))]
        return self.rng.choice(there) if there else None

    def add(self, key, value, call):
        """Around a call that makes a version: its id is known by the answer only."""
        self.asked[key].append(value)
        self.touched.add(key)
        version = call()["VersionId"]
        self.asked[key].clear()
        self.know(key, version, value)

    def know(self, key, version, value):
        self.order[key].append(version)
        self.versions.possible[key, version] = [value]

    def put(self):
        body, key = self.rng.randbytes(self.rng.choice(SIZES)), self.any_key()
        held = self.bucket == LOCKED and self.rng.random() < 0.3
        lock = {"ObjectLockLegalHoldStatus": "ON"} if held else {}
        self.add(key, Version(digest_of(body), held, False), lambda: self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **lock))

    def mark(self):
        key = self.any_key()
        self.add(key, MARKER, lambda: self.s3.delete_object(Bucket=self.bucket, Key=key))

    def copy(self):
        source = self.any_version(lambda version: version.digest)
        if source:
            key, value = self.any_key(), self.versions.value(source)._replace(held=False, retained=False)
            self.add(key, value, lambda: self.s3.copy_object(
                Bucket=self.bucket, Key=key, CopySource={"Bucket": self.bucket, "Key": source[0], "VersionId": source[1]}))

    def join(self):
        key, body = self.any_key(), self.rng.randbytes(70_000)
        upload = {"Bucket": self.bucket, "Key": key, "UploadId": self.s3.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]}
        part = self.s3.upload_part(**upload, PartNumber=1, Body=body)
        self.add(key, Version(digest_of(body), False, False), lambda: self.s3.complete_multipart_upload(
            **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}))

    def delete_version(self):
        self.delete([self.any_version(lambda version: not version.held)])

    def delete_many(self):
        """Of the key with the most versions, the oldest."""
        key = max(self.order, key=lambda key: len(self.order[key]), default=None)
        if key and len(self.order[key]) > VERSIONS_MAX:
            self.delete([(key, version) for version in self.order[key][:VERSIONS_MAX // 2] if not self.versions.value((key, version)).held])

    def delete(self, names):
        if not names or None in names:
            return
        self.touched |= {key for key, _ in names}
        with self.versions.change({name: None for name in names}):
            answer = self.s3.delete_objects(Bucket=self.bucket, BypassGovernanceRetention=self.bucket == LOCKED, Delete={
                "Objects": [{"Key": key, "VersionId": version} for key, version in names]})
        assert not answer.get("Errors"), answer
        for key, version in names:
            self.order[key].remove(version)

    def change(self, name, **changes):
        self.touched.add(name[0])
        return self.versions.change({name: self.versions.value(name)._replace(**changes)})

    def hold(self):
        name = self.any_version(lambda version: version.digest)
        if name:
            held = not self.versions.value(name).held
            with self.change(name, held=held):
                self.s3.put_object_legal_hold(Bucket=self.bucket, Key=name[0], VersionId=name[1], LegalHold={"Status": "ON" if held else "OFF"})

    def retain(self):
        name = self.any_version(lambda version: version.digest)
        if name:
            with self.change(name, retained=True):
                self.s3.put_object_retention(Bucket=self.bucket, Key=name[0], VersionId=name[1],
                                             Retention={"Mode": "GOVERNANCE", "RetainUntilDate": FAR})

    def delete_locked(self):
        name = self.any_version(lambda version: version.held or version.retained)
        if name:
            try:
                self.s3.delete_object(Bucket=self.bucket, Key=name[0], VersionId=name[1])
            except ClientError as error:
                assert error.response["Error"]["Code"] == "AccessDenied", error
            else:
                raise AssertionError(f"{name} was deleted, and is locked")

    def check(self, whole):
        for key in sorted(set(self.order) | self.touched if whole else self.touched):
            self.check_key(key)
        self.touched.clear()

    def check_key(self, key):
        versions, markers, latest = self.listed(key)
        for version in sorted((versions | markers) - set(self.order[key])):  # Written without an answer: one at most.
            seen = MARKER if version in markers else self.read((key, version))
            assert seen in self.asked[key], f"{key} has a version {seen} that nobody asked for"
            self.asked[key].clear()
            self.know(key, version, seen)
        self.asked[key].clear()
        self.versions.check(lambda name: self.seen(name, versions, markers), {(key, version) for version in self.order[key]})
        self.order[key] = [version for version in self.order[key] if (key, version) in self.versions.possible]
        assert latest == self.order[key][-1:], f"the newest version of {key} is {latest}, not {self.order[key][-1:]}"
        got = unless_missing(lambda: self.s3.get_object(Bucket=self.bucket, Key=key), "NoSuchKey")
        newest = self.versions.value((key, latest[0])) if latest else MARKER
        assert (digest_of(got["Body"].read()) if got else None) == newest.digest, f"{key} does not show its newest version"

    def listed(self, key):
        """The ids of versions and of markers, and those that are called the latest."""
        versions, markers, latest = set(), set(), []
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=key, PaginationConfig={"PageSize": 7}):
            for found, entries in ((versions, page.get("Versions", [])), (markers, page.get("DeleteMarkers", []))):
                found.update(entry["VersionId"] for entry in entries)
                latest += [entry["VersionId"] for entry in entries if entry["IsLatest"]]
        return versions, markers, latest

    def seen(self, name, versions, markers):
        if name[1] in markers:
            return MARKER
        return self.read(name) if name[1] in versions else None

    def read(self, name):
        got = self.s3.get_object(Bucket=self.bucket, Key=name[0], VersionId=name[1])
        return Version(digest_of(got["Body"].read()), got.get("ObjectLockLegalHoldStatus") == "ON", got.get("ObjectLockMode") == "GOVERNANCE")
