"""Objects of a bucket without versions under crashes: written, copied, deleted, tagged, joined from parts, in each form of encryption."""

import collections
import hashlib

from botocore.exceptions import ClientError

from acknowledged import Registers, unless_missing

BUCKET = "sagemaker-crash-plain"
SIZES = (10, 10, 5000, 5000, 60_000, 100_000, 400_000)  # Below and above what travels in the index's log.
FIRST_PART = 5 << 20
KEYS = 12
PRIVATE, PUBLIC = "private", "public-read"

Stored = collections.namedtuple("Stored", "digest form tags acl")


def digest_of(body):
    return hashlib.sha256(body).hexdigest()


def make_bucket(s3):
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [{
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]})


class PlainObjects:
    """One client's keys, encrypted with S3's, a key of KMS, or a customer's key, which needs TLS."""

    def __init__(self, services, rng, number):
        self.s3, self.secure, self.rng, self.prefix = services.s3, services.secure, rng, f"{number}/"
        key_id = services.kms.create_key()["KeyMetadata"]["KeyId"]
        self.customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": rng.randbytes(32)}
        self.forms = {"AES256": {}, "aws:kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id}, "customer": self.customer}
        self.objects, self.uploads = Registers(), Registers()
        self.doubtful_uploads = 0  # Asked for, without an answer.
        self.doubtful_join = None
        self.bodies = {}  # Of parts, by entity tag.
        self.acts = [self.put] * 8 + [self.delete] * 2 + [self.copy] * 2 + [self.tag] * 2 + [
            self.untag, self.grant, self.delete_many, self.begin_upload, self.write_part, self.write_part, self.join, self.abort]

    def client(self, form):
        return self.secure if form == "customer" else self.s3

    def any_key(self):
        return f"{self.prefix}{self.rng.randrange(KEYS):02}"

    def any_form(self):
        return self.rng.choice(["AES256", "AES256", "aws:kms", "customer"])

    def any_there(self):
        there = self.objects.there()
        return self.rng.choice(there) if there else None

    def put(self):
        body, form = self.rng.randbytes(self.rng.choice(SIZES)), self.any_form()
        tags = self.rng.choice([(), (("when", str(self.rng.randrange(1000))),)])
        key = self.any_key()
        with self.objects.change({key: Stored(digest_of(body), form, tags, PRIVATE)}):
            self.client(form).put_object(Bucket=BUCKET, Key=key, Body=body, Tagging="&".join(f"{name}={value}" for name, value in tags), **self.forms[form])

    def delete(self):
        key = self.any_key()
        with self.objects.change({key: None}):
            self.s3.delete_object(Bucket=BUCKET, Key=key)

    def delete_many(self):
        keys = sorted({self.any_key() for _ in range(3)})
        with self.objects.change({key: None for key in keys}):
            self.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})

    def copy(self):
        source = self.any_there()
        if not source:
            return
        old, form, key = self.objects.value(source), self.any_form(), self.any_key()
        if key == source:
            return
        given = {f"CopySource{name}": value for name, value in self.customer.items()} if old.form == "customer" else {}
        client = self.secure if "customer" in (old.form, form) else self.s3
        with self.objects.change({key: old._replace(form=form, acl=PRIVATE)}):
            client.copy_object(Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": source}, **given, **self.forms[form])

    def tag(self):
        key = self.any_there()
        if key:
            tags = (("of", str(self.rng.randrange(1000))),)
            with self.objects.change({key: self.objects.value(key)._replace(tags=tags)}):
                self.s3.put_object_tagging(Bucket=BUCKET, Key=key, Tagging={"TagSet": [{"Key": name, "Value": value} for name, value in tags]})

    def untag(self):
        key = self.any_there()
        if key:
            with self.objects.change({key: self.objects.value(key)._replace(tags=())}):
                self.s3.delete_object_tagging(Bucket=BUCKET, Key=key)

    def grant(self):
        key = self.any_there()
        if key:
            acl = self.rng.choice([PRIVATE, PUBLIC])
            with self.objects.change({key: self.objects.value(key)._replace(acl=acl)}):
                self.s3.put_object_acl(Bucket=BUCKET, Key=key, ACL=acl)

    # An upload's name is its key and id, its value its parts' numbers and entity tags.
    def begin_upload(self):
        if len(self.uploads.there()) < 6:
            key = self.any_key()
            self.doubtful_uploads += 1
            upload = self.s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
            self.doubtful_uploads -= 1
            with self.uploads.change({(key, upload): ()}):
                pass

    def any_upload(self):
        there = self.uploads.there()
        return self.rng.choice(there) if there else None

    def write_part(self):
        upload = self.any_upload()
        if upload:
            body = self.rng.randbytes(self.rng.choice([100, 70_000] * 4 + [FIRST_PART]))
            number, tag = self.rng.choice([1, 1, 2]), hashlib.md5(body).hexdigest()  # Often one that is there.
            self.bodies[tag] = body
            with self.uploads.change({upload: tuple(sorted({**dict(self.uploads.value(upload)), number: tag}.items()))}):
                self.s3.upload_part(Bucket=BUCKET, Key=upload[0], UploadId=upload[1], PartNumber=number, Body=body)

    def join(self):
        upload = self.any_upload()
        parts = self.uploads.value(upload) if upload else ()
        if not parts:
            return
        if len(self.bodies[parts[0][1]]) < FIRST_PART:
            parts = parts[:1]
        joined = Stored(digest_of(b"".join(self.bodies[tag] for _, tag in parts)), "AES256", (), PRIVATE)
        self.doubtful_join = (upload, joined)
        with self.objects.change({upload[0]: joined}), self.uploads.change({upload: None}):
            self.s3.complete_multipart_upload(Bucket=BUCKET, Key=upload[0], UploadId=upload[1], MultipartUpload={
                "Parts": [{"PartNumber": number, "ETag": tag} for number, tag in parts]})
        self.doubtful_join = None

    def abort(self):
        upload = self.any_upload()
        if upload:
            with self.uploads.change({upload: None}):
                self.s3.abort_multipart_upload(Bucket=BUCKET, Key=upload[0], UploadId=upload[1])

    def check(self, whole):
        self.adopt_uploads()
        self.uploads.check(self.read_upload, set(self.uploads.possible) if whole else set(self.uploads.touched))
        self.objects.check(self.read, set(self.objects.possible) if whole else set(self.objects.touched))
        if self.doubtful_join:
            upload, joined = self.doubtful_join
            assert (upload in self.uploads.possible) == (self.objects.value(upload[0]) != joined), f"{upload} is half joined"
            self.doubtful_join = None
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=self.prefix, PaginationConfig={"PageSize": 5})
        assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == self.objects.there()
        self.bodies = {tag: self.bodies[tag] for name in self.uploads.there() for _, tag in self.uploads.value(name)}

    def read(self, key):
        for form in ("AES256", "customer"):
            try:
                got = self.client(form).get_object(Bucket=BUCKET, Key=key, **self.forms[form])
                break
            except ClientError as error:
                if error.response["Error"]["Code"] == "NoSuchKey":
                    return None
                assert form == "AES256" and error.response["Error"]["Code"] == "InvalidRequest", error  # Without the customer's key.
        tags = self.s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
        grants = self.s3.get_object_acl(Bucket=BUCKET, Key=key)["Grants"]
        return Stored(digest_of(got["Body"].read()), got.get("ServerSideEncryption", form), tuple((tag["Key"], tag["Value"]) for tag in tags),
                      PUBLIC if len(grants) > 1 else PRIVATE)

    def read_upload(self, upload):
        got = unless_missing(lambda: self.s3.list_parts(Bucket=BUCKET, Key=upload[0], UploadId=upload[1]), "NoSuchUpload")
        return got and tuple((part["PartNumber"], part["ETag"].strip('"')) for part in got.get("Parts", []))

    def adopt_uploads(self):
        """Of uploads there may be one more than was answered, for each time that the answer was lost."""
        found = {(upload["Key"], upload["UploadId"]) for page in self.s3.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET, Prefix=self.prefix)
                 for upload in page.get("Uploads", [])}
        new = found - self.uploads.possible.keys()
        assert len(new) <= self.doubtful_uploads, f"uploads that nobody asked for: {new}"
        for name in new:
            self.uploads.possible[name] = [()]
        self.doubtful_uploads = 0
        lost = {name for name in self.uploads.there() if None not in self.uploads.possible[name]} - found
        assert not lost, f"uploads are not listed: {lost}"
