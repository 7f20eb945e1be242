"""What is no object under crashes: keys of KMS and what they wrap, users and their policies, secrets, parameters, models and their tags."""

import collections
import json

from acknowledged import Registers, unless_missing

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
NAMES, KEYS_MAX, ROTATIONS_MAX = 4, 4, 10

Key = collections.namedtuple("Key", "state rotates opens")  # Whether what it sealed opens.


class OtherWrites:
    """One client's names of each kind."""

    def __init__(self, services, rng, number):
        self.kms, self.iam, self.secrets, self.parameters, self.sagemaker = (
            services.kms, services.iam, services.secrets, services.parameters, services.sagemaker)
        self.role, self.rng, self.number = services.role, rng, number
        self.sealed, self.rotations = {}, collections.Counter()
        self.kinds = {kind: Registers() for kind in ("key", "user", "secret", "parameter", "model")}
        self.acts = [self.create_key, self.seal, self.switch_key, self.rotate_key, self.schedule_key, self.user, self.user, self.secret,
                     self.secret, self.parameter, self.parameter, self.model, self.model]

    def any_name(self, kind):
        return f"crash-{kind}-{self.number}-{self.rng.randrange(NAMES)}"

    def any_key(self):
        there = [key for key in self.kinds["key"].there() if self.kinds["key"].value(key).state != "PendingDeletion"]
        return self.rng.choice(there) if there else None

    def create_key(self):
        usable = [key for key in self.kinds["key"].there() if self.kinds["key"].value(key).state != "PendingDeletion"]
        if len(usable) < KEYS_MAX:
            key = self.kms.create_key()["KeyMetadata"]["KeyId"]
            self.kinds["key"].possible[key] = [Key("Enabled", False, None)]

    def seal(self):
        key = self.any_key()
        if key and self.kinds["key"].value(key).state == "Enabled" and key not in self.sealed:
            self.sealed[key] = self.kms.encrypt(KeyId=key, Plaintext=key.encode())["CiphertextBlob"]
            self.kinds["key"].possible[key] = [self.kinds["key"].value(key)._replace(opens=True)]

    def switch_key(self):
        key = self.any_key()
        if key:
            on = self.kinds["key"].value(key).state == "Disabled"
            opens = on if key in self.sealed else None
            with self.change("key", key, self.kinds["key"].value(key)._replace(state="Enabled" if on else "Disabled", opens=opens)):
                (self.kms.enable_key if on else self.kms.disable_key)(KeyId=key)

    def rotate_key(self):
        key = self.any_key()
        if key and self.kinds["key"].value(key).state == "Enabled":
            if self.rotations[key] < ROTATIONS_MAX:
                self.rotations[key] += 1
                unless_missing(lambda: self.kms.rotate_key_on_demand(KeyId=key), "ConflictException")  # The one before is in progress.
            rotates = self.kinds["key"].value(key).rotates
            with self.change("key", key, self.kinds["key"].value(key)._replace(rotates=not rotates)):
                (self.kms.disable_key_rotation if rotates else self.kms.enable_key_rotation)(KeyId=key)

    def schedule_key(self):
        key = self.any_key()
        if key and self.rng.random() < 0.2:
            with self.change("key", key, Key("PendingDeletion", None, False if key in self.sealed else None)):
                self.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)

    def change(self, kind, name, value):
        return self.kinds[kind].change({name: value})

    def user(self):
        name = self.any_name("user")
        policies = self.kinds["user"].value(name)
        if policies is None:
            with self.change("user", name, ()):
                self.iam.create_user(UserName=name)
        elif policies and self.rng.random() < 0.5:
            with self.change("user", name, ()):
                self.iam.delete_user_policy(UserName=name, PolicyName="it")
        elif not policies and self.rng.random() < 0.3:
            with self.change("user", name, None):
                self.iam.delete_user(UserName=name)
        else:
            resource = f"arn:aws:s3:::{self.rng.getrandbits(30)}"
            document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": resource}]}
            with self.change("user", name, (resource,)):
                self.iam.put_user_policy(UserName=name, PolicyName="it", PolicyDocument=json.dumps(document))

    def secret(self):
        name, text = self.any_name("secret"), f"{self.rng.getrandbits(60):x}"
        if self.kinds["secret"].value(name) is None:
            with self.change("secret", name, text):
                self.secrets.create_secret(Name=name, SecretString=text)
        elif self.rng.random() < 0.3:
            with self.change("secret", name, None):
                self.secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        else:
            with self.change("secret", name, text):
                self.secrets.put_secret_value(SecretId=name, SecretString=text)

    def parameter(self):
        name, text = "/" + self.any_name("parameter"), f"{self.rng.getrandbits(60):x}"
        if self.kinds["parameter"].value(name) is not None and self.rng.random() < 0.3:
            with self.change("parameter", name, None):
                self.parameters.delete_parameter(Name=name)
        else:
            with self.change("parameter", name, text):
                self.parameters.put_parameter(Name=name, Value=text, Type=self.rng.choice(["String", "SecureString"]), Overwrite=True)

    def model(self):
        name, tag = self.any_name("model"), str(self.rng.getrandbits(30))
        if self.kinds["model"].value(name) is None:
            with self.change("model", name, ()):
                self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=self.role, PrimaryContainer={"Image": IMAGE})
        elif self.rng.random() < 0.3:
            with self.change("model", name, None):
                self.sagemaker.delete_model(ModelName=name)
        else:
            arn = self.sagemaker.describe_model(ModelName=name)["ModelArn"]
            with self.change("model", name, (tag,)):
                self.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "it", "Value": tag}])

    def check(self, whole):
        readers = {"key": self.read_key, "user": self.read_user, "secret": self.read_secret, "parameter": self.read_parameter, "model": self.read_model}
        for kind, registers in self.kinds.items():
            registers.check(readers[kind], set(registers.possible) if whole else set(registers.touched))

    def read_key(self, key):
        state = self.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
        rotates = self.kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] if state != "PendingDeletion" else None
        if key not in self.sealed:
            return Key(state, rotates, None)
        opened = unless_missing(lambda: self.kms.decrypt(CiphertextBlob=self.sealed[key]), "DisabledException", "KMSInvalidStateException")
        assert opened is None or opened["Plaintext"] == key.encode()
        return Key(state, rotates, opened is not None)

    def read_user(self, name):
        if unless_missing(lambda: self.iam.get_user(UserName=name), "NoSuchEntity") is None:
            return None
        policies = self.iam.list_user_policies(UserName=name)["PolicyNames"]
        return tuple(self.iam.get_user_policy(UserName=name, PolicyName=policy)["PolicyDocument"]["Statement"][0]["Resource"] for policy in policies)

    def read_secret(self, name):
        got = unless_missing(lambda: self.secrets.get_secret_value(SecretId=name), "ResourceNotFoundException")
        return got and got["SecretString"]

    def read_parameter(self, name):
        got = unless_missing(lambda: self.parameters.get_parameter(Name=name, WithDecryption=True), "ParameterNotFound")
        return got and got["Parameter"]["Value"]

    def read_model(self, name):
        got = unless_missing(lambda: self.sagemaker.describe_model(ModelName=name), "ValidationException")
        return got and tuple(tag["Value"] for tag in self.sagemaker.list_tags(ResourceArn=got["ModelArn"])["Tags"])
