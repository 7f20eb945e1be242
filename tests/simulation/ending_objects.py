"""Lifecycle rules under crashes: they end what they say, and nothing else."""

import functools

from acknowledged import Registers, unless_missing
from plain_objects import digest_of

BUCKET = "sagemaker-crash-ending"


def make_bucket(s3):
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [
        {"ID": "end", "Status": "Enabled", "Filter": {"Prefix": "end/"}, "Expiration": {"Days": 1},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 1}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        {"ID": "markers", "Status": "Enabled", "Filter": {"Prefix": "end/"}, "Expiration": {"ExpiredObjectDeleteMarker": True}}]})


class EndingObjects:
    """One client's keys: what is below end/ goes by itself, what is below stay/ is written once."""

    def __init__(self, s3, rng, number):
        self.s3, self.rng, self.number, self.count = s3, rng, number, 0
        self.staying = Registers()
        self.acts = [self.put_ending, self.put_staying, self.begin_upload]

    def put(self, key):
        body = self.rng.randbytes(self.rng.choice([10, 5000, 70_000]))
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def put_ending(self):
        self.put(f"end/{self.number}/{self.rng.randrange(20)}")

    def begin_upload(self):
        self.s3.create_multipart_upload(Bucket=BUCKET, Key=f"end/{self.number}/upload")

    def put_staying(self):
        self.count += 1
        if self.count % 10 == 0:
            key, body = f"stay/{self.number}/{self.count}", self.rng.randbytes(self.rng.choice([10, 70_000]))
            with self.staying.change({key: digest_of(body)}):
                self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def check(self, whole):
        self.staying.check(self.read, set(self.staying.possible) if whole else set(self.staying.touched))

    def read(self, key):
        got = unless_missing(functools.partial(self.s3.get_object, Bucket=BUCKET, Key=key), "NoSuchKey")
        return got and digest_of(got["Body"].read())


def all_ended(s3):
    """Whether nothing is left of what the rules name."""
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="end/")
    return not listed.get("Versions") and not listed.get("DeleteMarkers") and not s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads")
