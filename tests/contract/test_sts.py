"""STS by boto3: sessions, their tags, policies and limits, and roles for the tokens of a real OpenID Connect provider."""

import hashlib
import hmac
import json
import time

import botocore.config
import botocore
import pytest
from botocore.exceptions import ClientError

from openid_provider import Key, Provider, encoded

ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*"} | statement for statement in statements]})


def failure(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def with_keys(aws, service, credentials):
    return aws.client(service, aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"],
                      aws_session_token=credentials.get("SessionToken"))


@pytest.fixture
def roles(aws):
    """roles(name, *trust statements, may=..., **options): the ARN of a new role."""
    iam, names = aws.client("iam"), []

    def make(name, *trust, may=None, **options):
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(*trust), **options)["Role"]["Arn"]
        names.append(name)
        if may:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*may))
        return arn

    yield make
    for name in names:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)


@pytest.fixture
def user(aws):
    """user(*statements): the credentials of a user that may do what they say."""
    iam = aws.client("iam")
    iam.create_user(UserName="asker")
    key = iam.create_access_key(UserName="asker")["AccessKey"]

    def allow(*statements):
        iam.put_user_policy(UserName="asker", PolicyName="p", PolicyDocument=document(*statements))
        return key

    yield allow
    for policy in iam.list_user_policies(UserName="asker")["PolicyNames"]:
        iam.delete_user_policy(UserName="asker", PolicyName=policy)
    iam.delete_access_key(UserName="asker", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="asker")


ANYBODY = {"Principal": {"AWS": ROOT}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}


def test_the_default_role_is_ready_for_a_users_notebook(aws, user):
    sts = with_keys(aws, "sts", user({"Action": "sts:AssumeRole", "Resource": aws.role}))
    session = sts.assume_role(RoleArn=aws.role, RoleSessionName="notebook", DurationSeconds=12 * 3600)
    who = with_keys(aws, "sts", session["Credentials"]).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/SageMakerRole/notebook"
    with_keys(aws, "sagemaker", session["Credentials"]).list_training_jobs()


def test_a_session_lasts_no_longer_than_its_role_allows_and_a_chained_one_an_hour(aws, roles):
    sts = aws.client("sts")
    short = roles("short", ANYBODY, may=[{"Action": "sts:*", "Resource": "*"}])
    long = roles("long", ANYBODY, MaxSessionDuration=43200)
    code, message = failure(sts.assume_role, RoleArn=short, RoleSessionName="ab", DurationSeconds=3601)
    assert (code, message) == ("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    first = sts.assume_role(RoleArn=short, RoleSessionName="ab")["Credentials"]
    chained = with_keys(aws, "sts", first)
    assert "role chaining" in failure(chained.assume_role, RoleArn=long, RoleSessionName="ab", DurationSeconds=3601)[1]
    assert chained.assume_role(RoleArn=long, RoleSessionName="ab", DurationSeconds=3600)["Credentials"]


def test_transitive_tags_go_on_and_cannot_be_overridden(aws, roles):
    sts = aws.client("sts")
    first = roles("first", ANYBODY, may=[{"Action": "sts:*", "Resource": "*"}])
    second = roles("second", ANYBODY | {"Condition": {"StringEquals": {"aws:RequestTag/team": "red"}}}, may=[
        {"Action": "s3:ListAllMyBuckets", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}])
    tags = [{"Key": "team", "Value": "red"}, {"Key": "left", "Value": "behind"}]
    assert failure(sts.assume_role, RoleArn=first, RoleSessionName="ab", Tags=tags, TransitiveTagKeys=["other"])[0] == "InvalidParameterValue"
    session = sts.assume_role(RoleArn=first, RoleSessionName="ab", Tags=tags, TransitiveTagKeys=["team"])
    assert session["PackedPolicySize"] >= 1
    chained = with_keys(aws, "sts", session["Credentials"])
    assert failure(chained.assume_role, RoleArn=second, RoleSessionName="ab", Tags=[{"Key": "TEAM", "Value": "blue"}])[0] == "InvalidParameterValue"
    last = chained.assume_role(RoleArn=second, RoleSessionName="ab")["Credentials"]
    assert with_keys(aws, "s3", last).list_buckets()["Buckets"]
    # What is not transitive stays behind: without the tag the second role lets nobody in.
    plain = sts.assume_role(RoleArn=first, RoleSessionName="ab", Tags=tags)["Credentials"]
    assert failure(with_keys(aws, "sts", plain).assume_role, RoleArn=second, RoleSessionName="ab")[0] == "AccessDenied"
    assert failure(sts.assume_role, RoleArn=first, RoleSessionName="ab", Tags=[{"Key": "aws:x", "Value": "y"}])[0] == "InvalidParameterValue"
    two = [{"Key": "k", "Value": "a"}, {"Key": "K", "Value": "b"}]
    assert failure(sts.assume_role, RoleArn=first, RoleSessionName="ab", Tags=two)[0] == "InvalidParameterValue"


def test_an_external_id_and_a_source_identity(aws, roles):
    """The confused deputy: who does not know the external id is not let in, whoever asks."""
    sts = aws.client("sts")
    arn = roles("deputy", ANYBODY | {"Condition": {"StringEquals": {"sts:ExternalId": "secret"}}}, may=[{"Action": "sts:*", "Resource": "*"}])
    assert failure(sts.assume_role, RoleArn=arn, RoleSessionName="ab")[0] == "AccessDenied"
    assert failure(sts.assume_role, RoleArn=arn, RoleSessionName="ab", ExternalId="other")[0] == "AccessDenied"
    session = sts.assume_role(RoleArn=arn, RoleSessionName="ab", ExternalId="secret", SourceIdentity="alice")
    assert session["SourceIdentity"] == "alice"
    chained = with_keys(aws, "sts", session["Credentials"])
    assert failure(chained.assume_role, RoleArn=arn, RoleSessionName="ab", ExternalId="secret", SourceIdentity="bob")[0] == "AccessDenied"
    assert chained.assume_role(RoleArn=arn, RoleSessionName="ab", ExternalId="secret")["SourceIdentity"] == "alice"


def test_a_session_policy_takes_rights_away_and_gives_none(aws, roles):
    sts = aws.client("sts")
    arn = roles("reader", ANYBODY, may=[{"Action": "s3:ListAllMyBuckets", "Resource": "*"}])
    for options, listed, tagged in (
            ({}, True, False),
            ({"Policy": document({"Action": "s3:GetObject", "Resource": "*"})}, False, False),
            ({"Policy": document({"Action": "*", "Resource": "*"})}, True, False),
            ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]}, True, False),
            ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"}]}, False, False)):
        s3 = with_keys(aws, "s3", sts.assume_role(RoleArn=arn, RoleSessionName="ab", **options)["Credentials"])
        assert (listed and bool(s3.list_buckets())) or failure(s3.list_buckets)[0] == "AccessDenied", options
        assert failure(s3.create_bucket, Bucket="sagemaker-none")[0] == "AccessDenied"
    assert failure(sts.assume_role, RoleArn=arn, RoleSessionName="ab", Policy="{}")[0] == "MalformedPolicyDocument"
    large = document({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + "b" * 2048})
    assert failure(sts.assume_role, RoleArn=arn, RoleSessionName="ab", Policy=large)[0] == "PackedPolicyTooLarge"
    many = [{"Key": f"k{number}", "Value": "v" * 200} for number in range(20)]
    assert failure(sts.assume_role, RoleArn=arn, RoleSessionName="ab", Tags=many)[0] == "PackedPolicyTooLarge"


def test_what_no_session_has_is_refused_with_the_reason(aws):
    sts = aws.client("sts")
    code, message = failure(sts.assume_role, RoleArn=aws.role, RoleSessionName="ab", SerialNumber="arn:aws:iam::1:mfa/x", TokenCode="123456")
    assert code == "ValidationError" and "second factor" in message
    assert "AssumeRoleWithWebIdentity" in failure(sts.assume_role_with_saml, RoleArn=aws.role, PrincipalArn=aws.role, SAMLAssertion="abcd")[1]


def test_a_federated_user_has_what_the_user_and_its_policy_both_allow(aws, user):
    key = user({"Action": ["s3:ListAllMyBuckets", "sts:GetFederationToken", "iam:GetUser"], "Resource": "*"})
    sts = with_keys(aws, "sts", key)
    token = sts.get_federation_token(Name="guest", Policy=document({"Action": ["s3:*", "iam:*"], "Resource": "*"}), DurationSeconds=900,
                                     Tags=[{"Key": "team", "Value": "red"}])
    assert token["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:guest", "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/guest"}
    guest = with_keys(aws, "sts", token["Credentials"])
    assert guest.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    s3 = with_keys(aws, "s3", token["Credentials"])
    assert s3.list_buckets()["Buckets"]
    assert failure(s3.create_bucket, Bucket="sagemaker-none")[0] == "AccessDenied"
    assert failure(with_keys(aws, "iam", token["Credentials"]).get_user)[0] == "InvalidClientTokenId"
    assert failure(guest.get_federation_token, Name="again")[0] == "AccessDenied"
    assert failure(guest.get_session_token)[0] == "AccessDenied"
    nothing = sts.get_federation_token(Name="guest")["Credentials"]
    assert failure(with_keys(aws, "s3", nothing).list_buckets)[0] == "AccessDenied"
    assert with_keys(aws, "sts", nothing).get_caller_identity()["UserId"] == f"{ACCOUNT}:guest"
    user({"Action": "s3:ListAllMyBuckets", "Resource": "*"})
    assert failure(sts.get_federation_token, Name="guest")[0] == "AccessDenied"


def test_a_bucket_policy_can_name_a_federated_user(aws, user):
    sts, s3 = with_keys(aws, "sts", user({"Action": "sts:*", "Resource": "*"})), aws.client("s3")
    s3.create_bucket(Bucket="sagemaker-guests")
    s3.put_bucket_policy(Bucket="sagemaker-guests", Policy=document({
        "Principal": {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/guest"}, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::sagemaker-guests"}))
    for name, allowed in (("guest", True), ("other", False)):
        # The session's own policy allows nothing: it is the bucket's that names the user.
        mine = with_keys(aws, "s3", sts.get_federation_token(Name=name)["Credentials"])
        assert allowed == ("KeyCount" in mine.list_objects_v2(Bucket="sagemaker-guests")) if allowed else \
            failure(mine.list_objects_v2, Bucket="sagemaker-guests")[0] == "AccessDenied"
    s3.delete_bucket(Bucket="sagemaker-guests")


def test_a_session_token_of_a_user(aws, user):
    sts = with_keys(aws, "sts", user({"Action": ["s3:ListAllMyBuckets", "iam:GetUser"], "Resource": "*"}))
    session = sts.get_session_token(DurationSeconds=900)["Credentials"]
    assert with_keys(aws, "s3", session).list_buckets()["Buckets"]
    assert failure(with_keys(aws, "iam", session).get_user)[0] == "InvalidClientTokenId"  # Without a second factor, as AWS.


def test_a_denial_can_be_decoded_by_whoever_may(aws, user):
    key = user({"Action": "s3:ListAllMyBuckets", "Resource": "*"})
    with pytest.raises(ClientError) as caught:
        with_keys(aws, "sagemaker", key).describe_model(ModelName="secret")
    encoded_message = caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-sagebrush-authorization-message"]
    assert failure(with_keys(aws, "sts", key).decode_authorization_message, EncodedMessage=encoded_message)[0] == "AccessDenied"
    decoded = json.loads(aws.client("sts").decode_authorization_message(EncodedMessage=encoded_message)["DecodedMessage"])
    assert decoded["allowed"] is False and decoded["explicitDeny"] is False
    assert decoded["context"]["action"] == "sagemaker:DescribeModel" and decoded["context"]["resource"].endswith(":model/secret")
    assert decoded["context"]["principal"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/asker"
    forged = encoded_message[:-8] + ("AAAAAAA=" if not encoded_message.endswith("AAAAAAA=") else "BAAAAAA=")
    for bad in (forged, "AAAA", key["SecretAccessKey"]):
        assert failure(aws.client("sts").decode_authorization_message, EncodedMessage=bad)[0] == "InvalidAuthorizationMessageException"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    provider = Provider(tmp_path_factory.mktemp("provider"))
    provider.rsa, provider.ec = provider.key("first"), provider.key("second", "ES256")
    yield provider
    provider.end()


@pytest.fixture
def web(aws, provider, roles):
    """Assumes a role that trusts the provider: web(token, **options)."""
    iam = aws.client("iam")
    registered = iam.create_open_id_connect_provider(Url=provider.issuer, ClientIDList=["sagebrush"],
                                                     ThumbprintList=[provider.thumbprint])["OpenIDConnectProviderArn"]
    role = roles("web", {"Principal": {"Federated": registered}, "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                         "Condition": {"StringLike": {f"{provider.name}:sub": "some*", f"{provider.name}:aud": "sagebrush"}}},
                 may=[{"Action": "s3:ListAllMyBuckets", "Resource": "*", "Condition": {"StringEquals": {"aws:FederatedProvider": registered}}}])
    unsigned = aws.client("sts", config=botocore.config.Config(signature_version=botocore.UNSIGNED, retries={"max_attempts": 1}, proxies={}))

    def assume(token, **options):
        return unsigned.assume_role_with_web_identity(**{"RoleArn": role, "RoleSessionName": "pod", "WebIdentityToken": token} | options)

    assume.registered = registered
    yield assume
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=registered)


def test_a_token_of_a_registered_provider_gives_a_session(aws, provider, web):
    for key in (provider.rsa, provider.ec):
        reply = web(provider.token(key))
        assert reply["SubjectFromWebIdentityToken"] == "someone" and reply["Audience"] == "sagebrush"
        assert reply["Provider"] == web.registered
        assert reply["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/web/pod"
        assert with_keys(aws, "s3", reply["Credentials"]).list_buckets()["Buckets"]
    before = len(provider.asked)
    web(provider.token(provider.rsa))
    assert len(provider.asked) == before  # Keys are kept.


def test_a_token_may_carry_tags_of_the_session(aws, provider, web):
    tags = {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]}
    assert web(provider.token(provider.rsa, **{"https://aws.amazon.com/tags": tags}))["PackedPolicySize"] >= 1
    for bad in ("red", {"principal_tags": ["red"]}, {"principal_tags": {"team": [1]}}, {"transitive_tag_keys": ["team"]}):
        assert failure(web, token=provider.token(provider.rsa, **{"https://aws.amazon.com/tags": bad}))[0] == "InvalidIdentityToken"
    # The role does not let the bearer set a source identity.
    token = provider.token(provider.rsa, **{"https://aws.amazon.com/source_identity": "alice"})
    assert failure(web, token=token)[0] == "AccessDenied"


def test_claims_that_do_not_hold_are_refused(provider, web):
    now = int(time.time())
    for claims, code in (({"exp": now - 1}, "ExpiredTokenException"), ({"exp": None}, "InvalidIdentityToken"),
                         ({"exp": "later"}, "InvalidIdentityToken"), ({"exp": 1e300}, "InvalidIdentityToken"),
                         ({"iat": now + 3600}, "InvalidIdentityToken"), ({"nbf": now + 3600}, "InvalidIdentityToken"),
                         ({"aud": "other"}, "InvalidIdentityToken"), ({"aud": None}, "InvalidIdentityToken"),
                         ({"aud": []}, "InvalidIdentityToken"), ({"aud": {"sagebrush": 1}}, "InvalidIdentityToken"),
                         ({"sub": None}, "InvalidIdentityToken"), ({"sub": 1}, "InvalidIdentityToken"),
                         ({"iss": "https://other.example.com"}, "InvalidIdentityToken"),
                         ({"iss": provider.name}, "InvalidIdentityToken"),
                         ({"sub": "another"}, "AccessDenied"), ({"azp": "other"}, "AccessDenied")):
        assert failure(web, token=provider.token(provider.rsa, **claims))[0] == code, claims
    assert web(provider.token(provider.rsa, aud=["other", "sagebrush"]))["Audience"] == "sagebrush"


def test_forged_tokens_are_refused(provider, web, tmp_path):
    stranger = Key(tmp_path, "first")  # Another key that takes the name of the provider's own.
    public = provider.rsa.public_pem
    forged = {
        "none": provider.token(provider.rsa, header={"alg": "none"}, sign=lambda _: b""),
        "nOnE": provider.token(provider.rsa, header={"alg": "nOnE"}, sign=lambda _: b""),
        "HS256 with the public key": provider.token(
            provider.rsa, header={"alg": "HS256"}, sign=lambda text: hmac.new(public, text, hashlib.sha256).digest()),
        "another key": provider.token(stranger),
        "another key, no name": provider.token(stranger, header={"kid": ""}),
        "name of a path": provider.token(stranger, header={"kid": "../../../../dev/null"}),
        "key in the token": provider.token(stranger, header={"jwk": stranger.published()}),
        "address in the token": provider.token(stranger, header={"kid": "z", "jku": provider.issuer + "/mine"}),
        "certificate in the token": provider.token(stranger, header={"x5u": provider.issuer + "/mine", "x5c": ["AAAA"]}),
        "critical extension": provider.token(provider.rsa, header={"crit": ["b64"], "b64": False}),
        "RSA key for ES256": provider.token(provider.rsa, header={"alg": "ES256"}),
        "EC key for RS256": provider.token(provider.ec, header={"alg": "RS256"}),
        "empty EC signature": provider.token(provider.ec, sign=lambda _: b""),
        "zero EC signature": provider.token(provider.ec, sign=lambda _: bytes(64)),
        "no signature": provider.token(provider.rsa).rsplit(".", 1)[0] + ".",
        "changed claims": (lambda parts: f"{parts[0]}.{encoded({'iss': provider.issuer, 'sub': 'someone', 'aud': 'sagebrush', 'iat': 1, 'exp': 9999999999})}.{parts[2]}")(
            provider.token(provider.rsa).split(".")),
        "two parts": "abc.def", "four parts": provider.token(provider.rsa) + ".x", "no base64": "!!!!.????.****", "deep": "e30." + encoded(b"[" * 9000) + ".AA",
    }
    provider.answers["/realm/mine"] = {"keys": [stranger.published() | {"kid": "z"}]}
    for what, token in forged.items():
        assert failure(web, token=token)[0] == "InvalidIdentityToken", what
    assert "/realm/mine" not in provider.asked
    assert web(provider.token(provider.rsa))


def test_a_provider_must_prove_its_name_and_answer_in_time(aws, tmp_path, roles):
    """Each provider is a new one: the server asks one again only after a while."""
    iam = aws.client("iam")
    sts = aws.client("sts", config=botocore.config.Config(signature_version=botocore.UNSIGNED, retries={"max_attempts": 1}, proxies={}))
    cases = {
        "another certificate": ("0" * 40, {}),
        "another issuer": (None, {"/realm/.well-known/openid-configuration": lambda p: {"issuer": "https://x", "jwks_uri": p.issuer + "/keys"}}),
        "keys over HTTP": (None, {"/realm/.well-known/openid-configuration": lambda p: {"issuer": p.issuer, "jwks_uri": "http://127.0.0.1/keys"}}),
        "keys in a file": (None, {"/realm/.well-known/openid-configuration": lambda p: {"issuer": p.issuer, "jwks_uri": "file:///etc/passwd"}}),
        "too long": (None, {"/realm/keys": lambda p: b" " * 300_000}),
        "no JSON": (None, {"/realm/keys": lambda p: b"keys"}),
        "weak keys": (None, {}),
    }
    for number, (what, (thumbprint, answers)) in enumerate(cases.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        provider = Provider(folder)
        key = provider.key("only", bits=1024 if what == "weak keys" else 2048)
        provider.answers = {path: make(provider) for path, make in answers.items()}
        arn = iam.create_open_id_connect_provider(Url=provider.issuer, ClientIDList=["sagebrush"],
                                                  ThumbprintList=[thumbprint or provider.thumbprint])["OpenIDConnectProviderArn"]
        role = roles(f"web{number}", {"Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity"})
        code, message = failure(sts.assume_role_with_web_identity, RoleArn=role, RoleSessionName="ab", WebIdentityToken=provider.token(key))
        assert code == "InvalidIdentityToken", (what, message)
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        provider.end()


def test_a_role_that_trusts_nobody_outside_takes_no_token(aws, provider, web):
    assert failure(web, token=provider.token(provider.rsa), RoleArn=aws.role)[0] == "AccessDenied"
    missing = f"arn:aws:iam::{ACCOUNT}:role/none"
    assert failure(web, token=provider.token(provider.rsa), RoleArn=missing)[0] == "AccessDenied"
